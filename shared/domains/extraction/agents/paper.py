"""The deterministic agent for papers: it picks the paper's own sentences by their wording and their section."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from shared.domains.extraction.agents import Candidate, Focus, Partial, Portion
from shared.domains.extraction.agents.merging import Limits, statements_of
from shared.domains.extraction.agents.portions import portions
from shared.domains.extraction.agents.weighing import Spoken, Work, confidence, weigh
from shared.domains.extraction.clean import cites, statement_text, superscripts, without_marks
from shared.domains.extraction.figures import figures
from shared.domains.extraction.summary import summarise
from shared.domains.knowledge.content import Cited, Content, Person, StatementKind
from shared.domains.language.cues import readable
from shared.domains.language.keyphrases import keyphrases
from shared.domains.language.rhetoric import Rhetoric, roles_of
from shared.domains.language.sentences import sentences
from shared.domains.language.technologies import technologies
from shared.platform.readers.document import Document, Section

_SKIPPED = frozenset({"references", "acknowledgements"})
_UNTOLD = _SKIPPED | {"appendix"}
# what a reader takes in; of 59 papers, 13 have more, and at half 34 do
_LIMITS = {
    StatementKind.PROBLEM: 3,
    StatementKind.CLAIM: 12,
    StatementKind.METHOD: 10,
    StatementKind.RESULT: 12,
    StatementKind.LIMITATION: 8,
    StatementKind.FUTURE_WORK: 5,
}
LONGEST_SENTENCE = 1500
"""Characters; what is longer is no prose, and at half nothing is lost."""
MOST_CONCEPTS = 15
MOST_KEYWORDS = 10
ENOUGH_KEYWORDS = 4
"""Keywords of the authors' own that need no others beside them."""
_STEP = 0.4
"""How far one round of sharpening lowers the thresholds."""


class _Sentence(NamedTuple):
    start: int
    quotation: str
    spoken: Spoken


class PaperAgent:
    """Extracts from a paper without a model: the same document gives the same content."""

    def split(self, document: Document) -> list[Portion]:
        """At most 32 portions of whole sections, without references and acknowledgements."""
        return portions(document)

    def extract(self, document: Document, portion: Portion, focus: Focus = ()) -> Partial:
        """The candidates of a portion; `sections` or `length` in the focus lowers what a sentence must reach."""
        least = -_STEP * (focus.count("sections") + focus.count("length"))
        work = _work(document.title, document.text)
        weighed = ((one, *weigh(one.spoken, work)) for one in _sentences(document, portion))
        found = (_candidate(one, kind, margin) for one, kind, margin in weighed if margin >= least)
        return Partial(portion=portion.number, candidates=tuple(found))

    def merge(self, document: Document, partials: Sequence[Partial], focus: Focus = ()) -> Content:
        """One content of all portions' candidates and of what the reader recognised."""
        candidates = [one for partial in partials for one in partial.candidates]
        statements = statements_of(candidates, Limits.focused(_LIMITS, focus))
        concepts = _concepts(document)
        return Content(
            title=document.title,
            people=tuple(Person(name=one.name, affiliations=one.affiliations) for one in document.authors),
            venue=document.venue or "",
            year=document.year,
            abstract=document.abstract,
            summary=summarise(document, _marks(document)),
            statements=statements,
            keywords=_keywords(document, concepts),
            concepts=tuple(concepts),
            technologies=technologies(document.text),
            references=tuple(Cited(text=one.text, title=one.title or "") for one in document.references),
            confidence=round(sum(one.confidence for one in statements) / len(statements), 3) if statements else 0.0,
            warnings=(*document.warnings, *[text for partial in partials for text in partial.warnings]),
        )


def _sentences(document: Document, portion: Portion) -> Iterator[_Sentence]:
    for section in document.sections:
        start, end = max(section.start, portion.start), min(section.end, portion.end)
        if start < end and section.role not in _SKIPPED:
            yield from _in_section(document, section, start, end)


def _in_section(document: Document, section: Section, start: int, end: int) -> Iterator[_Sentence]:
    spans = [
        span
        for paragraph in document.paragraphs(start, end)
        for span in sentences(document.text, paragraph.start, paragraph.end)
        if span[1] - span[0] <= LONGEST_SENTENCE and document.is_unbroken(*span)
    ]
    said = [statement_text(document.text[first:last], _marks(document)) for first, last in spans]
    roles: Sequence[Rhetoric | None] = roles_of(said) if section.role == "abstract" else [None] * len(said)
    for (first, last), text, role in zip(spans, said, roles, strict=True):
        if readable(text):
            quotation = document.text[first:last]
            yield _Sentence(first, quotation, Spoken(text, section.role, section.heading, role, cites(quotation)))


def _candidate(sentence: _Sentence, kind: StatementKind, margin: float) -> Candidate:
    return Candidate(
        kind=kind,
        text=sentence.spoken.text,
        quotation=sentence.quotation,
        at=sentence.start,
        confidence=confidence(margin),
        figures=figures(sentence.spoken.text) if kind is StatementKind.RESULT else (),
    )


@lru_cache(maxsize=4)
def _work(title: str, text: str) -> Work:
    return Work.of(title, text)


def _marks(document: Document) -> frozenset[str]:
    return _marks_in(document.text, len(document.references))


@lru_cache(maxsize=4)
def _marks_in(text: str, references: int) -> frozenset[str]:
    return superscripts(text, references)


def _keywords(document: Document, concepts: Sequence[str]) -> tuple[str, ...]:
    """The paper's own keywords; the title's and abstract's phrases and then concepts where it gives fewer than four."""
    own = document.keywords
    found = [*own, *keyphrases(f"{_title(document)}\n\n{document.abstract}"), *concepts]
    distinct: dict[str, str] = {}
    for one in found:
        distinct.setdefault(one.casefold(), one)
    return own if len(own) >= ENOUGH_KEYWORDS else tuple(distinct.values())[:MOST_KEYWORDS]


def _concepts(document: Document) -> list[str]:
    """Phrases that the running text repeats; single words only if they are names."""
    bodies = [document.text[one.start : one.end] for one in document.sections if one.role not in _UNTOLD]
    text = without_marks("\n\n".join([_title(document), *bodies]), _marks(document))
    found = keyphrases(text, most=3 * MOST_CONCEPTS, least=2)
    return [one for one in found if " " in one or one != one.lower()][:MOST_CONCEPTS]


def _title(document: Document) -> str:
    return re.sub(r"^\[.{1,4}\]\s*", "", document.title)
