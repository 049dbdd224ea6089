import pytest

from evals.papers import f1, letters, rouge_l, surname


def test_a_perfect_abstract_scores_one():
    assert rouge_l(["a", "b", "c"], ["a", "b", "c"]) == 1.0


def test_half_the_words_in_order_score_by_harmonic_mean():
    assert rouge_l(["a", "x", "b"], ["a", "b"]) == pytest.approx(0.8)


def test_surnames_are_compared_without_accents_of_case_or_hyphens():
    assert surname("Ari S. Shea-Brown") == "sheabrown"
    assert f1({"a", "b"}, {"b", "c"}) == 0.5
    assert letters("[Re] A\u2013B") == "reab"
