import pytest

from shared.domains.language.rhetoric import Rhetoric, roles_of, shares
from shared.domains.language.sentences import sentences
from tests.factories import ABSTRACT


def test_an_abstract_begins_with_background_and_ends_with_results():
    said = [ABSTRACT[start:end] for start, end in sentences(ABSTRACT)]
    roles = roles_of(said)
    assert roles[0] is Rhetoric.BACKGROUND
    assert roles[1] in {Rhetoric.OBJECTIVE, Rhetoric.METHOD}
    assert roles[-1] is Rhetoric.RESULT


def test_no_sentences_have_no_roles():
    assert roles_of([]) == []


@pytest.mark.parametrize("sentence", ["", "We propose a method.", "Zzyzx qwrt!", "12 %"])
def test_shares_sum_to_one(sentence):
    assert sum(shares(sentence).values()) == pytest.approx(1)


def test_a_proposal_is_more_likely_an_objective_than_a_result():
    likely = shares("The aim of this paper is to present a new approach.")
    assert likely[Rhetoric.OBJECTIVE] > likely[Rhetoric.RESULT]
