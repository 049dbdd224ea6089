import pytest

from evals.summaries import rouge


def test_the_same_words_score_one():
    assert rouge("We propose models.", ["We propose a thing", "we proposed model"]) == (1, 1, 1)


def test_order_matters_to_the_longest_run_only():
    one, two, longest = rouge("b a", ["a b"])
    assert (one, two) == (1, 0)
    assert longest == pytest.approx(0.5)
