from shared.domains.compilation.faq import MOST, questions, subject
from shared.domains.compilation.pool import ApprovedArtifact, Pool
from shared.domains.knowledge.content import Evidence, Figure, Passage, SourceType
from shared.domains.knowledge.content import StatementKind as Kind
from tests.factories import a_content, a_statement

PASSAGE = Passage(source_id="src", start=0, end=10)


def said(kind, text, **more):
    evidence = (Evidence(n=1, quotation=text, passage=PASSAGE, verified=True),)
    return a_statement(kind, text, id=text[:20], evidence=evidence, **more)


def asked(*statements, title="SeatSense: Free seats"):
    sources = [
        ApprovedArtifact(artifact_id="a", source_type=SourceType.PAPER, content=a_content(*statements, title=title))
    ]
    return questions(sources, Pool.of(sources))


def test_a_question_without_an_answer_is_not_asked():
    found = asked(said(Kind.LIMITATION, "We did not study noise."))
    assert [question for question, _ in found] == ["What are the limitations of SeatSense?"]


def test_a_data_set_gets_its_own_question():
    figure = Figure(value="92", unit="%", metric="accuracy", dataset="LibBadge")
    [(question, [answer])] = asked(said(Kind.RESULT, "SeatSense reaches 92% on LibBadge.", figures=(figure,)))
    assert question == "How well does SeatSense perform on LibBadge?"
    assert answer.text == "SeatSense reaches 92% on LibBadge."


def test_no_sentence_answers_two_questions():
    texts = [
        "We present a tool for seats.",
        "It outperforms other approaches by far.",
        "Cameras cannot be used anywhere.",
    ]
    found = asked(said(Kind.CLAIM, texts[0]), said(Kind.RESULT, texts[1]), said(Kind.PROBLEM, texts[2]))
    answers = [one.text for _, answer in found for one in answer]
    assert sorted(answers) == sorted(texts)


def test_there_are_at_most_ten():
    figures = [Figure(value="1", metric=f"metric{at}", dataset=f"Data{at}Set") for at in range(20)]
    many = [
        said(Kind.RESULT, f"Result {chr(97 + at)} is unlike {chr(110 - at)}.", figures=(one,))
        for at, one in enumerate(figures)
    ]
    assert len(asked(*many)) <= MOST


def test_the_subject_is_named_by_the_title_or_by_the_text():
    def named(title, text="We present SeatSense, a tool."):
        sources = [
            ApprovedArtifact(
                artifact_id="a", source_type=SourceType.PAPER, content=a_content(said(Kind.CLAIM, text), title=title)
            )
        ]
        return subject(sources, Pool.of(sources))

    assert named("SeatSense: Free seats") == "SeatSense"
    assert named("Free seats with SeatSense") == "SeatSense"
    assert named("Free seats for all") == "SeatSense"
    assert named("Listening at night: Free seats", "We run a test.") == "this work"
    assert named("[Re] Free: seats", "We run a test.") == "this work"
