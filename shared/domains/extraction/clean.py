"""A source's sentence as a statement: only taken from, never added to, so that its numbers stand in its evidence."""

import re

from shared.domains.extraction.cues import without_connective

_CITATIONS = (
    re.compile(r"\s?\[\s*\d+(?:\s*[,;–-]\s*\d+)*\s*\]"),
    re.compile(r"\s?\((?:(?:see|e\.g\.|cf\.),?\s)?(?:[A-Z][^()\d]{1,80}?,?\s(?:19|20)\d\d[a-z]?(?:[;,]\s?)?)+\)"),
)
_FOOTNOTE = re.compile(r"(?<=[a-z)][.!])\s?(?:\d{1,2}|\[[\d,; –-]+\])$")
_BULLET = re.compile(r"^[•▪◦‣●■◆★▶➢✓*–-]\s*|^\(?(?:\d{1,2}|[a-z]|[ivx]+)[.)]\s+(?=[A-Z])")


def statement_text(sentence: str) -> str:
    """The sentence without citations, bullets and footnote marks, its white space plain, its leading "However," gone."""
    text = _BULLET.sub("", sentence)
    for citation in _CITATIONS:
        text = citation.sub("", text)
    text = _FOOTNOTE.sub("", " ".join(text.split()))
    return without_connective(re.sub(r"\s+([.,;:!?])", r"\1", text))
