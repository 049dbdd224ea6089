"""Candidates of all portions become statements: the same said twice is one, the best come first, few enough to read."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from shared.domains.extraction.agents import Candidate, Focus
from shared.domains.knowledge.content import Evidence, Statement, StatementKind
from shared.domains.language.words import content_roots, overlap
from shared.platform.readers.normalise import normalise

MOST_EVIDENCE = 3
"""Quotations of a statement: a paper says one thing in abstract, text and conclusion."""
SAME = 0.7
"""From this overlap of words on two statements are one: at half, different results are; without, few are said twice."""


class Limits(NamedTuple):
    """How many statements of a kind there may be, and from which overlap on two are one."""

    most: Mapping[StatementKind, int]
    same: float

    @classmethod
    def focused(cls, most: Mapping[StatementKind, int], focus: Focus) -> "Limits":
        """`length` lets half as many again in each time, `duplication` tells fewer apart."""
        wider = 1 + 0.5 * focus.count("length")
        same = SAME - 0.1 * min(focus.count("duplication"), 3)
        return cls({kind: round(count * wider) for kind, count in most.items()}, same)


class _Group(NamedTuple):
    best: Candidate
    roots: frozenset[str]
    others: list[Candidate]


def statements_of(candidates: Iterable[Candidate], limits: Limits) -> tuple[Statement, ...]:
    """Statements by kind, the surest first; what repeats one becomes its further evidence."""
    groups = _grouped(sorted(candidates, key=_rank), limits.same)
    kept: list[Statement] = []
    for kind in StatementKind:
        of_kind = [group for group in groups if group.best.kind is kind]
        kept.extend(map(_statement, of_kind[: limits.most.get(kind, 0)]))
    return tuple(kept)


def _rank(candidate: Candidate) -> tuple[float, int, str]:
    return -candidate.confidence, candidate.at, candidate.text


def _grouped(candidates: Sequence[Candidate], same: float) -> list[_Group]:
    groups: list[_Group] = []
    for candidate in candidates:
        roots = content_roots(candidate.text)
        twin = next((group for group in groups if overlap(group.roots, roots) >= same), None)
        if twin is None:
            groups.append(_Group(candidate, roots, []))
        else:
            twin.others.append(candidate)
    return groups


def _statement(group: _Group) -> Statement:
    best = group.best
    quotations = dict.fromkeys([best.quotation, *[one.quotation for one in group.others]])
    return Statement(
        id=_id(best),
        kind=best.kind,
        text=best.text,
        evidence=tuple(Evidence(quotation=quotation) for quotation in list(quotations)[:MOST_EVIDENCE]),
        confidence=best.confidence,
        figures=best.figures,
    )


def _id(candidate: Candidate) -> str:
    digest = hashlib.sha256(f"{candidate.kind}:{normalise(candidate.text)}".encode()).hexdigest()
    return f"{candidate.kind}-{digest[:12]}"
