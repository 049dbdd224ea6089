from hypothesis import given
from hypothesis import strategies as st

from shared.platform.search.query import MAX_TERMS, parse


def test_words_are_counted():
    assert parse("cats and cat and dogs").terms == {"cat": 2, "dog": 1}


def test_quotes_make_a_phrase():
    query = parse('"neural networks" today')
    assert query.phrases == (("neural", "network"),)
    assert set(query.terms) == {"neural", "network", "today"}


def test_a_minus_before_a_word_excludes_it():
    assert parse("deep -sea").excluded == {"sea"}
    assert parse('deep -"sea water"').excluded == {"sea", "water"}
    assert parse("state-of-the-art").excluded == frozenset()


def test_an_asterisk_ends_a_prefix():
    assert parse("Trans* x").prefixes == ("trans",)
    assert parse("ab*").prefixes == ()


def test_operators_are_words():
    assert parse("cats AND dogs OR NEAR(mice)").terms == {"cat": 1, "dog": 1, "near": 1, "mice": 1}


def test_what_was_pasted_is_only_words():
    query = parse('"quoted words" -minus pre* ' + "more words " * 30)
    assert (query.phrases, query.excluded, query.prefixes) == ((), frozenset(), ())
    assert "minus" in query.terms


def test_nothing_to_look_for_is_empty():
    assert all(parse(text).empty for text in ("", "the", '"of the"', "-cat", "*", "!?"))


@given(st.text(max_size=3_000))
def test_any_text_gives_a_bounded_query(text):
    query = parse(text)
    assert len(query.terms) <= MAX_TERMS
    assert len(query.prefixes) <= 4
    assert {stem for phrase in query.phrases for stem in phrase} <= set(query.terms)
