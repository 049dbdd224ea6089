from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domains.language.sentences import sentences
from tests.effort import grows_linearly


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "We use large models, e.g. BERT, for all tasks.",
        "This holds, i.e. The Theorem applies.",
        "Smith et al. (2019) found the same.",
        "As Fig. 3 and Eq. 4 show, it grows (cf. Sec. 2.1).",
        "It was shown by J. R. Smith and A. Jones.",
        "The mean is 3.14 and version 1.2.3 is used.",
        "Dr. Smith and Prof. Jones agree.",
        "See https://example.org/a.b?c=d for the data.",
        "The error falls ... and rises again.",
        "The paper (see No. 5) is short.",
        "1. First we open the file.",
    ],
)
def test_a_stop_inside_a_sentence_does_not_end_it(sentence):
    assert split(f"{sentence} We go on.") == [sentence, "We go on."]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It works.[3] We use it.", ["It works.[3]", "We use it."]),
        ("It works [3]. We use it.", ["It works [3].", "We use it."]),
        ("It is shown.4 The end is near.", ["It is shown.4", "The end is near."]),
        ("So says Smith et al. The model fails.", ["So says Smith et al.", "The model fails."]),
        ("It contains vitamin C. The rest is water.", ["It contains vitamin C.", "The rest is water."]),
        ("That was in 2019. We waited.", ["That was in 2019.", "We waited."]),
        ("It takes 10 ms. Additionally we wait.", ["It takes 10 ms.", "Additionally we wait."]),
        ("Does it work? Yes! It does.", ["Does it work?", "Yes!", "It does."]),
        ("He said “no.” We left.", ["He said “no.”", "We left."]),
        ("We need: • First this • Then that", ["We need:", "• First this", "• Then that"]),
        ("One end\n\nAnother start", ["One end", "Another start"]),
    ],
)
def test_a_sentence_ends_where_a_reader_ends_it(text, parts):
    assert split(text) == parts


def test_only_the_given_stretch_is_split():
    text = "One is here. Two is here. Three is here."
    assert [text[a:b] for a, b in sentences(text, 13, 25)] == ["Two is here."]


@given(st.text(alphabet="aB1 .?!()[]\n•\"'”", max_size=80))
def test_spans_are_ordered_and_lose_nothing_but_white_space(text):
    spans = sentences(text)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert "".join("".join(text[a:b] for a, b in spans).split()) == "".join(text.split())


@pytest.mark.parametrize("shape", [".", ". ", ".'", ".[1,", "?!", "\n ", "a. A", "•", "..a", '("'])
def test_the_time_grows_with_the_length_alone(shape):
    assert grows_linearly(lambda text: sentences(text + "x"), shape)
