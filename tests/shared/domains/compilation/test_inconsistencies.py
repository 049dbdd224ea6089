from shared.domains.compilation.inconsistencies import inconsistencies
from shared.domains.compilation.pool import ApprovedArtifact, Pool
from shared.domains.extraction.figures import figures
from shared.domains.knowledge.content import Evidence, Passage, SourceType
from shared.domains.knowledge.content import StatementKind as Kind
from tests.factories import a_content, a_statement


def source(kind, *texts):
    statements = [
        a_statement(
            Kind.RESULT,
            text,
            id=f"{kind}-{at}",
            evidence=(Evidence(n=at, quotation=text, passage=Passage(source_id=kind, start=0, end=9), verified=True),),
            figures=figures(text),
        )
        for at, text in enumerate(texts, start=1)
    ]
    return ApprovedArtifact(artifact_id=f"art_{kind}", source_type=kind, content=a_content(*statements))


def found(*sources):
    return list(inconsistencies(Pool.of(sources)))


PAPER = source(SourceType.PAPER, "SeatSense reaches an accuracy of 92.5% on LibBadge.")


def test_sources_that_give_different_numbers_for_the_same_are_listed():
    [one] = found(PAPER, source(SourceType.TALK, "We say that SeatSense reaches an accuracy of 94% on LibBadge."))
    assert one.kind == "number"
    assert "92.5%" in one.detail
    assert "94%" in one.detail
    assert {citation.artifact_id for citation in one.evidence} == {"art_paper", "art_talk"}


def test_the_same_number_is_consistent():
    assert found(PAPER, source(SourceType.TALK, "On LibBadge, SeatSense reaches an accuracy of 92.5%.")) == []


def test_another_data_set_or_metric_is_no_contradiction():
    assert found(PAPER, source(SourceType.TALK, "SeatSense reaches an accuracy of 81% on OtherSet.")) == []
    assert found(PAPER, source(SourceType.TALK, "SeatSense reaches a recall of 81% on LibBadge.")) == []


def test_sentences_about_different_things_are_not_compared():
    assert found(PAPER, source(SourceType.TALK, "The accuracy of clocks in our city hall was 99% in winter.")) == []


def test_an_abstract_that_contradicts_the_body_is_listed():
    assert found(
        source(
            SourceType.PAPER,
            "SeatSense reaches an accuracy of 92.5% on LibBadge.",
            "SeatSense reaches an accuracy of 91.5% on LibBadge.",
        )
    )
