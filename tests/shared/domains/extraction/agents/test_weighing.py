import pytest

from shared.domains.extraction.agents.weighing import Spoken, Work, confidence, weigh
from shared.domains.knowledge.content import StatementKind as Kind

WORK = Work.of("SeatSense: Forecasting free seats in libraries")


def kind_of(text, role, work=WORK, **more):
    kind, margin = weigh(Spoken(text, role, **more), work)
    return kind if margin >= 0 else None


@pytest.mark.parametrize(
    ("role", "kind", "text"),
    [
        ("introduction", Kind.CLAIM, "We propose a model that forecasts seats without cameras."),
        ("abstract", Kind.CLAIM, "SeatSense provides forecasts of free seats to students."),
        ("other", Kind.CLAIM, "The package provides functions to forecast free seats."),
        ("method", Kind.METHOD, "The network was trained with stochastic gradient descent."),
        ("results", Kind.RESULT, "Our model outperforms the baseline by 3 points on average."),
        ("limitations", Kind.LIMITATION, "All data come from a single library in one city."),
        ("discussion", Kind.LIMITATION, "Our study is limited to a small sample of one library."),
        ("future", Kind.FUTURE_WORK, "More libraries will be added step by step."),
        ("introduction", Kind.PROBLEM, "However, counting people remains a challenging problem in large rooms."),
    ],
)
def test_wording_and_section_decide_together(role, kind, text):
    assert kind_of(text, role) is kind


def test_what_others_did_is_no_claim():
    assert kind_of("Smith et al. propose a model that counts people.", "background", cites=True) is not Kind.CLAIM
    assert kind_of("In a previous study, we proposed a counter.", "introduction") is not Kind.CLAIM


def test_plain_prose_is_nothing():
    assert kind_of("Libraries have many rooms and many books.", "background") is None


def test_a_name_or_the_words_of_the_title_make_a_subject():
    assert WORK.is_subject("SeatSense is a tool.")
    assert Work.of("The Blue Tutorial Series").is_subject("The Blue tutorial series is a collection.")
    assert not Work.of("The Card Sorting Test: A neuronal model").is_subject("The Card Sorting Test is old.")
    assert not WORK.is_subject("Libraries are old.")


def test_confidence_grows_with_the_margin():
    assert 0.5 < confidence(0.0) < confidence(1.0) < confidence(4.0) <= 1
