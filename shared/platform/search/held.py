"""The terms that a text holds, as numbers: what the ranker counts, without reading a word."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[Any]

MOST = 2**16 - 1
"""Mentions, and terms of a text, that are counted."""
_HELD = np.dtype([("term", "<u4"), ("title", "<u2"), ("text", "<u2")])


def packed(stems: Sequence[str], titled: int, numbers: Mapping[str, int]) -> bytes:
    """Each term's number with its mentions in the title and in the text, in the order of the entry's words.

    That order is the entry's own; an order by number would tell who used a term first.
    """
    title, text = Counter(stems[:titled]), Counter(stems[titled:])
    rows = [(numbers[stem], min(title[stem], MOST), min(text[stem], MOST)) for stem in title | text]
    return np.array(rows, _HELD).tobytes()


@dataclass(frozen=True, slots=True)
class Held:
    """What several texts hold: of each term in each text, which text and term, and the mentions by their place."""

    texts: int
    text: Integers
    term: Integers
    title_mentions: Floats
    text_mentions: Floats


def unpacked(packs: Sequence[bytes]) -> Held:
    rows = np.frombuffer(b"".join(packs), _HELD)
    text = np.repeat(np.arange(len(packs)), [len(pack) // _HELD.itemsize for pack in packs])
    return Held(len(packs), text, rows["term"], rows["title"].astype(float), rows["text"].astype(float))


def totals(places: Integers, values: Floats, size: int) -> Floats:
    """The sum of the values that belong to each of so many places."""
    return np.bincount(places, values, size).astype(float, copy=False)
