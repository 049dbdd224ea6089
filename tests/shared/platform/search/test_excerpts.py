from hypothesis import given
from hypothesis import strategies as st

from shared.platform.search.excerpts import LENGTH, excerpt
from shared.platform.search.words import stem, stems


def shown(text: str, **weights: float):
    found = excerpt(text, weights)
    return found.text, [found.text[start:end] for start, end in found.highlights]


def test_a_short_text_is_shown_whole():
    assert shown("Attention is enough.", attent=1.0) == ("Attention is enough.", ["Attention"])


def test_the_window_with_most_of_the_question_is_shown():
    text = "Cats sleep. " + "Filler words go on. " * 40 + "Cats chase dogs here. " + "Filler words go on. " * 40
    found, highlights = shown(text, cat=1.0, dog=1.0)
    assert highlights == ["Cats", "dogs"]
    assert found.startswith("...")
    assert found.endswith("...")
    assert len(found) <= LENGTH + 10


def test_the_first_of_equal_windows_is_shown():
    assert shown("Cats sleep. " + "Filler words go on. " * 40 + "Cats.", cat=1.0)[0].startswith("Cats sleep")


def test_without_a_match_the_beginning_is_shown():
    assert shown("Filler words go on. " * 40, cat=1.0)[0].startswith("Filler words")


def test_prefixes_are_highlighted():
    assert shown("Transformers transform.", **{"trans*": 1.0})[1] == ["Transformers", "transform"]


def test_line_breaks_become_blanks():
    assert shown("one\ntwo\r\nthree", two=1.0) == ("one two  three", ["two"])


@given(st.text(max_size=1_500), st.text(max_size=40))
def test_highlights_are_always_words_of_the_excerpt(text, sought):
    weights = dict.fromkeys(stems(sought + text[700:720]), 1.0)
    found = excerpt(text, weights)
    assert len(found.text) <= LENGTH + 10
    for start, end in found.highlights:
        assert stem(found.text[start:end]) in weights
