"""The supported statements of all sources, ready to be chosen from."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from shared.domains.compilation.content import Citation
from shared.domains.knowledge.content import Content, SourceType, Statement, StatementKind
from shared.domains.language.cues import dangles
from shared.domains.language.words import content_roots, overlap
from shared.platform.shapes import Piece

SAME = 0.6
"""Two sentences that share so much of their words say the same."""


class ApprovedArtifact(Piece):
    """What is compiled of one artifact."""

    artifact_id: str
    source_type: SourceType
    content: Content


class Said(NamedTuple):
    """A supported statement and the source it is from."""

    source: ApprovedArtifact
    statement: Statement

    @property
    def text(self) -> str:
        """The statement as a sentence that ends with a stop."""
        text = self.statement.text.strip()
        return text if text.endswith((".", "!", "?")) else f"{text}."

    @property
    def roots(self) -> frozenset[str]:
        return content_roots(self.statement.text)

    def citations(self) -> tuple[Citation, ...]:
        """The verified evidence."""
        return tuple(
            Citation(
                artifact_id=self.source.artifact_id,
                statement_id=self.statement.id,
                source_type=self.source.source_type,
                n=one.n,
                quotation=one.quotation,
                passage=one.passage,
            )
            for one in self.statement.evidence
            if one.verified and one.passage
        )


Wanted = Callable[[Said], float]
"""How well a statement serves, more is better; nothing or less means not at all."""


class Pool(NamedTuple):
    """Everything that may be said."""

    said: tuple[Said, ...]

    @classmethod
    def of(cls, sources: Iterable[ApprovedArtifact]) -> "Pool":
        """The supported statements of the sources, each with at least one citation."""
        every = (Said(source, one) for source in sources for one in source.content.statements if one.stands)
        return cls(tuple(one for one in every if one.citations()))

    def best(self, wanted: Wanted, most: int, without: Sequence[Said] = ()) -> list[Said]:
        """The best statements that repeat neither each other nor `without`; what reads well alone comes first."""
        served = [(wanted(one), at, one) for at, one in enumerate(self.said)]
        ranked = sorted((-score + 0.3 * dangles(one.text), at, one) for score, at, one in served if score > 0)
        chosen: list[Said] = []
        for _, _, one in ranked:
            if len(chosen) < most and not any(overlap(one.roots, other.roots) >= SAME for other in [*chosen, *without]):
                chosen.append(one)
        return chosen


def of_kind(*kinds: StatementKind) -> Wanted:
    """Statements of these kinds, the surest first."""
    return lambda one: one.statement.confidence + 0.01 if one.statement.kind in kinds else 0.0


def about(name: str, kind: StatementKind) -> Wanted:
    """Statements of a kind, rather those whose first words name the work."""
    sure = of_kind(kind)
    return lambda one: sure(one) + 0.3 * (name in " ".join(one.text.split()[:5])) if sure(one) else 0.0


def in_order(said: Iterable[Said]) -> list[Said]:
    """Statements in the order of their sources, and within each of their places."""
    return sorted(said, key=lambda one: (one.source.artifact_id, one.citations()[0].passage.start))
