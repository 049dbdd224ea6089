"""HybridEvaluator, the measured half: rules that score an extraction from 1 to 5, each component visible.

Only statements with verified evidence earn anything, so that taking evidence away never raises a score.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from shared.domains.extraction.agents.merging import SAME
from shared.domains.extraction.evidence import PagedText
from shared.domains.jobs.evaluation import Evaluation, Score
from shared.domains.knowledge.content import Content, Statement, StatementKind
from shared.domains.language.cues import dangles, readable
from shared.domains.language.numbers import missing, numbers
from shared.domains.language.words import content_roots, overlap, words

EXPECTED_KINDS: Final = tuple(StatementKind)
# what is covered counts most, as it is what extractions lack: with the weight of the others, scores are 0.15 higher
WEIGHTS: Final[Mapping[str, float]] = {
    "evidence": 0.2, "numbers": 0.1, "sections": 0.4, "specificity": 0.1, "duplication": 0.1, "length": 0.1,
}  # fmt: skip
WORDS_A_STATEMENT: Final = 250
"""Words of the source for which one statement is expected; half of what is expected is the least."""
_FEWEST_EXPECTED, _MOST_EXPECTED = 8, 24
"""Of an abstract alone, and of a book; half or twice as many move the mean score by less than 0.05."""
_SHORTEST, _LONGEST = 6, 60
"""Words of a statement that reads well; at half the most, every other paper has statements that are too long."""
_LONG_WORD, _DETAILED = 6, 6
"""Letters, and so many words of more: a statement without number or name that still says something in particular."""

_TELLING = frozenset(
    {"abstract", "introduction", "method", "results", "discussion", "limitations", "conclusion", "future"}
)
_NAMED = re.compile(r"(?<!^)\b(?:[A-Z][a-z]*[A-Z\d][\w-]*|[A-Z]{2,}[\w-]*|[A-Z][a-z]{2,})")


class _Measured(NamedTuple):
    share: float
    detail: str


def evaluate(document: PagedText, content: Content, round_number: int, threshold: float) -> Evaluation:
    """The score of a round's verified content: the weighted mean of its components, `low` those under the threshold."""
    measured = {name: rule(document, content.statements) for name, rule in _RULES.items()}
    if not content.statements:
        measured = dict.fromkeys(_RULES, _Measured(0.0, "Nothing was extracted."))
    components = tuple(
        Score(name=name, score=round(1 + 4 * one.share, 2), weight=WEIGHTS[name], detail=one.detail)
        for name, one in measured.items()
    )
    total = sum(one.score * one.weight for one in components) / sum(WEIGHTS.values())
    low = tuple(one.name for one in components if one.score < threshold)
    return Evaluation(round=round_number, score=round(total, 2), components=components, low=low)


def focus(evaluation: Evaluation) -> tuple[str, ...]:
    """What a further round widens: the low components, or the lowest one when only their sum is low."""
    lowest = min(evaluation.components, key=lambda one: one.score)
    return evaluation.low or (lowest.name,)


def _evidence(document: PagedText, statements: Sequence[Statement]) -> _Measured:
    supported = len(_supported(statements))
    detail = f"{supported} of {len(statements)} statements have verified evidence that bears their numbers."
    return _Measured(supported / _least(document, statements), detail)


def _numbers(_: PagedText, statements: Sequence[Statement]) -> _Measured:
    stated = sum(len(numbers(one.text)) for one in statements)
    lost = sum(len(missing(one.text, [it.quotation for it in one.evidence if it.verified])) for one in statements)
    if not stated:
        return _Measured(0.5, "No statement has a number.")
    return _Measured(_share(stated - lost, stated), f"{stated - lost} of {stated} numbers stand in the evidence.")


def _sections(document: PagedText, statements: Sequence[Statement]) -> _Measured:
    supported = _supported(statements)
    kinds = {one.kind for one in supported}
    cited = {one.passage.section for statement in supported for one in statement.evidence if one.passage}
    telling = {one.role for one in document.sections if one.role in _TELLING}
    reached = {one.role for one in document.sections if one.role in telling and one.heading in cited}
    absent = [kind.value.replace("_", " ") for kind in EXPECTED_KINDS if kind not in kinds]
    share = (_share(len(kinds), len(EXPECTED_KINDS)) + _share(len(reached), len(telling))) / 2
    detail = f"{len(reached)} of {len(telling)} parts of the source are quoted; "
    return _Measured(share, detail + (f"nothing found as {', '.join(absent)}." if absent else "all kinds were found."))


def _specificity(document: PagedText, statements: Sequence[Statement]) -> _Measured:
    specific = sum(_is_specific(one.text) for one in _supported(statements))
    detail = f"{specific} of {len(statements)} statements stand alone and name a number, a name or much detail."
    return _Measured(specific / _least(document, statements), detail)


def _duplication(document: PagedText, statements: Sequence[Statement]) -> _Measured:
    roots = [content_roots(one.text) for one in statements]
    twins = {at for (_, one), (at, other) in combinations(enumerate(roots), 2) if overlap(one, other) >= SAME}
    share = (len(statements) - 2 * len(twins)) / _least(document, statements)
    return _Measured(max(0.0, share), f"{len(twins)} of {len(statements)} statements repeat another.")


def _length(document: PagedText, statements: Sequence[Statement]) -> _Measured:
    expected = _expected(document)
    fitting = sum(_SHORTEST <= len(one.text.split()) <= _LONGEST for one in _supported(statements))
    return _Measured(min(1.0, fitting / expected), f"{fitting} statements of readable length, {expected} expected.")


def _expected(document: PagedText) -> int:
    return min(max(len(document.text.split()) // WORDS_A_STATEMENT, _FEWEST_EXPECTED), _MOST_EXPECTED)


def _least(document: PagedText, statements: Sequence[Statement]) -> int:
    """What shares are taken of: the statements, but so many at least that few cannot pass for good."""
    return max(len(statements), _expected(document) // 2)


_RULES: Final[Mapping[str, Callable[[PagedText, Sequence[Statement]], _Measured]]] = {
    "evidence": _evidence, "numbers": _numbers, "sections": _sections, "specificity": _specificity,
    "duplication": _duplication, "length": _length,
}  # fmt: skip


def _supported(statements: Sequence[Statement]) -> list[Statement]:
    return [one for one in statements if one.supported and any(it.verified for it in one.evidence)]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _is_specific(text: str) -> bool:
    """Whether a text stands on its own as a sentence and says something in particular."""
    named = bool(numbers(text) or _NAMED.search(text))
    detailed = len([word for word in words(text) if len(word) > _LONG_WORD]) >= _DETAILED
    return readable(text) and not dangles(text) and (named or detailed)
