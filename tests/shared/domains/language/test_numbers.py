from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domains.language.numbers import missing, numbers
from tests.effort import grows_linearly


@pytest.mark.parametrize(
    ("text", "quotation"),
    [
        ("1000 samples", "1,000 samples"),
        ("1000 samples", "1\u202f000 samples"),
        ("92% of cases", "92 percent of cases"),
        ("92 % of cases", "92 per cent of cases"),
        ("0.5 points", ".5 points"),
        ("four readers", "4 readers"),
        ("4 readers", "four readers"),
        ("25 sites", "twenty-five sites"),
        ("5000 users", "5k users"),
        ("2,500,000 rows", "2.5 million rows"),
        ("10 times faster", "10x faster"),
        ("0.001 as rate", "1e-3 as rate"),
        ("a loss of -3 dB", "a loss of \u22123 dB"),
        ("85% of them", "85\u201392% of them"),
        ("GPT-4 wins", "we find that GPT-4 wins"),
        ("see Figure 6", "as Fig\u2010 ure 6 shows"),
        ("no number at all", "nothing here either"),
        ("one of the models", "a model"),
    ],
)
def test_the_same_number_written_otherwise_stands(text, quotation):
    assert missing(text, [quotation]) == []


@pytest.mark.parametrize(
    ("text", "quotation"),
    [
        ("93% of cases", "92% of cases"),
        ("92 cases", "92% of cases"),
        ("92% of cases", "92 cases"),
        ("1.5 points", "15 points"),
        ("1 point", "the F1 score"),
        ("3 points", "better than before [3]"),
        ("2 models", "see Table 2"),
        ("5 ms", "5 s"),
        ("5 million", "5 thousand"),
        ("-3 dB", "3 dB"),
        ("1 200 and 2 samples", "200 samples"),
        ("GPT-3", "GPT-4 and 3 others"),
        ("version 1.2.3", "version 1.2.4"),
        ("five readers", "four readers"),
        ("1,234,567", "1,234"),
    ],
)
def test_another_number_does_not_stand(text, quotation):
    assert missing(text, [quotation])


@given(st.integers(2, 10**9))
def test_grouping_does_not_change_a_number(value):
    assert missing(f"There are {value} of them.", [f"There are {value:,} of them."]) == []


@given(st.integers(2, 10**6), st.integers(2, 10**6))
def test_two_different_integers_never_stand_for_each_other(one, other):
    assert bool(missing(f"There are {one} of them.", [f"There are {other} of them."])) == (one != other)


def test_a_number_is_read_with_its_unit_and_name():
    found = numbers("Table 2 gives 92.5 % after 40 ms with GPT-4")
    assert [(one.value, one.unit, one.name) for one in found] == [
        (Decimal(2), "", "table"),
        (Decimal("92.5"), "%", ""),
        (Decimal(40), "ms", ""),
        (Decimal(4), "", "gpt"),
    ]


@pytest.mark.parametrize("huge", ["1e9999999", "1e-9999999", "1e999 million", "9" * 5000, "0." + "1" * 5000])
def test_a_number_beyond_any_measure_is_only_itself(huge):
    assert missing(f"There are {huge} of them.", [f"There are {huge} of them."]) == []
    assert missing(f"There are {huge} of them.", [f"There are {huge.replace('1', '2').replace('9', '8')} of them."])


@pytest.mark.parametrize(
    "shape", ["1 ", "1,", "111,", "1.", "1e1 ", "a1 ", "a", "[1,", "[ ", "1 to ", "(-1 ", "one ", "table 1 ", "a-\n"]
)
def test_the_time_grows_with_the_length_alone(shape):
    assert grows_linearly(lambda text: missing(text, [text]), shape)
