"""Agents: for each kind of source, how it is split, what is extracted of a part, and how the parts become one.

An agent is deterministic, or a model that is asked for the same schema; orchestrations do not care which.
"""

from collections.abc import Sequence
from typing import Final, Protocol, TypeVar

from pydantic import Field

from shared.domains.knowledge.content import Content, Figure, StatementKind, Text
from shared.platform.shapes import Piece

MOST_PORTIONS: Final = 32
D_contra = TypeVar("D_contra", contravariant=True)

Focus = tuple[str, ...]
"""Names of the evaluation's components to widen, each as often as rounds named it; empty in the first round."""


class Portion(Piece):
    """A part of a source that one activity reads: whole sections, turns or files between two offsets."""

    number: int
    start: int
    end: int
    headings: tuple[str, ...] = ()


class Candidate(Piece):
    """A possible statement: its text, the words of the source that say it, and where they begin there if known."""

    kind: StatementKind
    text: Text
    quotation: Text
    at: int = -1
    confidence: float = Field(ge=0, le=1)
    figures: tuple[Figure, ...] = ()


class Partial(Piece):
    """What was found in one portion."""

    portion: int
    candidates: tuple[Candidate, ...] = ()
    warnings: tuple[str, ...] = ()


class Agent(Protocol[D_contra]):
    """Extracts a content from one kind of source."""

    def split(self, document: D_contra) -> list[Portion]: ...
    def extract(self, document: D_contra, portion: Portion, focus: Focus = ()) -> Partial: ...
    def merge(self, document: D_contra, partials: Sequence[Partial], focus: Focus = ()) -> Content: ...
