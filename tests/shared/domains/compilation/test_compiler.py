import pytest

from shared.domains.compilation.compiler import ApprovedArtifact, compile_summary
from shared.domains.compilation.content import Compiled, Field
from shared.domains.extraction.agents.paper import PaperAgent
from shared.domains.extraction.evidence import verify
from shared.domains.knowledge.content import Content, SourceType, StatementKind
from tests.factories import a_content, a_document, a_statement

AGENT = PaperAgent()
LISTS = (Field.KEY_METHODS, Field.EVIDENCE_AND_EXAMPLES, Field.NEXT_STEPS, Field.KEY_INSIGHTS)


def extracted() -> Content:
    document = a_document()
    merged = AGENT.merge(document, [AGENT.extract(document, portion) for portion in AGENT.split(document)])
    return verify(document, "src", merged)


def source(content: Content, kind: SourceType = SourceType.PAPER) -> ApprovedArtifact:
    return ApprovedArtifact(artifact_id=f"art_{kind}", source_type=kind, content=content)


COMPILED = compile_summary([source(extracted())])


def written(compiled: Compiled, field: Field) -> list[str]:
    """What a field says, entry by entry, by its JSON name."""
    value = compiled.model_dump(by_alias=True)[field.value]
    if field is Field.FAQ:
        return [one["answer"] for one in value]
    return list(value) if field in LISTS else [value]


def test_a_paper_fills_every_field():
    assert "We present SeatSense" in COMPILED.what_is_new
    assert "difficult problem" in COMPILED.problem_statement
    assert any("recurrent network" in one for one in COMPILED.key_methods)
    assert any("92.5%" in one for one in COMPILED.evidence_and_examples)
    assert any("In future work" in one for one in COMPILED.next_steps)
    assert COMPILED.key_insights
    assert COMPILED.keywords
    assert 6 <= len(COMPILED.faq) <= 10


@pytest.mark.parametrize("field", list(Field))
def test_every_field_is_its_sentences_joined(field):
    for index, text in enumerate(written(COMPILED, field)):
        sentences = [one.text for one in COMPILED.sentences if one.field is field and one.index == index]
        assert " ".join(sentences) == text


def test_every_sentence_has_verified_evidence_of_a_supported_statement():
    supported = {one.id: one for one in extracted().statements if one.supported}
    for sentence in COMPILED.sentences:
        assert sentence.evidence
        for citation in sentence.evidence:
            statement = supported[citation.statement_id]
            assert statement.text == sentence.text
            assert citation.quotation in {one.quotation for one in statement.evidence}
            assert citation.passage.source_id == "src"
            assert citation.artifact_id == "art_paper"


def test_an_unsupported_statement_is_never_shown():
    content = extracted()
    doubted = [one.model_copy(update={"supported": False}) for one in content.statements]
    compiled = compile_summary([source(content.model_copy(update={"statements": tuple(doubted)}))])
    assert compiled.sentences == ()
    assert compiled.faq == ()
    assert compiled.what_is_new == compiled.problem_statement == ""


def test_evidence_without_a_passage_is_not_cited():
    compiled = compile_summary([source(a_content(a_statement(StatementKind.CLAIM, "We propose a thing.")))])
    assert compiled.sentences == ()


def test_missing_kinds_are_named():
    assert COMPILED.missing == (SourceType.TALK, SourceType.REPOSITORY)
    every = [source(extracted(), kind) for kind in SourceType]
    assert compile_summary(every).missing == ()


def test_the_same_said_by_two_sources_stands_once():
    both = compile_summary([source(extracted()), source(extracted(), SourceType.TALK)])
    assert both.key_methods == COMPILED.key_methods


def test_nothing_makes_an_empty_summary():
    assert compile_summary([]) == Compiled(missing=tuple(SourceType))


def test_the_summary_is_camel_case_json_and_comes_back():
    text = COMPILED.model_dump_json(by_alias=True)
    assert '"whatIsNew"' in text
    assert Compiled.model_validate_json(text) == COMPILED
