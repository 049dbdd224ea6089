"""What a document shares with the process that reads it, without pydantic, which would double that process's start."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

Role = Literal[
    "abstract", "introduction", "background", "method", "results", "discussion", "limitations", "conclusion", "future",
    "references", "acknowledgements", "appendix", "other",
]  # fmt: skip
HiddenReason = Literal["white", "tiny", "off_page", "covered", "zero_width", "invisible"]
AsideKind = Literal["caption", "table", "figure", "equation", "footnote", "margin", "code"]

_ZERO = 35  # "#": the character for an advance of nothing
_STEPS = 2  # half points
WIDEST = (126 - _ZERO) // _STEPS
"""Points that one advance can hold; a wider gap starts another ``TextLine``."""


class TextLine(NamedTuple):
    """Where a printed line of the text stands: one character of ``advances`` for each character of the text."""

    start: int
    page: int
    x: float
    top: float
    bottom: float
    advances: str

    def edges(self, start: int, end: int) -> tuple[float, float]:
        """Left and right of the characters from ``start`` to ``end``, which are offsets into the document."""
        first, last = max(start - self.start, 0), min(end - self.start, len(self.advances))
        left = self.x + _width(self.advances[:first])
        return round(left, 1), round(left + _width(self.advances[first:last]), 1)


def advances(edges: Sequence[float]) -> str:
    """Pack the n + 1 edges of n characters, rounding the edges and not the widths, so that nothing drifts."""
    steps = [round((edge - edges[0]) * _STEPS) for edge in edges]
    widths = (after - before for before, after in pairwise(steps))
    return "".join([chr(_ZERO + min(max(width, 0), 126 - _ZERO)) for width in widths])


def _width(packed: str) -> float:
    return (sum(map(ord, packed)) - _ZERO * len(packed)) / _STEPS
