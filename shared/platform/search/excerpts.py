"""The stretch of a text that shows best why it was found, as plain text with the matches' places beside it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import NamedTuple

from shared.platform.search.words import WORD, stem

LENGTH = 240
"""Characters of an excerpt, about; it begins and ends at words."""
LEAD = 40
"""Characters shown before the first match."""
_PARTS = re.compile(f"({WORD.pattern})", WORD.flags)
"""Splits a text by turns into what is between words, and a word: a match object for each word would cost twice that."""
_BLANKS = dict.fromkeys((9, 10, 11, 12, 13, 133, 8232, 8233), " ")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Plain text, with "..." where it was cut; `highlights` are [start, end) in it, in order."""

    text: str
    highlights: tuple[tuple[int, int], ...]


def excerpt(text: str, weights: Mapping[str, float]) -> Excerpt:
    """The best window of about LENGTH characters: the most weight of different terms, and the earliest of equals."""
    matches = _matches(text, weights)
    start, end = _snapped(text, _best_start(matches, weights))
    lead, trail = "..." if text[:start].strip() else "", "..." if text[end:].strip() else ""
    shift = len(lead) - start
    inside = [match for match in matches if start <= match.start and match.end <= end]
    highlights = tuple((match.start + shift, match.end + shift) for match in inside)
    return Excerpt(lead + text[start:end].translate(_BLANKS) + trail, highlights)


class _Match(NamedTuple):
    start: int
    end: int
    term: str


def _matches(text: str, weights: Mapping[str, float]) -> list[_Match]:
    """Where words of the query stand. Each different word is stemmed once, and most are not looked at again."""
    parts = _PARTS.split(text)
    words = set(parts[1::2])
    terms = {word: found for word in words if (found := stem(word)) in weights}
    for prefix in (term[:-1] for term in weights if term.endswith("*")):
        terms |= {word: f"{prefix}*" for word in words - terms.keys() if stem(word).startswith(prefix)}
    if not terms:
        return []
    ends = list(accumulate(map(len, parts)))
    held = [place for place in range(1, len(parts), 2) if parts[place] in terms]
    return [_Match(ends[place - 1], ends[place], terms[parts[place]]) for place in held]


def _best_start(matches: Sequence[_Match], weights: Mapping[str, float]) -> int:
    """Where the match stands from which a window holds the most."""
    best, begin = 0.0, 0
    for at, first in enumerate(matches):
        held = {match.term for match in matches[at : at + 40] if match.end - first.start <= LENGTH - LEAD}
        weight = sum(weights[term] for term in held)
        if weight > best * 1.001:
            best, begin = weight, first.start
    return begin


def _snapped(text: str, begin: int) -> tuple[int, int]:
    """A window that starts a little before `begin` and cuts no word; all of the text when it is short."""
    if len(text) <= LENGTH:
        return 0, len(text)
    earliest = max(0, min(begin - LEAD, len(text) - LENGTH))
    start = next((at.start() for at in _words_from(text, earliest) if at.start() >= earliest), 0) if earliest else 0
    fitting = [at.end() for at in takewhile(lambda at: at.end() <= start + LENGTH, _words_from(text, start))]
    end = fitting[-1] if fitting else start + LENGTH
    return start, end if WORD.search(text, end) else len(text)


def _words_from(text: str, place: int) -> Iterator[re.Match[str]]:
    """The words from a place on, the first of them whole: a word has no blank in it."""
    return WORD.finditer(text, text.rfind(" ", 0, place) + 1)
