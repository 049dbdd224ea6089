"""The source in one sentence and in one paragraph, made of its own sentences."""

import re
from collections.abc import Collection, Sequence

from shared.domains.extraction.clean import statement_text
from shared.domains.knowledge.content import Summary
from shared.domains.language.cues import readable
from shared.domains.language.rhetoric import Rhetoric, shares
from shared.domains.language.sentences import sentences
from shared.domains.language.words import containment, content_roots, overlap
from shared.platform.readers.document import Document, Span

_PROPOSES = re.compile(
    r"\b(?:we|this (?:paper|work|article|study|thesis)|here,? we)\b[^.;]{0,30}\b(?:propos|present|introduc|develop"
    r"|describ|implement|attempt|stud(?:y|ied)|investigat|show|demonstrat|explor|replicat|reproduc|examin|aim)\w*",
    re.IGNORECASE,
)
PARAGRAPH = 4
"""Sentences that a paragraph aims for: an abstract of one more is given whole."""
_ALIKE = 0.6
"""From this overlap of words on a sentence repeats another; at half, a paragraph leaves out what belongs together."""


def summarise(document: Document, marks: Collection[str] = ()) -> Summary:
    """A summary of the abstract's sentences, or where there is none of the introduction's and the conclusion's."""
    telling = _said(document.abstract, marks) or _said_in(
        document, marks, "introduction", "conclusion", "background", "other"
    )
    if not telling:
        return Summary()
    proposing = [] if document.abstract else [one for one in telling if _PROPOSES.search(one)]
    paragraph = " ".join(best_paragraph(document.title, telling))
    return Summary(sentence=best_sentence(document.title, proposing or telling), paragraph=paragraph)


def best_sentence(title: str, abstract: Sequence[str]) -> str:
    """The sentence that says best what was done."""
    scores = _scores(title, abstract)
    return abstract[scores.index(max(scores))]


def best_paragraph(title: str, abstract: Sequence[str]) -> list[str]:
    """At most five sentences in their own order: the most telling that do not repeat each other."""
    if len(abstract) <= PARAGRAPH + 1:
        return list(abstract)
    scores = _scores(title, abstract)
    kept: list[int] = []
    for at in sorted(range(len(abstract)), key=lambda at: (-scores[at], at)):
        if len(kept) < PARAGRAPH and all(
            overlap(content_roots(abstract[at]), content_roots(abstract[other])) < _ALIKE for other in kept
        ):
            kept.append(at)
    return [abstract[at] for at in sorted(kept)]


def _scores(title: str, abstract: Sequence[str]) -> list[float]:
    proposing = next((at for at, one in enumerate(abstract) if _PROPOSES.search(one)), -1)
    # without the bonus, or with twice of it, ROUGE-1 falls from 41 to 40 on SciTLDR's dev set
    return [_worth(title, one) + 0.08 * (at == proposing) for at, one in enumerate(abstract)]


def _worth(title: str, sentence: str) -> float:
    """How telling a sentence is; the weights are those of a linear fit to ROUGE-1 on SciTLDR's dev set, rounded."""
    named, said = content_roots(title), content_roots(sentence)
    likely = shares(sentence)
    purpose = 0.14 * likely[Rhetoric.OBJECTIVE] + 0.1 * likely[Rhetoric.METHOD] + 0.05 * likely[Rhetoric.RESULT]
    shortness = max(0.0, 12 - len(sentence.split())) / 10
    about = 0.1 * containment(named, said) + 0.09 * containment(said, named)
    return purpose + about - 0.09 * shortness


def _said_in(document: Document, marks: Collection[str], *roles: str) -> list[str]:
    """The sentences of the sections of the first role that has any, and of those of the second."""
    found = [
        [one for section in document.sections if section.role == role for one in _of(document, section, marks)]
        for role in roles
    ]
    present = [some for some in found if some]
    return [one for some in present[:2] for one in some]


def _of(document: Document, section: Span, marks: Collection[str]) -> list[str]:
    spans = document.paragraphs(section.start, section.end)
    return [one for span in spans for one in _said(document.text[span.start : span.end], marks)]


def _said(text: str, marks: Collection[str]) -> list[str]:
    said = (statement_text(text[start:end], marks) for start, end in sentences(text))
    return [one for one in said if readable(one)]
