"""What a source says, whoever extracted it: statements with their evidence, and what is known about the source.

An agent, deterministic or a model, fills a `Content` whose evidence is only quoted; verification anchors it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from shared.platform.shapes import Piece
from shared.platform.store.records import Part

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class SourceType(StrEnum):
    """The kinds of source."""

    PAPER = "paper"
    TALK = "talk"
    REPOSITORY = "repository"


class StatementKind(StrEnum):
    """What a statement is. All need verified evidence to be knowledge."""

    PROBLEM = "problem"
    CLAIM = "claim"
    METHOD = "method"
    RESULT = "result"
    LIMITATION = "limitation"
    FUTURE_WORK = "future_work"


class Box(Piece):
    """A rectangle on a page, in points from its top left corner."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


class Passage(Piece):
    """A stretch of a source with its place: `start` and `end` are character offsets into the text that was read."""

    source_id: str
    start: int
    end: int
    section: str = ""
    page: int | None = None
    boxes: tuple[Box, ...] = ()


class Evidence(Piece):
    """A quotation, where it stands, and the SHA-256 (hex) of its normalised words.

    `n` numbers the evidence within the artifact from 1 (0: not yet); without a passage it was not found, and is not
    verified.
    """

    n: int = 0
    quotation: Text
    passage: Passage | None = None
    sha256: str = ""
    verified: bool = False


class Figure(Piece):
    """A number that a result states, with its unit, metric and data set where the sentence names them."""

    value: str
    unit: str = ""
    metric: str = ""
    dataset: str = ""


class Wording(StrEnum):
    """In whose words a statement is: a sentence of the source, a model's, or a person's."""

    SOURCE = "source"
    MODEL = "model"
    PERSON = "person"


class Strike(Piece):
    """That a judge does not let a statement stand: who, why, and since when."""

    by: str
    comment: str
    at: datetime


class StatementText(Part):
    """One thing the source says, in the words of `wording`. `supported` when its evidence is verified and bears it."""

    id: str
    kind: StatementKind
    text: Text
    wording: Wording = Wording.SOURCE
    supported: bool = False
    struck: Strike | None = None

    @property
    def stands(self) -> bool:
        """Whether it is knowledge: supported, and not struck."""
        return self.supported and self.struck is None


class Statement(StatementText, Piece):
    """The same with its evidence."""

    evidence: tuple[Evidence, ...] = ()
    confidence: float = Field(default=0.0, ge=0, le=1)
    figures: tuple[Figure, ...] = ()


class Person(Piece):
    """An author or speaker."""

    name: str
    affiliations: tuple[str, ...] = ()


class Cited(Piece):
    """An entry of the source's list of references."""

    text: str
    title: str = ""


class Summary(Piece):
    """The source in one sentence and in one paragraph, made of its own sentences unless a model wrote it."""

    sentence: str = ""
    paragraph: str = ""


class ContentSummary(Part):
    """What a source says, without the evidence."""

    title: str = ""
    people: tuple[Person, ...] = ()
    venue: str = ""
    year: int | None = None
    abstract: str = ""
    summary: Summary = Summary()
    statements: tuple[StatementText, ...] = ()
    keywords: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    technologies: tuple[str, ...] = ()
    references: tuple[Cited, ...] = ()
    confidence: float = Field(default=0.0, ge=0, le=1)
    warnings: tuple[str, ...] = ()


class Content(ContentSummary, Piece):
    """All that an agent extracts from one source."""

    statements: tuple[Statement, ...] = ()
