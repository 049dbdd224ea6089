"""The stretch of a text that shows best why it was found, as plain text with the matches' places beside it."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.platform.search.words import words

LENGTH = 240
"""Characters of an excerpt, about; it begins and ends at words."""
LEAD = 40
"""Characters shown before the first match."""
_BLANKS = dict.fromkeys((9, 10, 11, 12, 13, 133, 8232, 8233), " ")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Plain text, with "..." where it was cut; `highlights` are [start, end) in it, in order."""

    text: str
    highlights: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Match:
    """A word of the text that answers a term."""

    term: str
    start: int
    end: int


def excerpt(text: str, weights: Mapping[str, float]) -> Excerpt:
    """The best window of about LENGTH characters: the most weight of different terms, and the earliest of equals."""
    body = words(text)
    matches = [
        _Match(term, body.starts[place], body.ends[place])
        for place, term in enumerate(_terms(body.stems, weights))
        if term
    ]
    start, end = _snapped(text, body.starts, body.ends, _best_start(matches, weights))
    lead, trail = "..." if text[:start].strip() else "", "..." if text[end:].strip() else ""
    shift = len(lead) - start
    inside = [(each.start + shift, each.end + shift) for each in matches if start <= each.start and each.end <= end]
    return Excerpt(lead + text[start:end].translate(_BLANKS) + trail, tuple(inside))


def _terms(stems: Sequence[str], weights: Mapping[str, float]) -> list[str]:
    """The term that each stem answers: itself, or a prefix with its asterisk; empty when none."""
    prefixes = tuple(term[:-1] for term in weights if term.endswith("*"))
    if prefixes:
        return [stem if stem in weights else _longer(stem, prefixes) for stem in stems]
    return [stem if stem in weights else "" for stem in stems]


def _longer(stem: str, prefixes: tuple[str, ...]) -> str:
    if not stem.startswith(prefixes):
        return ""
    return next(f"{prefix}*" for prefix in prefixes if stem.startswith(prefix))


def _best_start(matches: Sequence[_Match], weights: Mapping[str, float]) -> int:
    """Where the match stands from which a window holds the most."""
    best, begin = 0.0, 0
    for at, first in enumerate(matches):
        held = {each.term for each in matches[at : at + 40] if each.end - first.start <= LENGTH - LEAD}
        weight = sum(weights[term] for term in held)
        if weight > best * 1.001:
            best, begin = weight, first.start
    return begin


def _snapped(text: str, starts: Sequence[int], ends: Sequence[int], begin: int) -> tuple[int, int]:
    """A window that starts a little before `begin` and cuts no word; all of the text when it is short."""
    if len(text) <= LENGTH or not starts:
        return 0, min(len(text), LENGTH)
    earliest = max(0, min(begin - LEAD, len(text) - LENGTH))
    first = bisect_left(starts, earliest)
    start = starts[first] if earliest and first < len(starts) else 0
    last = bisect_right(ends, start + LENGTH)
    end = ends[last - 1] if last else start + LENGTH
    return start, len(text) if end == ends[-1] else end
