import pytest

from shared.domains.knowledge.content import StatementKind
from shared.domains.language.cues import cue, dangles, readable, without_connective


@pytest.mark.parametrize(
    "text",
    [
        "Table 2: Accuracy of all the models on the test set.",
        "Figure 3 shows the accuracy of all the models.",
        "The rest of this paper is organized as follows.",
        "In this section, we describe the data in detail.",
        "We thank the reviewers for all their helpful comments.",
        "3.2 Results and Discussion of the Model",
        "O-1s -0.99 0.00 0.22 0.13 -0.00 0.00 0.01 0.12.",
        "where x = y + z and a = b with c = d for all e in f = g.",
        "and then the model is trained on the data.",
        "We train the following model on the data:",
        "Too short a sentence.",
        "The results of the experiments are presented in Table 2.",
        "Published: 08 August 2023 the galaxies contain dark matter.",
    ],
)
def test_what_is_no_statement_is_not_readable(text):
    assert not readable(text)


@pytest.mark.parametrize(
    "text",
    [
        "We train a recurrent network with 128 hidden units on badge events.",
        "As shown in Table 2, our model outperforms the baseline by 3 points.",
        "SeatSense (our system) reaches an accuracy of 92.5% on the data.",
    ],
)
def test_prose_is_readable(text):
    assert readable(text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (StatementKind.CLAIM, "In this paper, we propose a new method."),
        (StatementKind.METHOD, "We train the network with Adam."),
        (StatementKind.RESULT, "The model achieves an accuracy of 92%."),
        (StatementKind.LIMITATION, "A limitation of our study is its size."),
        (StatementKind.FUTURE_WORK, "In future work, we plan to add languages."),
        (StatementKind.PROBLEM, "However, this remains a challenging problem."),
    ],
)
def test_each_kind_has_its_wording(kind, text):
    assert max(StatementKind, key=lambda one: cue(one, text)) is kind


def test_a_sentence_that_points_back_dangles():
    assert dangles("This shows that it works.")
    assert dangles("However, the model fails.")
    assert not dangles("This paper shows that it works.")
    assert not dangles("SeatSense shows that it works.")


def test_a_connective_goes_only_where_a_sentence_remains():
    assert without_connective("Therefore, we use both.") == "We use both."
    assert without_connective("First results are good.") == "First results are good."
