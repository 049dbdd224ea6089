"""Questions that an attendee would ask, and the supported sentences that answer them; none without an answer."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from shared.domains.compilation.pool import ApprovedArtifact, Pool, Said, Wanted, about, in_order, of_kind
from shared.domains.knowledge.content import StatementKind as Kind
from shared.domains.language.names import is_coined, presented_names, title_names
from shared.domains.language.words import overlap

MOST = 10
UNNAMED = "this work"
_COMPARING = re.compile(
    r"\b(?:than|outperform\w*|compared (?:to|with)|versus|baselines?|state[- ]of[- ]the[- ]art|surpass\w*)\b",
    re.IGNORECASE,
)
_AVAILABLE = re.compile(
    r"\b(?:(?:publicly|freely|openly) available|open[- ]sourced?|is available (?:at|on|from|under|in)"
    r"|can be (?:downloaded|installed)|source code|MIT license|GPL|released under)\b",
    re.IGNORECASE,
)
_DATA = re.compile(
    r"\b(?:data ?sets?|corpus|corpora|benchmarks?|participants|samples|recordings|images|students|subjects)\b",
    re.IGNORECASE,
)


class Asked(NamedTuple):
    """A question, and what the statements that answer it are like."""

    question: str
    wanted: Wanted
    most: int = 2


def questions(artifacts: Sequence[ApprovedArtifact], pool: Pool) -> list[tuple[str, list[Said]]]:
    """At most ten questions with their answers, each answer led by a sentence that no other answer gave."""
    answered: list[tuple[str, list[Said]]] = []
    given: list[Said] = []
    for asked in _asked(subject(artifacts, pool), pool):
        answer = in_order(pool.best(asked.wanted, asked.most, without=given))
        if answer and len(answered) < MOST:
            answered.append((asked.question, answer))
            given += answer
    return answered


def subject(artifacts: Sequence[ApprovedArtifact], pool: Pool) -> str:
    """What the questions call the work: a coined name of a title, a name that statements use, or "this work"."""
    said = " ".join(one.text for one in pool.said)
    titled = [name for artifact in artifacts for name in title_names(artifact.content.title)]
    coined = [name for name in titled if is_coined(name)]
    return next(iter([*coined, *presented_names(said), *(name for name in titled if name in said), UNNAMED]))


def _asked(name: str, pool: Pool) -> Iterator[Asked]:
    yield Asked(f"What problem does {name} address?", of_kind(Kind.PROBLEM))
    yield Asked(f"What is new about {name}?", of_kind(Kind.CLAIM))
    how = "How was this work done?" if name == UNNAMED else f"How does {name} work?"
    yield Asked(how, about(name, Kind.METHOD), most=3)
    yield from _performance(name, pool)
    yield Asked(f"How does {name} compare with other approaches?", _telling(_COMPARING, Kind.RESULT, Kind.CLAIM))
    yield Asked(f"Which data does {name} rest on?", _telling(_DATA, Kind.METHOD))
    yield Asked(f"Is {name} openly available?", _telling(_AVAILABLE, *Kind))
    yield Asked(f"What are the limitations of {name}?", of_kind(Kind.LIMITATION), most=3)
    yield Asked(f"What comes next for {name}?", of_kind(Kind.FUTURE_WORK))


def _performance(name: str, pool: Pool) -> Iterator[Asked]:
    measured = _measured(pool)
    for dataset, metric in measured[:3]:
        yield Asked(_performance_question(name, dataset, metric), _measuring(name, dataset, metric))
    if not measured:
        yield Asked(f"What did the evaluation of {name} show?", of_kind(Kind.RESULT))


def _performance_question(name: str, dataset: str, metric: str) -> str:
    if dataset:
        return f"How well does {name} perform on {dataset}?"
    return f"What {metric} is reported for {name}?" if metric else f"What was measured for {name}?"


def _measured(pool: Pool) -> list[tuple[str, str]]:
    results = [one.statement for one in pool.said if one.statement.kind is Kind.RESULT]
    figures = [figure for statement in results for figure in statement.figures if figure.dataset or figure.metric]
    pairs = dict.fromkeys((one.dataset, "" if one.dataset else one.metric) for one in figures)
    return _distinct(sorted(pairs, key=lambda pair: not pair[0]))


def _distinct(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    kept: list[tuple[str, str]] = []
    for pair in pairs:
        if not any(overlap(_bare(pair), _bare(other)) > 0.3 for other in kept):
            kept.append(pair)
    return kept


def _bare(pair: tuple[str, str]) -> list[str]:
    return " ".join(pair).lower().split()


def _measuring(name: str, dataset: str, metric: str) -> Wanted:
    def wanted(one: Said) -> float:
        fits = any(
            figure.dataset == dataset if dataset else figure.metric.lower() == metric
            for figure in one.statement.figures
        )
        return about(name, Kind.RESULT)(one) if fits else 0.0

    return wanted


def _telling(cue: re.Pattern[str], *kinds: Kind) -> Wanted:
    return lambda one: of_kind(*kinds)(one) if cue.search(one.text) else 0.0
