"""The list of references: its entries and their titles."""

from __future__ import annotations

import re

from shared.platform.readers.pdf.blocks import Block
from shared.platform.readers.pdf.geometry import Line
from shared.platform.readers.pdf.headings import role_of

_MARK = re.compile(r"\s*(?:\[\d{1,3}\]|\[[A-Za-z][\w+,.\s-]{1,30}\]|\d{1,3}\.(?=\s))\s*")
_QUOTED = re.compile(r"[“\"‘«]\s*(.{8,300}?)\s*[,.?!]?\s*[”\"’»](?=[\s,.]|$)")
_AFTER_YEAR = re.compile(
    r"\((?:[^()]{0,30}\b)?(?:1[89]|20)\d\d[a-z]?(?:,[^()]{0,25})?\)[.,:]?\s+(.+)|\b(?:1[89]|20)\d\d[a-z]?[.:]\s+(.+)"
)
_STOP = re.compile(
    r"(?<=[\w)\]”’\"])(?<!\bvs)(?<!\b[A-Z])(?<!\bet al)[.?!](?=\s+(?:[^\W\d_]|\d{1,4}\b|“|\[)|\s*$)"
    r"|(?<=\w),(?=\s+(?:[Ii]n|[Vv]ol|pp)\b)"
)
_SENTENCE = re.compile(r"(?<=[\w)\]”’\"+])(?<!\bvs)[.?!](?=\s+(?:[A-ZÀ-Þ\d“\[(]|https?:|doi)|\s*$)")
_EDITION = re.compile(
    r"\((?:vol|pp?|no|version|v\d|\d|ed|rev|first|second|third|master|phd|doctoral|unpublished)\b"
    r"|\[|\(\d{1,4}(?:st|nd|rd|th)\b",
    re.IGNORECASE,
)
_FLUSH = 3  # points: at 1, entries set a point or two off run into the one before (JOSE)
_PERSON = re.compile(r"(?:[A-Z]\.[\s-]?){1,3}|\bet al\b|,\s*(?:[A-Z]\b\.?)|\band\b|&")


def with_entries(blocks: list[Block]) -> list[Block]:
    """The blocks with those under the heading "References" cut into entries."""
    found: list[Block] = []
    at = 0
    while at < len(blocks):
        found.append(blocks[at])
        at += 1
        if found[-1].kind == "heading" and role_of(found[-1].text) == "references":
            stop = next((up for up in range(at, len(blocks)) if blocks[up].kind == "heading"), len(blocks))
            listed = [block for block in blocks[at:stop] if block.kind not in ("margin", "caption")]
            found.extend(split_entries(listed))
            found.extend(block for block in blocks[at:stop] if block.kind in ("margin", "caption"))
            at = stop
    return found


def split_entries(blocks: list[Block]) -> list[Block]:
    """Cut the blocks of a reference list into one per entry, by marks or by hanging indents."""
    lines = [(line, block) for block in blocks for line in block.lines]
    for block in blocks:
        block.kind = "entry"
    marked = sum(bool(_MARK.match(line.text)) for line, _ in lines)
    # line numbers leave few lines of a manuscript's list their mark: with four, it is cut at the wrong lines
    by_mark = marked >= 2 and bool(_MARK.match(lines[0][0].text))
    if not by_mark and not _hangs(lines):
        return blocks
    entries: list[Block] = []
    for line, block in lines:
        starts = (
            bool(_MARK.match(line.text)) and _plausible(line, entries) if by_mark else line.x0 < _left(block) + _FLUSH
        )
        if starts or not entries:
            entries.append(Block([line], block.column, "entry"))
        else:
            entries[-1].lines.append(line)
    return entries


def _plausible(line: Line, entries: list[Block]) -> bool:
    """A number that starts a line is a mark only if it counts on."""
    digits = re.match(r"\s*\[?(\d{1,3})[\].]", line.text)
    if not digits or not entries:
        return True
    before = re.match(r"\s*\[?(\d{1,3})[\].]", entries[-1].lines[0].text)
    # a line number may hide one: with no gap, the rest of a manuscript's list is one entry
    return before is None or 0 < int(digits.group(1)) - int(before.group(1)) <= 2


def _left(block: Block) -> float:
    return min(line.x0 for line in block.column.lines)


def _hangs(lines: list[tuple[Line, Block]]) -> bool:
    indents = [line.x0 - _left(block) for line, block in lines]
    flush = sum(indent < _FLUSH for indent in indents)
    # PMLR hangs by less than 10 points, workshops' papers by more than 25
    hanging = sum(5 < indent < 50 for indent in indents)
    # at half of what must hang, numbered lists with a line number in each are cut at every line
    return flush > 0 and flush + hanging > 0.9 * len(indents) and hanging > 0.2 * flush


def title_in(entry: str) -> str | None:
    """The title of the work that an entry names, as far as its form tells."""
    mark = _MARK.match(entry)
    bare = entry[mark.end() :] if mark else entry
    quoted = _QUOTED.search(bare)
    if quoted:
        return quoted.group(1).strip(" ,.")
    after = _AFTER_YEAR.search(bare)
    if after:
        rest = after.group(1) or after.group(2)
        # a year late in an entry is that of its venue, and little after it no title
        if after.start() < 0.6 * len(bare) and len(rest) > 12:
            return _first_sentence(rest)
    return _after_authors(bare)


def _first_sentence(text: str) -> str | None:
    """A title and, as long as they are set in small letters as it is, the sentences of its subtitle."""
    pieces = _pieces(text, _SENTENCE) or [text]
    title = pieces[0]
    for piece in pieces[1:-1]:
        numeral = bool(re.fullmatch(r"[IVX]{1,4}", piece))
        words = [word for word in piece.split()[1:] if word[0].isalpha()]
        # one or two words may be a venue
        if not numeral and (len(words) < 3 or any(word[0].isupper() for word in words)):
            break
        title += (" " if title[-1] in "?!" else ". ") + piece
    return _without_edition(title) or None


def _after_authors(text: str) -> str | None:
    """In "A. One, B. Two. Title. Venue": the first sentence that is not a list of people."""
    pieces = _pieces(text, _STOP)
    for piece in pieces[1:] if len(pieces) > 1 else pieces:
        words = piece.split()
        # less than three words are a number or a language; at half the share, titles with an "and" are people
        if len(words) >= 3 and len(_PERSON.findall(piece)) < 0.34 * len(words):
            return _without_edition(piece)
    return None


def _without_edition(title: str) -> str:
    return _EDITION.split(title, maxsplit=1)[0].strip(" ,.")


def _pieces(text: str, stops: re.Pattern[str]) -> list[str]:
    pieces: list[str] = []
    at = 0
    for stop in stops.finditer(text):
        pieces.append(text[at : stop.start() + (text[stop.start()] in "?!")].strip())
        at = stop.end()
    return [piece for piece in [*pieces, text[at:].strip()] if piece]
