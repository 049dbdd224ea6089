from shared.domains.extraction.summary import best_paragraph, best_sentence, summarise
from tests.factories import ABSTRACT, SECTIONS, a_document


def test_the_sentence_says_what_was_done():
    assert (
        summarise(a_document()).sentence == "We present SeatSense, a method that predicts free seats from badge events."
    )


def test_a_short_abstract_is_its_own_paragraph():
    assert summarise(a_document()).paragraph == ABSTRACT


def test_without_an_abstract_the_introduction_and_conclusion_tell():
    summary = summarise(a_document([one for one in SECTIONS if one[1] != "abstract"]))
    assert summary.sentence == "In this paper, we propose SeatSense, which needs badge events only."
    assert "We have shown that badge events are enough to forecast free seats." in summary.paragraph


def test_without_sentences_there_is_no_summary():
    summary = summarise(a_document([("Abstract", "abstract", "Figure 1")]))
    assert summary.sentence == summary.paragraph == ""


def test_a_long_abstract_is_cut_to_its_best_sentences_in_order():
    abstract = [
        f"We study part {word} of the long problem in some detail."
        for word in ["one", "two", "three", "four", "five", "six"]
    ]
    abstract.insert(3, "In this paper, we propose a solution that needs no cameras at all.")
    paragraph = best_paragraph("A solution", abstract)
    assert 1 <= len(paragraph) <= 5
    assert [one for one in abstract if one in paragraph] == paragraph
    assert best_sentence("A solution without cameras", abstract) in paragraph
