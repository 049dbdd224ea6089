"""The deterministic compiler: a project's summary out of the supported statements of its approved artifacts.

It chooses and orders sentences and writes none, so that every sentence of every field has its evidence.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from shared.domains.compilation.content import Compiled, Field, Question, Sentence
from shared.domains.compilation.faq import questions, subject
from shared.domains.compilation.inconsistencies import inconsistencies
from shared.domains.compilation.pool import ApprovedArtifact, Pool, Said, about, in_order, of_kind
from shared.domains.knowledge.content import SourceType, StatementKind
from shared.domains.language.cues import cue

__all__ = ["ApprovedArtifact", "compile_summary"]

_MOST_KEYWORDS = 12


def compile_summary(artifacts: Sequence[ApprovedArtifact]) -> Compiled:
    """The summary of these approved artifacts; a field for which nothing is supported stays empty."""
    pool = Pool.of(artifacts)
    entries = _entries(subject(artifacts, pool), pool)
    asked = questions(artifacts, pool)
    sentences = [one for field, items in entries.items() for one in _sentences(field, items)]
    sentences += _sentences(Field.FAQ, [answer for _, answer in asked])
    present = {one.source_type for one in artifacts}
    return Compiled(
        what_is_new=_joined(entries[Field.WHAT_IS_NEW]),
        problem_statement=_joined(entries[Field.PROBLEM_STATEMENT]),
        key_methods=_items(entries[Field.KEY_METHODS]),
        evidence_and_examples=_items(entries[Field.EVIDENCE_AND_EXAMPLES]),
        next_steps=_items(entries[Field.NEXT_STEPS]),
        key_insights=_items(entries[Field.KEY_INSIGHTS]),
        faq=tuple(Question(question=question, answer=_joined([answer])) for question, answer in asked),
        keywords=_keywords(artifacts),
        sentences=tuple(sentences),
        missing=tuple(kind for kind in SourceType if kind not in present),
        inconsistencies=tuple(inconsistencies(pool)),
    )


_Entry = list[Said]


def _entries(name: str, pool: Pool) -> dict[Field, list[_Entry]]:
    new = pool.best(_is_new, 3)
    evidence = pool.best(_is_evidence, 8, without=new)
    problem = pool.best(of_kind(StatementKind.PROBLEM), 2)
    insights = pool.best(_is_insight, 5, without=[*new, *evidence])
    return {
        Field.WHAT_IS_NEW: [new],
        Field.PROBLEM_STATEMENT: [problem],
        Field.KEY_METHODS: _each(in_order(pool.best(about(name, StatementKind.METHOD), 6))),
        Field.EVIDENCE_AND_EXAMPLES: _each(evidence),
        Field.NEXT_STEPS: _each(pool.best(of_kind(StatementKind.FUTURE_WORK), 5)),
        Field.KEY_INSIGHTS: _each(insights or new[1:]),
    }


def _is_new(one: Said) -> float:
    """A claim, rather one that says "we propose"."""
    sure = of_kind(StatementKind.CLAIM)(one)
    return sure + 0.15 * min(cue(StatementKind.CLAIM, one.text), 2.0) if sure else 0.0


def _is_evidence(one: Said) -> float:
    """A result, rather one with figures."""
    sure = of_kind(StatementKind.RESULT)(one)
    return sure + 0.3 * bool(one.statement.figures) if sure else 0.0


def _is_insight(one: Said) -> float:
    return of_kind(StatementKind.CLAIM, StatementKind.RESULT)(one)


def _each(said: Iterable[Said]) -> list[_Entry]:
    return [[one] for one in said]


def _joined(entries: Sequence[_Entry]) -> str:
    return " ".join(one.text for entry in entries for one in entry)


def _items(entries: Sequence[_Entry]) -> tuple[str, ...]:
    return tuple(_joined([entry]) for entry in entries)


def _sentences(field: Field, entries: Sequence[_Entry]) -> list[Sentence]:
    return [
        Sentence(field=field, index=index, text=one.text, evidence=one.citations())
        for index, entry in enumerate(entries)
        for one in entry
    ]


def _keywords(artifacts: Sequence[ApprovedArtifact]) -> tuple[str, ...]:
    ranked: Counter[str] = Counter()
    written: dict[str, str] = {}
    for artifact in artifacts:
        for at, keyword in enumerate(artifact.content.keywords):
            written.setdefault(keyword.casefold(), keyword)
            ranked[keyword.casefold()] += 100 - at
    return tuple(written[key] for key, _ in ranked.most_common(_MOST_KEYWORDS))
