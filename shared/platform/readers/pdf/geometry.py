"""Runs, lines and pages: text with its place, in points from the top left corner of the page as displayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from shared.platform.readers.draft import HiddenText, PageSize


class Style(NamedTuple):
    """How a run is set; the size is the effective one in points."""

    size: float
    bold: bool = False
    italic: bool = False
    mono: bool = False
    font: str = ""


class Box(NamedTuple):
    """A rectangle."""

    x0: float
    top: float
    x1: float
    bottom: float

    def holds(self, x: float, y: float) -> bool:
        return self.x0 <= x <= self.x1 and self.top <= y <= self.bottom

    def within(self, other: Box) -> Box:
        """The common part, which may be of negative size."""
        return Box(
            max(self.x0, other.x0), max(self.top, other.top), min(self.x1, other.x1), min(self.bottom, other.bottom)
        )

    def meets(self, other: Box) -> bool:
        return self.x0 < other.x1 and other.x0 < self.x1 and self.top < other.bottom and other.top < self.bottom


@dataclass(slots=True, eq=False)
class Run:
    """Characters of one style on one baseline; ``edges`` has the left of each and the right of the last."""

    text: str
    edges: Sequence[float]
    base: float
    style: Style
    at: int = 0
    """How many characters stand before it in the page's own order, without white space."""

    @property
    def next(self) -> int:
        """The ``at`` of the run that follows in the page's own order."""
        return self.at + len(self.text) - self.text.count(" ")


@dataclass(eq=False)
class Line:
    """Runs on one printed line, or on one side of a wide gap in it."""

    runs: list[Run]
    page: int
    cells: int = 1
    """How many parts with wide gaps between them were joined: a row of a table has several."""

    @cached_property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)

    @cached_property
    def letters(self) -> int:
        return sum(map(str.isalpha, self.text))

    @cached_property
    def main(self) -> Run:
        """The run that says how the line is set: the one with most characters."""
        lengths: dict[tuple[float, str], int] = {}
        for run in self.runs:
            key = (run.style.size, run.style.font)
            lengths[key] = lengths.get(key, 0) + len(run.text)
        best = max(lengths, key=lambda key: lengths[key])
        return next(run for run in self.runs if (run.style.size, run.style.font) == best)

    @property
    def size(self) -> float:
        return self.main.style.size

    @property
    def base(self) -> float:
        return self.main.base

    @property
    def bold(self) -> bool:
        return self.main.style.bold

    @cached_property
    def x0(self) -> float:
        return min(run.edges[0] for run in self.runs)

    @cached_property
    def x1(self) -> float:
        return max(run.edges[-1] for run in self.runs)

    @property
    def top(self) -> float:
        return self.base - 0.8 * self.size

    @property
    def bottom(self) -> float:
        return self.base + 0.24 * self.size

    @property
    def width(self) -> float:
        return self.x1 - self.x0


@dataclass
class Page:
    """A page as read: its visible lines in content order, what is hidden, and its size."""

    size: PageSize
    lines: list[Line] = field(default_factory=list)
    turned: list[Line] = field(default_factory=list)
    """Text that does not run from left to right."""
    hidden: list[HiddenText] = field(default_factory=list)
    unmapped: int = 0
    """Characters whose font does not say which they are."""
    cut: bool = False
    """Whether it holds more characters than a page can show, so that only the first were read."""
    scanned: bool = False
    """Whether the page is a picture, so that its text is an OCR layer."""
