import pytest

from evals.roles import f1, macro_f1


def test_f1_of_a_role_counts_both_kinds_of_error():
    pairs = [("method", "method", 1.0), ("method", "result", 1.0), ("result", "method", 1.0)]
    assert f1(pairs, "method") == pytest.approx(0.5)


def test_a_role_that_is_never_right_weighs_as_much_as_any():
    assert macro_f1([("method", "method", 1.0)]) == pytest.approx(0.2)
