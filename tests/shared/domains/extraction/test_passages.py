"""The passage around a quotation: the quotation stands where the highlight says, in words of the source."""

from hypothesis import given
from hypothesis import strategies as st

from shared.domains.extraction.evidence import find, verify
from shared.domains.extraction.passages import AROUND, _surroundings
from shared.domains.knowledge.content import Content
from tests.factories import a_document
from tests.hub import CLAIM

DOCUMENT = a_document()
WORDS = DOCUMENT.text.split()


@given(st.integers(0, len(WORDS) - 4), st.integers(3, 40))
def test_the_highlight_is_the_quotation(at, length):
    quotation = " ".join(WORDS[at : at + length])
    claim = CLAIM.model_copy(update={"evidence": (CLAIM.evidence[0].model_copy(update={"quotation": quotation}),)})
    (statement,) = verify(DOCUMENT, "src_1", Content(statements=(claim,))).statements
    passage = statement.evidence[0].passage
    assert (passage is None) is (find(DOCUMENT.text, quotation) is None)
    if passage is not None:
        text, start = _surroundings(DOCUMENT, passage)
        marked = text[passage.start - start : passage.end - start]
        assert marked.split() == quotation.split()
        assert DOCUMENT.text[start : start + len(text)] == text
        assert len(text) <= 2 * AROUND + len(marked)
