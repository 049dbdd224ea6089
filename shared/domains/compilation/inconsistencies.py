"""Numbers that differ where two places speak of the same: two sources, or a paper's abstract and its body."""

from collections.abc import Iterator
from itertools import combinations

from shared.domains.compilation.content import Inconsistency
from shared.domains.compilation.pool import Pool, Said
from shared.domains.knowledge.content import Figure
from shared.domains.language.words import content_roots, overlap

ALIKE = 0.45
"""How much two sentences of different sources share before their numbers are compared; within one source more."""
ALIKE_WITHIN = 0.6


def inconsistencies(pool: Pool) -> Iterator[Inconsistency]:
    """Each pair of statements that state different values of one metric, once."""
    for one, other in combinations([said for said in pool.said if said.statement.figures], 2):
        if _alike(one, other):
            yield from _differing(one, other)


def _alike(one: Said, other: Said) -> bool:
    least = ALIKE_WITHIN if one.source.artifact_id == other.source.artifact_id else ALIKE
    return overlap(_bare(one), _bare(other)) >= least


def _bare(said: Said) -> frozenset[str]:
    return frozenset(word for word in content_roots(said.text) if not any(char.isdigit() for char in word))


def _differing(one: Said, other: Said) -> Iterator[Inconsistency]:
    for metric in dict.fromkeys(figure.metric.lower() for figure in one.statement.figures if figure.metric):
        first, second = _values(one, metric), _values(other, metric)
        if first and second and not first & second and _same_dataset(one, other):
            detail = f"The {metric} is given as {_listed(first)} in one place and as {_listed(second)} in another."
            yield Inconsistency(kind="number", detail=detail, evidence=(*one.citations(), *other.citations()))


def _values(said: Said, metric: str) -> frozenset[tuple[str, str]]:
    return frozenset((one.value, one.unit) for one in said.statement.figures if one.metric.lower() == metric)


def _same_dataset(one: Said, other: Said) -> bool:
    first, second = ({it.dataset for it in said.statement.figures if it.dataset} for said in (one, other))
    return not first or not second or bool(first & second)


def _listed(values: frozenset[tuple[str, str]]) -> str:
    return " and ".join(sorted(_written(Figure(value=value, unit=unit)) for value, unit in values))


def _written(figure: Figure) -> str:
    return f"{figure.value}%" if figure.unit == "%" else f"{figure.value} {figure.unit}".strip()
