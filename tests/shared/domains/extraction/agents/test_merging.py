from shared.domains.extraction.agents import Candidate
from shared.domains.extraction.agents.merging import MOST_EVIDENCE, Limits, statements_of
from shared.domains.knowledge.content import StatementKind as Kind

LIMITS = Limits({Kind.CLAIM: 3, Kind.RESULT: 3}, same=0.7)
WORDS = "Badge events predict free library seats very well"


def candidate(text, kind=Kind.CLAIM, confidence=0.6, at=0):
    return Candidate(kind=kind, text=text, quotation=text, at=at, confidence=confidence)


def test_the_same_said_twice_is_one_statement_with_both_as_evidence():
    [statement] = statements_of([candidate(WORDS), candidate(f"{WORDS} indeed", confidence=0.9)], LIMITS)
    assert statement.text == f"{WORDS} indeed"
    assert [one.quotation for one in statement.evidence] == [f"{WORDS} indeed", WORDS]


def test_the_surest_come_first_and_the_rest_is_cut():
    texts = ["Alpha beta gamma", "Delta epsilon zeta", "Eta theta iota", "Kappa lambda mu"]
    found = statements_of([candidate(text, confidence=at / 10) for at, text in enumerate(texts)], LIMITS)
    assert [one.text for one in found] == texts[:0:-1]


def test_evidence_is_limited():
    [statement] = statements_of([candidate(f"{WORDS} {at}") for at in range(9)], LIMITS)
    assert len(statement.evidence) == MOST_EVIDENCE


def test_order_of_arrival_does_not_matter():
    some = [candidate(f"{WORDS} {at}", confidence=at / 10, at=at) for at in range(4)] + [candidate("Something else")]
    assert statements_of(some, LIMITS) == statements_of(some[::-1], LIMITS)


def test_ids_tell_statements_apart_and_stay():
    first, second = statements_of(
        [candidate("Alpha beta"), candidate("Alpha beta", kind=Kind.RESULT, at=9)],
        Limits({Kind.CLAIM: 1, Kind.RESULT: 1}, same=2),
    )
    assert first.id != second.id
    assert statements_of([candidate("Alpha beta")], LIMITS)[0].id == first.id


def test_a_focus_on_length_lets_more_in_and_on_duplication_tells_fewer_apart():
    limits = Limits.focused({Kind.CLAIM: 4}, ("length", "duplication", "length"))
    assert limits.most[Kind.CLAIM] == 8
    assert limits.same < Limits.focused({}, ()).same
