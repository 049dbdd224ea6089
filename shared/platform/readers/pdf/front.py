"""The front of a paper: title, authors with affiliations, abstract, keywords."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import zip_longest

from shared.platform.readers.draft import Author
from shared.platform.readers.normalise import normalise
from shared.platform.readers.pdf.authors import authors_in
from shared.platform.readers.pdf.blocks import Block
from shared.platform.readers.pdf.headings import is_known, role_of

_JOURNAL = re.compile(
    r"\b(?:journal of|proceedings|transactions on|conference on|workshop on|arxiv|preprint|issn|doi|https?:|"
    r"vol(?:ume|\.)? ?\d|letters to|"
    r"working papers|lecture notes|research article|original (?:article|paper)|open access|review article)\b",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(r"\.(?:tex|docx?|pdf|dvi|indd|odt|qxd|rtf)\b|^microsoft word|^untitled|^\W*$", re.IGNORECASE)
ABSTRACT = re.compile(r"\A\s*(?:abstract|summary)\b\s*[.:—–-]*\s*", re.IGNORECASE)
KEYWORDS = re.compile(r"\s*(?:key\s?-?words?(?: and phrases)?|index terms|ccs concepts)\b\s*[.:—–-]*\s*", re.IGNORECASE)


@dataclass
class Front:
    """What the first page says about the paper; blocks by identity."""

    title: str = ""
    authors: list[Author] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    """Title, authors and their affiliations, which are no running text."""
    abstract: list[Block] = field(default_factory=list)
    keywords: tuple[str, ...] = ()


def front_of(blocks: list[Block], hints: dict[str, str]) -> Front:
    """Read the front from the blocks of the first pages."""
    first = [block for block in blocks if block.page == (blocks[0].page if blocks else 0)]
    title = _title_blocks(first, hints.get("Title", ""))
    front = Front(title=_joined(title))
    if title:
        after = [block for block in blocks[blocks.index(title[-1]) + 1 :] if block.page <= title[0].page + 1]
        zone = _zone(after)
        front.authors = authors_in(zone, hints.get("Author", ""))
        front.blocks = [*first[: first.index(title[0])], *title, *zone]
        front.blocks = [block for block in front.blocks if block.kind != "margin"]
    front.abstract = _abstract(blocks, front.blocks)
    front.keywords = _keywords(blocks, hints)
    return front


def _joined(blocks: list[Block]) -> str:
    text = " ".join(block.text for block in blocks)
    return re.sub(r"\s+", " ", re.sub(r"(?<=[a-z])- (?=[a-z])", "", text)).strip(" *†‡∗")


def _title_blocks(first: list[Block], hint: str) -> list[Block]:
    """The blocks whose words are the info dictionary's title, else those set largest."""
    candidates = [block for block in first if block.kind != "margin" and _could_be_title(block)]
    wanted = _letters(hint)
    if not _FILE_NAME.search(hint):
        for block in candidates:
            found = _letters(block.text)
            if (  # a hint may say a little more than the title or less; that of proceedings holds few of its words
                found
                and (wanted in found or found in wanted)
                and min(len(found), len(wanted)) > 0.5 * max(len(found), len(wanted))
            ):
                return _extended(block, first)
    top = [
        block for block in candidates if not _JOURNAL.search(block.text) and block.top < _middle(first)
    ] or candidates
    return _extended(max(top, key=lambda block: block.size), first) if top else []


def _extended(block: Block, first: list[Block]) -> list[Block]:
    """With the lines set alike right below."""
    found = [block]
    for after in first[first.index(block) + 1 :]:
        # closer, titles of two lines lose one; without a bound, the people of a title page are part of it
        near = after.top - found[-1].bottom < 1.2 * block.size
        if not near or abs(after.size - block.size) > 0.3 or after.bold != block.bold or len(found) > 3:
            break
        found.append(after)
    return found


def _could_be_title(block: Block) -> bool:
    text = block.text.strip()
    letters = sum(letter.isalpha() for letter in text)
    return (
        # titles in capitals need more than three lines; with twelve letters, short ones are passed over (ACL)
        letters >= 6 and len(block.lines) <= 6 and not is_known(text) and letters > 0.5 * len(text)
    )


def _middle(first: list[Block]) -> float:
    # theses set their title in the middle of the page
    return 0.6 * max(block.bottom for block in first)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", normalise(text).casefold())


def _zone(after: list[Block]) -> list[Block]:
    """What stands between the title and the abstract or the first section."""
    zone: list[Block] = []
    for block in after:
        if block.kind == "margin":
            continue
        if ABSTRACT.match(block.text) or KEYWORDS.match(block.text) or _opens_text(block):
            break
        zone.append(block)
    return zone


def _opens_text(block: Block) -> bool:
    if block.kind == "heading" and (
        is_known(block.text) or role_of(block.text) != "other" or bool(re.match(r"\s*\d", block.text))
    ):
        return True
    small = set(
        re.findall(r"\b(?:the|is|are|we|this|that|to|have|with|was|which|a|my|from|our|it)\b", block.text.casefold())
    )
    # one small word is an affiliation's (JOSE); with 16 words, a poster's short abstract is one
    return len(block.text.split()) >= 8 and len(small) >= 3 and bool(re.search(r"[a-z]\.$", block.text))


def _abstract(blocks: list[Block], front: list[Block]) -> list[Block]:
    """The paragraphs under or after the word "Abstract", else an unnamed first text before the first section."""
    body = (
        # with a page less, Russian papers lose what stands for their abstract
        [block for block in blocks if block.page <= blocks[0].page + 2 and block.kind in ("paragraph", "heading")]
        if blocks
        else []
    )
    for at, block in enumerate(body):
        match = ABSTRACT.match(block.text)
        if not match or block in front:
            continue
        if block.kind == "heading" or match.end() >= len(block.text) - 1:
            return _until_heading(body[at + 1 :])
        if match.group().strip()[-1:] in ".:—–-" or block.lines[0].runs[0].style != block.lines[-1].runs[-1].style:
            # a shorter one goes on in the next paragraphs; a whole one must not swallow the introduction
            return [block, *_until_heading(body[at + 1 :])] if len(block.text) < 200 else [block]
    rest = [block for block in body if block not in front]
    unnamed = _until_heading(rest)
    named = any(block.kind == "heading" for block in rest)
    # less is the caption of a figure on the first page
    return unnamed if named and sum(len(block.text) for block in unnamed) > 40 else []


def _until_heading(blocks: list[Block]) -> list[Block]:
    found: list[Block] = []
    for block in blocks:
        if block.kind == "heading" or KEYWORDS.match(block.text) or is_known(block.text):
            break
        found.append(block)
        # at half, JOSE's longer summaries are cut off
        if sum(len(one.text) for one in found) > 4000:
            break
    return found


def _keywords(blocks: list[Block], hints: dict[str, str]) -> tuple[str, ...]:
    for block, after in zip_longest(blocks, blocks[1:]):
        match = KEYWORDS.match(block.text)
        if not match or block.page > 3:
            continue
        rest = block.text[match.end() :] or (after.text if after else "")
        return _listed(rest)
    return _listed(hints.get("Keywords", ""))


def _listed(text: str) -> tuple[str, ...]:
    parts = re.split(r"[;•·|]" if re.search(r"[;•·|]", text) else ",", text)
    words = [re.sub(r"\s+", " ", part).strip(" .,;") for part in parts]
    # at half, "higher order conditions for local optimality" is lost
    return tuple(dict.fromkeys(word for word in words if 1 < len(word) <= 80))[:30]
