"""The stretch of a text that shows best why it was found, as plain text with the matches' places beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.platform.search.words import Word

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


def excerpt(text: str, body: Sequence[Word], weights: Mapping[str, float]) -> Excerpt:
    """The best window of about LENGTH characters: the most weight of different terms, and the earliest of equals."""
    prefixes = tuple(term[:-1] for term in weights if term.endswith("*"))
    matches = [(word, term) for word in body if (term := _matched(word.stem, weights, prefixes))]
    begin = _best_start(matches, weights)
    start, end = _snapped(text, body, begin)
    lead, trail = "..." if text[:start].strip() else "", "..." if text[end:].strip() else ""
    shift = len(lead) - start
    inside = [(word.start + shift, word.end + shift) for word, _ in matches if start <= word.start and word.end <= end]
    return Excerpt(lead + text[start:end].translate(_BLANKS) + trail, tuple(inside))


def _matched(stem: str, weights: Mapping[str, float], prefixes: tuple[str, ...]) -> str:
    """The term that a stem answers: itself, or a prefix with its asterisk; empty when none."""
    if stem in weights:
        return stem
    if prefixes and stem.startswith(prefixes):
        return next(f"{prefix}*" for prefix in prefixes if stem.startswith(prefix))
    return ""


def _best_start(matches: Sequence[tuple[Word, str]], weights: Mapping[str, float]) -> int:
    """Where the match stands from which a window holds the most."""
    best, begin = 0.0, 0
    for at, (first, _) in enumerate(matches):
        held = {term for word, term in matches[at : at + 40] if word.end - first.start <= LENGTH - LEAD}
        weight = sum(weights[term] for term in held)
        if weight > best * 1.001:
            best, begin = weight, first.start
    return begin


def _snapped(text: str, body: Sequence[Word], begin: int) -> tuple[int, int]:
    """A window that starts a little before `begin` and cuts no word; all of the text when it is short."""
    if len(text) <= LENGTH or not body:
        return 0, min(len(text), LENGTH)
    earliest = max(0, min(begin - LEAD, len(text) - LENGTH))
    start = next((word.start for word in body if word.start >= earliest), 0) if earliest else 0
    end = max((word.end for word in body if word.end <= start + LENGTH), default=start + LENGTH)
    return start, len(text) if end == body[-1].end else end
