"""A source's sentence as a statement: only taken from, never added to, so that its numbers stand in its evidence."""

import re
from collections.abc import Iterable

from shared.domains.language.cues import without_connective

_NAMED = r"[^\W\d_][^()\d]{1,80}?,?\s\(?(?:19|20)\d\d[a-z]?\)?(?:,\s(?:19|20)\d\d[a-z]?)*(?:[;,]\s?)?"
_CITATIONS = (
    re.compile(r"\s?\[\s*\d+(?:\s*[,;\u2013-]\s*\d+)*\s*\]"),
    re.compile(rf"\s?\((?:(?:see|e\.g\.|i\.e\.|cf\.),?\s(?:also\s)?)?(?:{_NAMED})+\)"),
)
_POINTER = re.compile(
    r"\s?\((?:(?:see|cf\.|shown in|as in|detailed in|in|and)\s)?(?:also\s)?(?:figures?|figs?\.|tables?|tab\.|sections?"
    r"|sect?\.|eqs?\.|equations?|appendix|algorithm|listing|supplementary)\s?[^()]{0,40}\)",
    re.IGNORECASE,
)
_FOOTNOTE = re.compile(r"(?<=[^\W\d_][^\W_][.!])\s?(?:\d{1,2}|\[[\d,; \u2013-]+\])$")
_BULLET = re.compile(r"^[•▪◦‣●■◆★▶➢✓*\u2013-]\s*|^\(?(?:\d{1,2}|[a-z]|[ivx]+)[.)]\s+(?=[A-Z])")
_GLUED = re.compile(r"(?<![\w.-])((?:[^\W\d_]+-)*[^\W\d_]{3,})(\d{1,3}(?:[,\u2013-]\d{1,3})*)(?=[\s,.;:)]|$)")
_BROKEN = re.compile(r"(?<=[a-z])[\u2010\u00ad]\s(?=[a-z])")
_NEEDS_MORE = re.compile(
    r"\b(?:in|by|of|from|see|with|to|than|following|as|via|and|or|the|on|ref|refs|both|for)\.?$", re.IGNORECASE
)
_NEAR = len("following.") + 1
"""Characters before a citation that say whether its sentence needs it."""
FEWEST_MARKS = 3
"""Different reference marks that show that a text writes them as superscripts: one may be a footnote or a name; at six,
papers that cite little keep them."""


def statement_text(sentence: str, marks: Iterable[str] = ()) -> str:
    """The sentence without citations, pointers, bullets, footnote marks and a leading "However,"; white space plain.

    `marks` are words that end with the number of a reference, as `superscripts` finds them.
    """
    text = _BULLET.sub("", sentence)
    for unwanted in (*_CITATIONS, _POINTER):
        text = unwanted.sub(_unless_needed, text)
    text = _FOOTNOTE.sub("", _BROKEN.sub("", " ".join(text.split())))
    return without_connective(re.sub(r" ([.,;:!?])", r"\1", without_marks(text, marks)))


def without_marks(text: str, marks: Iterable[str]) -> str:
    """The text without the numbers of references that are glued to its words."""
    known = frozenset(marks)
    return _GLUED.sub(lambda found: found.group(1) if _is_mark(found, known) else found.group(), text)


def cites(sentence: str) -> bool:
    """Whether a sentence refers to others in brackets."""
    return any(citation.search(sentence) for citation in _CITATIONS)


def _unless_needed(citation: re.Match[str]) -> str:
    """Nothing, but for a citation that is part of the sentence: "as proposed in [3]"."""
    at = citation.start()
    return citation.group() if _NEEDS_MORE.search(citation.string, max(0, at - _NEAR), at) else ""


def _is_mark(glued: re.Match[str], marks: frozenset[str]) -> bool:
    return glued.group() in marks and not _NEEDS_MORE.search(glued.group(1))


def superscripts(text: str, references: int) -> frozenset[str]:
    """Words that a superscript reference mark was glued to ("method30"), if the text marks its references so.

    A mark's number is no higher than there are references, and its word stands elsewhere without one.
    """
    glued = {found.group(): found for found in _GLUED.finditer(text)}
    bare = set(re.findall(r"(?<![\w-])[^\W\d_]++(?:-[^\W\d_]++)*+(?![\w-])", text))
    marks = {
        whole: found.group(2)
        for whole, found in glued.items()
        if found.group(1) in bare and max(map(int, re.split(r"[,\u2013-]", found.group(2)))) <= references
    }
    return frozenset(marks) if len(set(marks.values())) >= FEWEST_MARKS else frozenset()
