from evals.keyphrases import score


def test_phrases_are_compared_by_their_stems():
    assert score(["Neural networks", "noise"], ["neural network", "data"]) == (0.5, 0.5, 0.5)


def test_nothing_right_scores_nothing():
    assert score([], ["data"]) == (0, 0, 0)
