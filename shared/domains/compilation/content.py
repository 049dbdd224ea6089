"""What a compilation is made of: the summary's fields, and for each of its sentences the evidence it came from."""

from enum import StrEnum

from shared.domains.knowledge.content import Passage, SourceType
from shared.platform.shapes import Piece


class Field(StrEnum):
    """The fields of a summary that hold sentences."""

    WHAT_IS_NEW = "whatIsNew"
    PROBLEM_STATEMENT = "problemStatement"
    KEY_METHODS = "keyMethods"
    EVIDENCE_AND_EXAMPLES = "evidenceAndExamples"
    NEXT_STEPS = "nextSteps"
    KEY_INSIGHTS = "keyInsights"
    FAQ = "faq"


class Citation(Piece):
    """Verified evidence of an approved artifact: the artifact's evidence number `n`, and where it stands."""

    artifact_id: str
    statement_id: str
    source_type: SourceType
    n: int
    quotation: str
    passage: Passage


class Sentence(Piece):
    """A sentence of a field with its evidence; `index` is the entry of a list, 0 where the field is one text.

    A field, or an entry of it, is its sentences in this order joined by single spaces.
    """

    field: Field
    index: int
    text: str
    evidence: tuple[Citation, ...]


class Question(Piece):
    """An entry of the FAQ."""

    question: str
    answer: str


class Inconsistency(Piece):
    """Where sources contradict each other, with the evidence on both sides."""

    kind: str
    detail: str
    evidence: tuple[Citation, ...] = ()


class Compiled(Piece):
    """A project's summary, compiled of its approved artifacts, and what is missing or contradictory in them."""

    what_is_new: str = ""
    problem_statement: str = ""
    key_methods: tuple[str, ...] = ()
    evidence_and_examples: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    key_insights: tuple[str, ...] = ()
    faq: tuple[Question, ...] = ()
    keywords: tuple[str, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    missing: tuple[SourceType, ...] = ()
    inconsistencies: tuple[Inconsistency, ...] = ()
