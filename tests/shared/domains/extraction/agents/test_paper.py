import pytest

from shared.domains.extraction.agents import Partial
from shared.domains.extraction.agents.paper import PaperAgent
from shared.domains.extraction.evidence import verify
from shared.domains.knowledge.content import StatementKind as Kind
from tests.factories import ABSTRACT, CONCLUSION, SECTIONS, a_document, with_aside

AGENT = PaperAgent()


def extract(document, focus=()):
    partials = [AGENT.extract(document, portion, focus) for portion in AGENT.split(document)]
    return AGENT.merge(document, partials, focus)


def texts(content, kind):
    return [one.text for one in content.statements if one.kind is kind]


CONTENT = extract(a_document())


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.PROBLEM, "Finding a seat in a crowded library is a difficult problem for students."),
        (Kind.CLAIM, "We present SeatSense, a method that predicts free seats from badge events."),
        (Kind.METHOD, "We train a recurrent network with 128 hidden units on sequences of badge events."),
        (
            Kind.RESULT,
            "The results show that the calendar improves the accuracy by 3.2 points during examination weeks.",
        ),
        (Kind.LIMITATION, "A limitation of our study is that all data come from one university library."),
        (
            Kind.FUTURE_WORK,
            CONCLUSION.split(". ", 1)[1],
        ),
    ],
)
def test_each_sentence_is_taken_for_what_it_is(kind, text):
    assert text in texts(CONTENT, kind)


def test_every_statement_is_supported_by_its_own_sentence():
    verified = verify(a_document(), "src", CONTENT)
    assert all(one.supported for one in verified.statements)


def test_a_sentence_that_a_page_s_end_parts_is_passed_over():
    sentence = "We present SeatSense, a method that predicts free seats from badge events."
    document = a_document()
    parted = document.model_copy(update={"breaks": (document.text.index(sentence) + 20,)})
    assert sentence in texts(CONTENT, Kind.CLAIM)
    assert sentence not in texts(extract(parted), Kind.CLAIM)


def test_what_the_reader_recognised_is_kept():
    assert CONTENT.title == "SeatSense: Forecasting Free Seats"
    assert [one.name for one in CONTENT.people] == ["Ada Reader", "Ben Page"]
    assert CONTENT.people[0].affiliations == ("Library Institute",)
    assert CONTENT.year == 2024
    assert CONTENT.abstract == ABSTRACT
    assert CONTENT.references[0].title == "Seats and time"


def test_keywords_are_the_paper_s_own_where_it_has_them():
    own = ("libraries", "forecasting", "badges", "seats")
    assert extract(a_document(keywords=own)).keywords == own
    assert CONTENT.keywords


def test_the_same_document_gives_the_same_content():
    assert extract(a_document()) == CONTENT


def test_tables_and_references_give_no_statements():
    row = "SeatSense achieves an accuracy of 92.5% on LibBadge, while gradient boosting reaches 85.4%."
    found = extract(with_aside(a_document(), row))
    quoted = [it.quotation for one in found.statements for it in one.evidence]
    assert row not in quoted
    assert not any("Journal of Libraries" in one for one in quoted)


def test_partials_survive_storage():
    document = a_document()
    [portion] = AGENT.split(document)
    partial = AGENT.extract(document, portion)
    assert Partial.model_validate_json(partial.model_dump_json(by_alias=True)) == partial


def test_a_wider_focus_finds_no_less():
    document = a_document()
    [portion] = AGENT.split(document)
    counts = [len(AGENT.extract(document, portion, ("sections",) * times).candidates) for times in range(5)]
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]


def test_a_document_without_prose_gives_an_empty_content():
    empty = extract(a_document([("Data", "other", "1 2 3 4")], title="Data"))
    assert empty.statements == ()
    assert empty.confidence == 0


def test_a_citation_is_left_out_of_the_text_and_stays_in_the_quotation():
    cited = "In this paper, we propose SeatSense [7], which needs badge events only."
    sections = [
        (heading, role, body.replace("we propose SeatSense, which", "we propose SeatSense [7], which"))
        for heading, role, body in SECTIONS
    ]
    statement = next(one for one in extract(a_document(sections)).statements if one.evidence[0].quotation == cited)
    assert statement.text == "In this paper, we propose SeatSense, which needs badge events only."
