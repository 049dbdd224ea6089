from evals.chat import Asked, Figures, extracted, paraphrased, questions
from shared.domains.knowledge.content import StatementKind
from tests.factories import a_document, a_statement


def test_a_paraphrase_has_the_words_of_a_statement_and_neither_its_numbers_nor_its_order():
    said = "The recurrent network reaches an accuracy of 92.5% on sequences of badge events from libraries."
    words = paraphrased(a_statement(StatementKind.RESULT, said)).split()
    assert not [word for word in words if any(map(str.isdigit, word))]
    assert all(any(each.startswith(word) for each in said.lower().rstrip(".").split()) for word in words)
    assert words != sorted(words, key=said.lower().find)


def test_a_paper_is_asked_about_its_statements_and_as_a_whole():
    asked = list(questions(extracted(a_document(), 0)))
    assert {one.artifact for one in asked} == {"art_0"}
    assert [one.quotation == "" for one in asked].count(True) == 2
    assert all(one.text.endswith("?") for one in asked)


def test_figures_tell_the_right_paper_from_the_right_sentence():
    figures, asked = Figures(), Asked("What?", "art_1", "Badges are enough.")
    figures.add(asked, ["art_1"], ["Badges are enough."])
    figures.add(asked, ["art_1"], ["Cameras are not."])
    figures.add(asked, ["art_2", "art_1"], ["Badges are enough."])
    figures.refused(asked, [])
    figures.refused(asked, ["Badges are enough."])
    counts = figures.counts
    assert (counts["asked"], counts["first"], counts["right"], counts["sentence"]) == (3, 2, 3, 2)
    assert (counts["foreign"], counts["refused"]) == (2, 1)
