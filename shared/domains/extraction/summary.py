"""The source in one sentence and in one paragraph, made of its own sentences."""

import re
from collections.abc import Sequence

from shared.domains.extraction.clean import statement_text
from shared.domains.extraction.cues import cue, dangles, readable
from shared.domains.extraction.document import Document
from shared.domains.extraction.sentences import sentences
from shared.domains.extraction.words import containment, content_roots, overlap
from shared.domains.knowledge.content import Statement, StatementKind, Summary

_PROPOSES = re.compile(
    r"\b(?:we|this (?:paper|work|article|study|thesis)|here,? we)\b[^.;]{0,30}\b(?:propos|present|introduc|develop|describ"
    r"|stud(?:y|ied)|investigat|show|demonstrat|explor|replicat|reproduc|examin|aim)\w*",
    re.IGNORECASE,
)
PARAGRAPH = 4
"""Sentences that a paragraph aims for."""


def summarise(document: Document, statements: Sequence[Statement]) -> Summary:
    """A summary of the abstract's sentences, or where there is none of the statements."""
    telling = _abstract(document) or [one.text for one in statements if one.kind is not StatementKind.FUTURE_WORK]
    if not telling:
        return Summary()
    return Summary(
        sentence=best_sentence(document.title, telling), paragraph=" ".join(best_paragraph(document.title, telling))
    )


def best_sentence(title: str, abstract: Sequence[str]) -> str:
    """The sentence that says best what was done."""
    scores = [_score(title, abstract, at) for at in range(len(abstract))]
    return abstract[scores.index(max(scores))]


def best_paragraph(title: str, abstract: Sequence[str]) -> list[str]:
    """Three to five sentences in their own order: the most telling that do not repeat each other."""
    if len(abstract) <= PARAGRAPH + 1:
        return list(abstract)
    ranked = sorted(range(len(abstract)), key=lambda at: (-_score(title, abstract, at), at))
    kept: list[int] = []
    for at in ranked:
        if len(kept) < PARAGRAPH and all(
            overlap(_roots(abstract[at]), _roots(abstract[other])) < 0.6 for other in kept
        ):
            kept.append(at)
    return [abstract[at] for at in sorted(kept)]


def _roots(sentence: str) -> frozenset[str]:
    return content_roots(sentence)


def _score(title: str, abstract: Sequence[str], at: int) -> float:
    sentence = abstract[at]
    score = 2.0 if _PROPOSES.search(sentence) else 0.0
    score += 0.3 * cue(StatementKind.CLAIM, sentence) + 1.0 * containment(content_roots(title), content_roots(sentence))
    score -= 0.6 * dangles(sentence) + 0.1 * at
    return score - (0.5 if not 8 <= len(sentence.split()) <= 45 else 0.0)


def _abstract(document: Document) -> list[str]:
    text = document.abstract
    return [statement_text(text[start:end]) for start, end in sentences(text) if readable(text[start:end])]
