"""What a sentence does in an abstract: background, objective, method, result or other, by a small linear model.

The weights in `lexicon/rhetoric.json` are integers that `evals/train_roles.py` learned from CSAbstruct (Cohan et al.,
2019, "Pretrained Language Models for Sequential Sentence Classification"; Apache-2.0): logistic regression over words,
word pairs, openings, the neighbours' openings and the place in the abstract, and then the likeliest sequence.
"""

import math
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from shared.domains.language.lexicon import weights

_WORD = re.compile(r"[A-Za-z][A-Za-z'\u2019-]*|\d[\d.,]*%?|[?!;:]")


class Rhetoric(StrEnum):
    """What a sentence does."""

    BACKGROUND = "background"
    OBJECTIVE = "objective"
    METHOD = "method"
    RESULT = "result"
    OTHER = "other"


class _Model(NamedTuple):
    weights: dict[str, list[int]]
    scale: float
    first: list[float]
    following: list[list[float]]


_ROLES = tuple(Rhetoric)


def roles_of(abstract: Sequence[str]) -> list[Rhetoric]:
    """The likeliest sequence of roles of an abstract's sentences."""
    return [_ROLES[at] for at in _likeliest([_log_shares(placed(abstract, at)) for at in range(len(abstract))])]


def shares(sentence: str) -> dict[Rhetoric, float]:
    """How likely each role is for a sentence anywhere in a paper, by its words alone; they sum to 1."""
    return dict(zip(_ROLES, map(math.exp, _log_shares(spoken(sentence))), strict=True))


def spoken(sentence: str) -> set[str]:
    """The features of a sentence's words."""
    said = _words(sentence)
    return {"_", *said, *(f"{one} {two}" for one, two in pairwise(said)), *_opening(said, "^")}


def placed(abstract: Sequence[str], at: int) -> set[str]:
    """The features of a sentence in its abstract."""
    count = len(abstract)
    before = _opening(_words(abstract[at - 1]), "<") if at else ()
    after = _opening(_words(abstract[at + 1]), ">") if at + 1 < count else ()
    place = {f"@{10 * at // count}", f"@i{min(at, 6)}", f"@r{min(count - 1 - at, 6)}", f"@n{min(count, 10)}"}
    return spoken(abstract[at]) | place | {*before, *after}


def _words(sentence: str) -> list[str]:
    return [word if word[0].isalpha() else _plain(word) for word in _WORD.findall(sentence.lower())]


def _plain(word: str) -> str:
    return word if not word[0].isdigit() else "0%" if word.endswith("%") else "0"


def _opening(said: Sequence[str], mark: str) -> Iterator[str]:
    return (f"{mark} {' '.join(said[:count])}" for count in (1, 2, 3))


def _log_shares(features: set[str]) -> list[float]:
    model = _model()
    known = [model.weights[feature] for feature in features if feature in model.weights]
    scores = [sum(column) / model.scale for column in zip(*known, strict=True)] if known else [0.0] * len(_ROLES)
    top = max(scores)
    total = top + math.log(sum(math.exp(score - top) for score in scores))
    return [score - total for score in scores]


def _likeliest(shares_in_order: Sequence[list[float]]) -> list[int]:
    if not shares_in_order:
        return []
    model = _model()
    best = [share + first for share, first in zip(shares_in_order[0], model.first, strict=True)]
    came_from: list[list[int]] = []
    for current in shares_in_order[1:]:
        steps = [[best[one] + model.following[one][two] for one in range(len(_ROLES))] for two in range(len(_ROLES))]
        came_from.append([step.index(max(step)) for step in steps])
        best = [max(step) + share for step, share in zip(steps, current, strict=True)]
    path = [best.index(max(best))]
    for step in reversed(came_from):
        path.append(step[path[-1]])
    return path[::-1]


@cache
def _model() -> _Model:
    read = weights("rhetoric")
    return _Model(read["weights"], read["scale"], read["first"], read["following"])
