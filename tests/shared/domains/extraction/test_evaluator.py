import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domains.extraction.agents.paper import PaperAgent
from shared.domains.extraction.evaluator import WEIGHTS, evaluate, focus
from shared.domains.extraction.evidence import verify
from shared.domains.knowledge.content import Content
from tests.factories import SECTIONS, a_content, a_document, a_statement

DOCUMENT = a_document()
THRESHOLD = 3.0


def extracted(document=DOCUMENT):
    agent = PaperAgent()
    merged = agent.merge(document, [agent.extract(document, portion) for portion in agent.split(document)])
    return verify(document, "src", merged)


CONTENT = extracted()


def score(content, document=DOCUMENT):
    return evaluate(document, content, 1, THRESHOLD).score


def without_evidence(content, places):
    statements = [
        one.model_copy(update={"evidence": (), "supported": False}) if at in places else one
        for at, one in enumerate(content.statements)
    ]
    return content.model_copy(update={"statements": tuple(statements)})


def test_a_good_extraction_passes_and_shows_every_component():
    evaluation = evaluate(DOCUMENT, CONTENT, 2, THRESHOLD)
    assert evaluation.round == 2
    assert evaluation.score > 4
    assert {one.name for one in evaluation.components} == set(WEIGHTS)
    assert all(one.detail.endswith(".") for one in evaluation.components)


def test_an_empty_extraction_scores_one():
    evaluation = evaluate(DOCUMENT, Content(), 1, THRESHOLD)
    assert evaluation.score == 1
    assert set(evaluation.low) == set(WEIGHTS)


def test_a_thin_extraction_stays_below_the_threshold():
    assert score(CONTENT.model_copy(update={"statements": CONTENT.statements[:1]})) < THRESHOLD + 0.5
    assert score(CONTENT.model_copy(update={"statements": CONTENT.statements[:1]})) < score(CONTENT) - 1


def test_an_extraction_whose_quotations_are_not_there_fails():
    other = a_document([(heading, role, body.replace("e", "x")) for heading, role, body in SECTIONS])
    assert score(verify(other, "src", CONTENT), other) < THRESHOLD


def test_numbers_that_are_not_in_the_evidence_lower_the_score():
    wrong = [one.model_copy(update={"text": f"{one.text} And 4,711 more."}) for one in CONTENT.statements]
    content = verify(DOCUMENT, "src", CONTENT.model_copy(update={"statements": tuple(wrong)}))
    numbers = next(one for one in evaluate(DOCUMENT, content, 1, THRESHOLD).components if one.name == "numbers")
    assert numbers.score < THRESHOLD
    assert score(content) < score(CONTENT) - 1


def test_repetition_lowers_the_score():
    twice = (*CONTENT.statements, *CONTENT.statements)
    low = evaluate(DOCUMENT, CONTENT.model_copy(update={"statements": twice}), 1, THRESHOLD).low
    assert "duplication" in low


@given(st.sets(st.integers(0, len(CONTENT.statements) - 1)), st.integers(0, len(CONTENT.statements) - 1))
def test_removing_evidence_never_raises_the_score(removed, one_more):
    assert score(without_evidence(CONTENT, removed | {one_more})) <= score(without_evidence(CONTENT, removed))


def test_focus_names_what_is_low():
    assert focus(evaluate(DOCUMENT, Content(), 1, THRESHOLD)) == tuple(WEIGHTS)
    thin = verify(DOCUMENT, "src", a_content(a_statement(text="Badges are enough for all.")))
    assert "sections" in focus(evaluate(DOCUMENT, thin, 1, THRESHOLD))


def test_focus_names_the_lowest_where_no_component_is_low():
    evaluation = evaluate(DOCUMENT, CONTENT, 1, 1.0)
    lowest = min(evaluation.components, key=lambda one: one.score)
    assert focus(evaluation) == (lowest.name,)


@pytest.mark.parametrize("times", range(3))
def test_the_same_content_scores_the_same(times):
    assert score(CONTENT) == score(extracted())
