"""Blocks become one text: lines joined, hyphenation healed, each character still with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest

from shared.platform.readers.pdf.blocks import Block
from shared.platform.readers.pdf.geometry import Line
from shared.platform.readers.plain import WIDEST, TextLine, advances

_HYPHENS = ("-", "\u2010")
_BROKEN_WORD = re.compile(r"[^\W\d_][-\u2010]$")
_DASH = re.compile(r"\S[\u2013\u2014]$")


@dataclass(slots=True)
class Weaver:
    """The growing text of a document and the places of its lines."""

    compounds: frozenset[str] = frozenset()
    """Words with a hyphen that stand in the document unbroken: their hyphen stays at a line's end too."""
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    lines: list[TextLine] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    """Where running text leaves the PDF's own order: at a page's end, around a float or an aside."""
    follows: tuple[int, int] | None = None
    """The page and the place in its own order of what would follow without a break."""

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def paragraph(self, blocks: list[Block]) -> tuple[int, int]:
        """Add the lines of one or more blocks as one paragraph; its span."""
        if self.length:
            self._add("\n\n")
        start, self.follows = self.length, None
        lines = [line for block in blocks for line in block.lines if line.text.strip()]
        for line, after in zip_longest(lines, lines[1:]):
            if blocks[0].kind == "paragraph":
                self._note_breaks(line)
            self._line(line, after)
        return start, self.length

    def _line(self, line: Line, after: Line | None) -> None:
        text, edges = _flat(line)
        following = after.text.lstrip() if after else ""
        joint = " " if following else ""
        if following and (text.endswith(_HYPHENS) or _DASH.search(text)):
            joint = ""
            if self._heals(text, following):
                text, edges = text[:-1], edges[:-1]
        for first, last in _stretches(text, edges):
            top, bottom = round(line.top, 1), round(line.bottom, 1)
            packed = advances(edges[first : last + 1])
            self.lines.append(TextLine(self.length + first, line.page, round(edges[first], 1), top, bottom, packed))
        self._add(text + joint)

    def _note_breaks(self, line: Line) -> None:
        offset = self.length
        for run in line.runs:
            if self.follows not in (None, (line.page, run.at)):
                self.breaks.append(offset)
            self.follows = line.page, run.next
            offset += len(run.text)

    def _heals(self, text: str, following: str) -> bool:
        """Whether a hyphen at a line's end is the printer's and not the word's own."""
        if not _BROKEN_WORD.search(text) or not following[:1].islower():
            return False
        before = re.split(r"[\s(/]", text)[-1]
        after = re.match(r"[\w\u2010-]*", following)
        word = f"{before}{after.group() if after else ''}".replace("\u2010", "-")
        return word.casefold() not in self.compounds

    def _add(self, piece: str) -> None:
        self.pieces.append(piece)
        self.length += len(piece)


def compounds_in(blocks: list[Block]) -> frozenset[str]:
    """All hyphenated words within lines."""
    found: set[str] = set()
    for block in blocks:
        for line in block.lines:
            text = line.text.replace("\u2010", "-")
            if "-" in text:
                found.update(word.casefold() for word in re.findall(r"(?<![^\W\d_])[^\W\d_]++(?:-[^\W\d_]++)++", text))
    return frozenset(found)


def _flat(line: Line) -> tuple[str, list[float]]:
    """The text of a line without outer or double spaces, and its edges."""
    letters: list[str] = []
    edges: list[float] = []
    right = line.x0
    for run in line.runs:
        for letter, left in zip(run.text, run.edges, strict=False):
            if letter == " " and (not letters or letters[-1] == " "):
                continue
            letters.append(letter)
            edges.append(left)
        right = run.edges[-1]
    while letters and letters[-1] == " ":
        letters.pop()
        right = edges.pop()
    return "".join(letters), [*edges, right]


def _stretches(text: str, edges: list[float]) -> list[tuple[int, int]]:
    """Parts of a line with no gap too wide to pack; a backward step in formulas starts another too."""
    # half a point: what rounding to the packed half points may be off
    cuts = [
        at + 1
        for at in range(len(text) - 1)
        if edges[at + 1] - edges[at] > WIDEST - 0.5 or edges[at + 1] < edges[at] - 0.5
    ]
    bounds = [0, *cuts, len(text)]
    return [(first, last) for first, last in pairwise(bounds) if last > first]
