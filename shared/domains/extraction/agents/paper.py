"""The deterministic agent for papers: it picks the paper's own sentences by their wording and their section."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from shared.domains.extraction.agents import Candidate, Focus, Partial, Portion
from shared.domains.extraction.agents.merging import Limits, statements_of
from shared.domains.extraction.agents.portions import portions
from shared.domains.extraction.clean import statement_text
from shared.domains.extraction.cues import cue, place, readable
from shared.domains.extraction.document import Document, Section
from shared.domains.extraction.figures import figures
from shared.domains.extraction.keyphrases import keyphrases
from shared.domains.extraction.sentences import sentences
from shared.domains.extraction.summary import summarise
from shared.domains.extraction.technologies import technologies
from shared.domains.knowledge.content import Cited, Content, Person, StatementKind

_SKIPPED = frozenset({"references", "acknowledgements"})
_THRESHOLDS = {
    StatementKind.PROBLEM: 1.5,
    StatementKind.CLAIM: 1.7,
    StatementKind.METHOD: 1.6,
    StatementKind.RESULT: 1.7,
    StatementKind.LIMITATION: 1.5,
    StatementKind.FUTURE_WORK: 1.6,
}
_LIMITS = {
    StatementKind.PROBLEM: 3,
    StatementKind.CLAIM: 12,
    StatementKind.METHOD: 10,
    StatementKind.RESULT: 12,
    StatementKind.LIMITATION: 8,
    StatementKind.FUTURE_WORK: 5,
}
_STEP = 0.4
"""How far one round of sharpening lowers the thresholds."""


class _Sentence(NamedTuple):
    start: int
    text: str
    section: Section | None


class PaperAgent:
    """Extracts from a paper without a model: the same document gives the same content."""

    def split(self, document: Document) -> list[Portion]:
        """At most 32 portions of whole sections, without references and acknowledgements."""
        return portions(document)

    def extract(self, document: Document, portion: Portion, focus: Focus = ()) -> Partial:
        """The candidates of a portion; `sections` or `length` in the focus lowers what a sentence must reach."""
        lowered = _STEP * (focus.count("sections") + focus.count("length"))
        found = (_candidate(one, lowered) for one in _sentences(document, portion))
        return Partial(portion=portion.number, candidates=tuple(one for one in found if one))

    def merge(self, document: Document, partials: Sequence[Partial], focus: Focus = ()) -> Content:
        """One content of all portions' candidates and of what the reader recognised."""
        candidates = [one for partial in partials for one in partial.candidates]
        statements = statements_of(candidates, Limits.focused(_LIMITS, focus))
        phrases = keyphrases(_essence(document), most=15)
        return Content(
            title=document.title,
            people=tuple(Person(name=one.name, affiliations=one.affiliations) for one in document.authors),
            venue=document.venue or "",
            year=document.year,
            abstract=document.abstract,
            summary=summarise(document, statements),
            statements=statements,
            keywords=document.keywords or tuple(phrases[:10]),
            concepts=tuple(phrases),
            technologies=technologies(document.text),
            references=tuple(Cited(text=one.text, title=one.title or "") for one in document.references),
            confidence=round(sum(one.confidence for one in statements) / len(statements), 3) if statements else 0.0,
            warnings=(*document.warnings, *[text for partial in partials for text in partial.warnings]),
        )


def _sentences(document: Document, portion: Portion) -> Iterator[_Sentence]:
    for paragraph in document.paragraphs(portion.start, portion.end):
        section = next((one for one in document.sections if one.start <= paragraph.start < one.end), None)
        if section and section.role in _SKIPPED:
            continue
        for start, end in sentences(document.text, paragraph.start, paragraph.end):
            if readable(document.text[start:end]):
                yield _Sentence(start, document.text[start:end], section)


def _candidate(sentence: _Sentence, lowered: float) -> Candidate | None:
    role = sentence.section.role if sentence.section else "other"
    margins = {kind: _score(kind, sentence.text, role) - least for kind, least in _THRESHOLDS.items()}
    kind = max(margins, key=margins.__getitem__)
    if margins[kind] < -lowered:
        return None
    return Candidate(
        kind=kind,
        text=statement_text(sentence.text),
        quotation=sentence.text,
        at=sentence.start,
        confidence=_confidence(margins[kind]),
        figures=figures(sentence.text) if kind is StatementKind.RESULT else (),
    )


def _score(kind: StatementKind, sentence: str, role: str) -> float:
    said = cue(kind, sentence)
    return said + place(kind, role) if said or role in {"limitations", "future"} else 0.0


def _confidence(margin: float) -> float:
    return round(1 / (1 + math.exp(-0.3 - margin)), 3)


def _essence(document: Document) -> str:
    """The parts that name what a paper is about: title, abstract, introduction, headings and conclusion."""
    telling = [
        document.text[one.start : one.end] for one in document.sections if one.role in {"introduction", "conclusion"}
    ]
    return "\n".join([document.title, document.abstract, *[one.heading for one in document.sections], *telling])
