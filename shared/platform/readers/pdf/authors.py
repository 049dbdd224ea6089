"""The authors' names and affiliations between title and abstract, without marks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.platform.readers.draft import Author
from shared.platform.readers.normalise import normalise
from shared.platform.readers.pdf.blocks import Block
from shared.platform.readers.pdf.geometry import Line

_INSTITUTION = re.compile(
    r"\b(?:univer\w*|institut\w*|depart\w*|dept|laborator\w*|labs?|school|college|faculty|cent(?:er|re|ro)|hospital|academy|inc|ltd|gmbh|"
    r"corp\w*|company|research|ministry|agency|foundation|group|division|council|e-?mail|https?|www|street|road|avenue|box|usa|uk|"
    r"germany|france|china|canada|spain|italy|india|australia|equal|contribut\w*|correspond\w*|author\w*|edited|editor|reviewed|received|accepted|"
    r"published|licen[cs]e|copyright|doi|submitted|software|abstract|science|sciences|technology|engineering|medicine|society|association|"
    r"orcid|école|ecole|universit\w*|cnrs|inria|mit|google|microsoft|facebook|deepmind|member|ieee|student|fellow|version|draft|"
    r"on behalf|working|study|de recherche)\b",
    re.IGNORECASE,
)
_PARTICLES = (
    "de|da|do|dos|das|di|del|della|der|den|des|du|van|von|vom|zu|zur|la|le|los|las|el|al|bin|ibn|ben|"
    "ter|ten|te|af|av|y|e|['’]t|st"
)
_WORD = r"[^\W\d_][\w'’.\u0300-\u036f-]*"
_NICKNAME = r"\([^\W\d_]+\)|“[^\W\d_]+”|\"[^\W\d_]+\""
_NAME = re.compile(rf"(?:(?:{_PARTICLES})\s+)?{_WORD}(?:\s+(?:(?:{_PARTICLES})|{_WORD}|{_NICKNAME})){{1,5}}")
_SEPARATOR = re.compile(r"\s*(?:[,;&·•|]|\band\b|\bund\b|\x1f[^\x1f]*\x1f|\x1e)+\s*|\s{3,}")
_MARKS = re.compile(r"[\d*†‡§¶∗#✉◦✝♯♮\ue000-\uf8ff]+|\b[a-z]\b(?=\s*[,)]|$)")
_LONGEST_NAME = 60  # characters: at half, a thesis by Marcelo Henrique de Oliveira Lima has no author
_TITLES = re.compile(r"\b(?:dr|prof|professor|mr|mrs|ms|phd|ph\.d|md|m\.d|msc|m\.sc|bsc)\b\.?,?", re.IGNORECASE)


@dataclass(slots=True)
class _Named:
    name: str
    marks: tuple[str, ...]


def authors_in(zone: list[Block], hint: str) -> list[Author]:
    """The authors that the blocks under the title name; the info dictionary's if the blocks hold all their words."""
    named: list[_Named] = []
    places: list[tuple[tuple[str, ...], str]] = []
    alone: dict[int, list[str]] = {}
    for block in zone:
        for marked in _rows(block):
            people = [] if _looks_like_place(marked) else _people(marked)
            if people:
                named.extend(people)
            elif named and marked.strip():
                _add_place(places, alone, marked, len(named) - 1)
    if not named:
        named = _hinted(zone, hint)
    return _with_places(named, places, alone)


def _rows(block: Block) -> list[str]:
    """The marked lines of a block; lines of a list of names that runs on are one."""
    rows: list[str] = []
    before: Line | None = None
    right = max(line.x1 for line in block.lines)
    for line in block.lines:
        marked = _marked(line)
        # half as near the right, a paper of 160 authors loses those after its ragged lines
        runs_on = before is not None and abs(before.x0 - line.x0) < 3 and before.x1 > right - 8 * before.size
        listed = bool(rows) and bool(re.search(r",|\band\b|&|;", rows[-1])) and not _looks_like_place(rows[-1])
        if before is not None and listed and (runs_on or rows[-1].rstrip().endswith(",")):
            rows[-1] = f"{rows[-1].rstrip()} {marked}"
        else:
            rows.append(marked)
        before = line
    return rows


def _marked(line: Line) -> str:
    """The line with each superscript or mark between unit separators and wide gaps as record separators."""
    pieces: list[str] = []
    right = line.x0
    for run in line.runs:
        if run.edges[0] - right > 1.5 * line.size and pieces:
            pieces.append(" \x1e ")
        # at half the size, marks are read as letters; at half the rise, a formula becomes an author (IEEE)
        raised = run.style.size < 0.82 * line.size or run.base < line.base - 0.15 * line.size
        pieces.append(f"\x1f{run.text.strip()}\x1f" if raised else run.text)
        right = run.edges[-1]
    text = "".join(pieces)
    return re.sub(r"(?<=[^\W\d_.])(\d{1,2}(?:\s*,\s*\d{1,2})*(?:,\s*[*†‡§¶∗])?|[*†‡§¶∗✉]+)", "\x1f\\1\x1f", text)


def _people(marked: str) -> list[_Named]:
    """The people in a line; none unless most of its parts are names."""
    cleaned = _TITLES.sub("", marked)
    parts = [part for part in _SEPARATOR.split(cleaned) if part and _bare(part)]
    names = [_bare(part) for part in parts if is_name(_bare(part))]
    # at half of it, lists of figures and rows of two people are taken for names
    if not names or len(names) < 0.6 * len(parts):
        return []
    return [_Named(name, _marks_after(cleaned, name)) for name in names]


def _bare(part: str) -> str:
    return re.sub(r"\s+", " ", _MARKS.sub("", part)).strip(" ,.;:()[]{}-–—\x1f\x1e")


def is_name(text: str) -> bool:
    """Whether words look like a person's name: two to six words, capitals, no institution."""
    if not _NAME.fullmatch(text) or _INSTITUTION.search(text) or len(text) > _LONGEST_NAME:
        return False
    words = [word for word in text.split() if not re.fullmatch(_PARTICLES, word)]
    capital = sum(word.lstrip("'’(“\"")[:1].isupper() for word in words)
    # a particle with one word is a city: "Los Angeles"
    return len(words) >= 2 and capital == len(words) and any(len(word.strip(".")) > 1 for word in words)


def _marks_after(marked: str, name: str) -> tuple[str, ...]:
    at = marked.find(name)
    match = re.match(r"[\s,.]*((?:\x1f[^\x1f]*\x1f[\s,]*)+)", marked[at + len(name) :]) if at >= 0 else None
    return tuple(re.findall(r"\d{1,2}|[a-z](?![a-z])|[*†‡§¶∗]", match.group(1))) if match else ()


def _looks_like_place(text: str) -> bool:
    return bool(_INSTITUTION.search(text)) or "@" in text


def _add_place(places: list[tuple[tuple[str, ...], str]], alone: dict[int, list[str]], marked: str, last: int) -> None:
    """Keep an affiliation, under its mark if it has one, else under the last author so far."""
    pieces = re.split(
        r"(?:^|\s|,|\.|;)\s?\x1f?((?<!\d)\d{1,2}|[*†‡§¶∗])\x1f?\s{1,3}(?=[A-ZÀ-Þ])|\x1f(\d{1,2}|[a-z*†‡§¶∗]{1,2})\x1f",
        " " + marked,
    )
    text = _place(pieces[0])
    if text and places and len(pieces) == 1 and places[-1][0]:
        mark, before = places[-1]
        places[-1] = (mark, f"{before} {text}")
    elif text:
        alone.setdefault(last, []).append(text)
    for first, second, piece in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=False):
        if _place(piece):
            places.append(((first or second,), _place(piece)))


def _place(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"\x1f[^\x1f]*\x1f|\x1e|[\ue000-\uf8ff]", " ", text)).strip(" ,;.–—-")


def _with_places(
    named: list[_Named], places: list[tuple[tuple[str, ...], str]], alone: dict[int, list[str]]
) -> list[Author]:
    authors: dict[str, Author] = {}
    for at, one in enumerate(named):
        own = [text for marks, text in places if set(marks) & set(one.marks)]
        following = next((alone[last] for last in sorted(alone) if last >= at), [])
        found = own or [", ".join(text for text in following if "@" not in text)]
        affiliations = tuple(text for text in found if text and "@" not in text)
        authors.setdefault(one.name, Author(name=one.name, affiliations=affiliations))
    return list(authors.values())


def _hinted(zone: list[Block], hint: str) -> list[_Named]:
    printed = normalise(" ".join(block.text for block in zone)).casefold()
    names = [_bare(part) for part in re.split(r"[,;&]|\band\b", hint)]
    return [
        _Named(name, ())
        for name in names
        if is_name(name) and all(word.casefold() in printed for word in normalise(name).split())
    ]
