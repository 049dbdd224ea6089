from hypothesis import given
from hypothesis import strategies as st

from shared.domains.extraction.agents import MOST_PORTIONS
from shared.domains.extraction.agents.portions import portions
from tests.factories import SECTIONS, a_document

PARAGRAPH = "This is a sentence of some length about nothing. " * 20


def test_small_sections_share_a_portion_and_references_are_left_out():
    document = a_document()
    [portion] = portions(document)
    assert portion.headings == tuple(heading for heading, role, _ in SECTIONS if role != "references")
    assert "Journal of Libraries" not in document.text[portion.start : portion.end]


def test_a_long_section_is_split_between_paragraphs():
    document = a_document([("1 Method", "method", "\n\n".join([PARAGRAPH] * 40))])
    found = portions(document)
    assert len(found) > 1
    assert all(document.text[one.start :].startswith("This is") for one in found)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=60))
def test_there_are_at_most_32_and_they_lose_no_paragraph(lengths):
    document = a_document(
        [(f"{at}", "method", "\n\n".join(["Some words."] * count)) for at, count in enumerate(lengths)]
    )
    found = portions(document, size=200)
    assert 1 <= len(found) <= MOST_PORTIONS
    assert [one.number for one in found] == list(range(len(found)))
    covered = [span.start for one in found for span in document.paragraphs(one.start, one.end)]
    assert covered == [span.start for span in document.paragraphs()]


def test_a_document_without_sections_has_no_portions():
    assert portions(a_document([])) == []
