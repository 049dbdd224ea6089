import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platform.readers.normalise import normalise, normalised
from tests.effort import grows_linearly

PRINTED = st.text(
    alphabet="ab XY19-\u2013\u2014\u00ad\u2010\ufffe\x02\n\r\t “”’`ﬁe\u0301\u0308²½…\u200b\ud55c\u1161.", max_size=40
)


@given(PRINTED)
def test_both_forms_of_normalising_agree(text: str):
    assert normalised(text).text == normalise(text)


@given(PRINTED)
def test_normalising_twice_changes_nothing(text: str):
    assert normalise(normalise(text)) == normalise(text)


@given(PRINTED, st.data())
def test_each_match_leads_back_to_a_span_that_normalises_to_it(text: str, data: st.DataObject):
    plain = normalised(text)
    if plain.text:
        start = data.draw(st.integers(0, len(plain.text) - 1))
        end = data.draw(st.integers(start + 1, len(plain.text)))
        first, last = plain.original(start, end)
        assert 0 <= first < last <= len(text)
        assert normalise(plain.text[start:end]) in normalise(text[first:last])


def test_hyphens_quotes_ligatures_and_breaks_do_not_matter():
    printed = "We “deﬁne” state\u2011of\u2011the-\nart re-\nsults\u00a0here."
    assert normalise(printed) == normalise('We "define" state-of-the-art results here.')


def test_blanks_before_a_closing_mark_do_not_matter():
    assert normalise("two interviews1\r\n, published ( here ) .") == "two interviews1, published ( here)."


def test_a_hyphen_at_a_number_stays():
    assert normalise("from 1\u20132 to −5") == "from 1-2 to -5"
    assert normalise("12") not in normalise("1-2")


def test_a_hyphen_before_a_blank_stays():
    assert normalise("pre- and post-test") == "pre- and posttest"


def test_pdfium_s_own_line_end_hyphen_is_one():
    assert normalise("reinforce\ufffement") == "reinforcement"


def test_a_quotation_is_found_where_it_was_printed():
    printed = "Yet small utili-\nties lose  “a third” of it."
    span = normalised(printed).find('small utilities lose "a third"')
    assert span is not None
    assert printed[slice(*span)] == "small utili-\nties lose  “a third”"


def test_what_is_not_there_is_not_found():
    assert normalised("a precision of 0.84").find("a precision of 0.85") is None
    assert normalised("text").find("") is None


@pytest.mark.parametrize(
    "shape", ["a\u0301\u0316", "\u0301\u0316", "\u20d0\u0323", "a-\n ", "- ", " \n", "\u2026", "\u200b", "\u1161"]
)
def test_the_time_grows_with_the_length_alone(shape):
    assert grows_linearly(lambda text: (normalise(text + "x"), normalised(text + "x")), shape)


@given(st.text("ab \u0301\u0316\u0323\u200b-\n", min_size=40, max_size=80))
def test_long_runs_of_marks_have_one_form(text):
    assert normalised(text).text == normalise(text)
