"""The evidence lock: a quotation is found in the source, word for word, or it is no evidence.

Found means exact, or equal after normalising white space, hyphens and quotes, and bounded by whole words and whole
numbers; never "close enough". A statement is supported by verified evidence that bears its text, in whose words it is.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import count
from typing import Protocol

from shared.domains.knowledge.content import Box, Content, Evidence, Passage, Statement, Wording
from shared.domains.language.bearing import bears
from shared.platform.readers.document import PageBox, Section
from shared.platform.readers.normalise import Normalised, normalise, normalised

FEWEST_WORDS = 3
"""Words that a quotation needs to be evidence of anything: two stand by chance in any paper of a field."""
MOST_PLACES = 1000
"""Where the same words stand inside others that often, nobody could say which place is meant."""

_WORD = re.compile(r"[^\W_]+")
_JOINT = re.compile(r"\w\0\w|\w\0[-'\u2019]\w|\w-\0\w|-\0\d|\d\0[.,]\d|\.\0\d|\d,\0\d|\d\0\s?%")


class PagedText(Protocol):
    """A text with places, as a reader returns it."""

    @property
    def text(self) -> str: ...
    @property
    def sections(self) -> Sequence[Section]: ...
    def place(self, start: int, end: int) -> list[PageBox]: ...
    def page_of(self, offset: int) -> int: ...


def verify(document: PagedText, source_id: str, content: Content) -> Content:
    """The content with every evidence looked up in the source, numbered from 1, and every statement judged.

    Evidence that has a number keeps it, so that verifying again after a correction renumbers nothing; new evidence
    (n = 0) gets the next free numbers.
    """
    numbers = _Numbers(content.statements)
    statements = tuple(_verify(document, source_id, one, numbers) for one in content.statements)
    return content.model_copy(update={"statements": statements})


def digest(quotation: str) -> str:
    """SHA-256, in hex, of the normalised quotation."""
    return hashlib.sha256(normalise(quotation).encode()).hexdigest()


def find(text: str, quotation: str) -> tuple[int, int] | None:
    """Where a quotation stands in a text, or None."""
    if len(_WORD.findall(quotation)) < FEWEST_WORDS:
        return None
    return _find_exactly(text, quotation) or _find_normalised(_plain(text), normalise(quotation))


def _find_exactly(text: str, quotation: str) -> tuple[int, int] | None:
    at = -1
    for _ in range(MOST_PLACES):
        at = text.find(quotation, at + 1)
        if at < 0:
            break
        if _is_whole(text, at, at + len(quotation)):
            return at, at + len(quotation)
    return None


def _find_normalised(plain: Normalised, wanted: str) -> tuple[int, int] | None:
    span = _find_exactly(plain.text, wanted) if wanted else None
    return plain.original(*span) if span else None


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether a stretch neither begins nor ends inside a word or a number."""
    return not (_joined(text, start) or _joined(text, end))


def _joined(text: str, at: int) -> bool:
    return _JOINT.search(f"{text[max(0, at - 2) : at]}\0{text[at : at + 3]}") is not None


@lru_cache(maxsize=2)
def _plain(text: str) -> Normalised:
    return normalised(text)


class _Numbers:
    """Hands out the numbers of evidence that are not taken."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._taken = {one.n for statement in statements for one in statement.evidence if one.n > 0}
        self._next = count(1)

    def of(self, evidence: Evidence) -> int:
        return evidence.n if evidence.n > 0 else next(n for n in self._next if n not in self._taken)


def _verify(document: PagedText, source_id: str, statement: Statement, numbers: _Numbers) -> Statement:
    evidence = tuple(_anchor(document, source_id, one, numbers.of(one)) for one in statement.evidence)
    supported = is_supported(statement.text, evidence)
    words = Wording.SOURCE if find(document.text, statement.text) else statement.wording
    return statement.model_copy(update={"evidence": evidence, "supported": supported, "wording": words})


def is_supported(text: str, evidence: Sequence[Evidence]) -> bool:
    """Whether a text has verified evidence that bears it."""
    quotations = [one.quotation for one in evidence if one.verified]
    return bool(quotations) and bears(quotations, text)


def _anchor(document: PagedText, source_id: str, evidence: Evidence, n: int) -> Evidence:
    span = find(document.text, evidence.quotation)
    passage = _passage(document, source_id, *span) if span else None
    return Evidence(
        n=n,
        quotation=evidence.quotation,
        passage=passage,
        sha256=digest(evidence.quotation),
        verified=passage is not None,
    )


def _passage(document: PagedText, source_id: str, start: int, end: int) -> Passage:
    section = next((one.heading for one in document.sections if one.start <= start < one.end), "")
    return Passage(
        source_id=source_id,
        start=start,
        end=end,
        section=section,
        page=document.page_of(start),
        boxes=tuple(Box(**box.model_dump()) for box in document.place(start, end)),
    )
