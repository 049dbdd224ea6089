"""Sentences with their offsets, for the prose of papers: abbreviations, decimals, initials, citations and addresses.

A full stop ends a sentence unless what stands before or after it says otherwise; where both readings are possible
("Smith et al. The") the next word decides, if it is one that sentences begin with.
"""

import re
from collections.abc import Iterator

from shared.domains.language.lexicon import table

_NEAR, _AHEAD = 40, 60
"""Characters before and after a stop that are looked at: bounds on the time; half would do."""
_STOP = re.compile(
    r"""(?:(?<![.!?])[.!?]++|…)                          # the end itself
        (?:(?<=[a-z)\]%]\.)\d{1,2}(?=\s+["'“(]?[A-Z]))?  # a footnote mark: "as shown.3 The"
        ['"\u2019”)\]]*+                             # what closes with the sentence
        (?:\s?\[\d+(?:\s?[,;\u2013-]\s?\d+)*\])?     # a citation after the stop: "models.[3] We"
        (?=\s|$)""",
    re.VERBOSE,
)
_BULLET = re.compile(r"(?:^|\s)(?=[•▪◦‣●■◆★▶➢✓]\s?)")
_BREAK = re.compile(r"\n\s*\n")
_OPENING = re.compile(r"""[\s"'“\u2018(\[•▪◦‣●■]*""")
_LAST_WORD = re.compile(rf"[^\s(\[“\"']{{0,{_NEAR}}}$")
_NEVER, _LABELS, _PERHAPS, _STARTERS = (
    frozenset(table("sentences")[name].split()) for name in ("never", "labels", "perhaps", "starters")
)


def sentences(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """The spans of the sentences between two offsets, without the white space around them."""
    stop = len(text) if end is None else end
    spans = []
    for first, last in _pieces(text, start, stop):
        piece = text[first:last]
        left = first + len(piece) - len(piece.lstrip())
        right = first + len(piece.rstrip())
        if left < right:
            spans.append((left, right))
    return spans


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    first = start
    for at in _ends(text, start, end):
        if at > first:
            yield first, at
            first = at
    yield first, end


def _ends(text: str, start: int, end: int) -> list[int]:
    stops = [match.end() for match in _STOP.finditer(text, start, end) if _is_end(text, start, match, end)]
    bullets = [match.end() for match in _BULLET.finditer(text, start, end)]
    breaks = [match.end() for match in _BREAK.finditer(text, start, end)]
    return sorted(stops + bullets + breaks)


def _is_end(text: str, start: int, match: re.Match[str], end: int) -> bool:
    following = text[match.end() : min(match.end() + _AHEAD, end)]
    rest = _OPENING.sub("", following, count=1)
    if not rest:
        return True
    if not (rest[0].isupper() or rest[0].isdigit() or not rest[0].isalnum() or rest[0] > "\u02ff"):
        return False
    if match.group()[0] != ".":
        return match.group()[0] != "…" or rest[0].isupper()
    found = _LAST_WORD.search(text, max(start, match.start() - _NEAR), match.start())
    word = found.group() if found else ""
    return _may_end(word, rest, text[max(start, match.start() - _NEAR) : match.start()])


def _may_end(word: str, rest: str, before: str) -> bool:
    low, next_is_label = word.lower().rstrip("."), re.match(r"\d|\(|[A-Z](?![^\W\d])", rest) is not None
    next_word = rest.split(None, 1)[0].strip(".,;:'\u2019").lower()
    certain = next_word in _STARTERS
    if low in _NEVER or word in _NEVER or (low in _LABELS and next_is_label):
        return False
    if low in _PERHAPS or (len(word) == 1 and word.isupper()) or _is_initials(word):
        return certain and rest[0].isupper()
    return not (low.isdigit() and word == before.rsplit("\n", 1)[-1].strip())  # "1. First" numbers an item


def _is_initials(word: str) -> bool:
    return bool(re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]", word))
