"""BM25 in the two halves that adapters and the ranker share: how rare a term is, and how firmly a text holds it."""

from math import log
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

N = TypeVar("N", float, "npt.NDArray[np.float64]")
K1 = 1.4
"""How soon a repeated term stops counting."""
B = 0.75
"""How much a long text is held against it."""


def idf(entries: int, frequency: int) -> float:
    """The weight of a term that stands in `frequency` of `entries`; always above 0."""
    return log(1 + (max(entries, frequency) - frequency + 0.5) / (frequency + 0.5))


def saturated(mentions: N, length: N, average: float) -> N:
    """What so many mentions in a text of that length (in terms) are worth, from 0 to 1."""
    return mentions / (mentions + K1 * (1 - B + B * length / max(average, 1)))
