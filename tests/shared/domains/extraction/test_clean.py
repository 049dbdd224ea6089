import pytest

from shared.domains.extraction.clean import cites, statement_text, superscripts


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("We use BERT [3, 4] for this.", "We use BERT for this."),
        ("We use BERT (Devlin et al., 2019; Liu, 2020a) for this.", "We use BERT for this."),
        ("The error falls (see Fig. 2) at once.", "The error falls at once."),
        ("However, the error falls.", "The error falls."),
        ("But the error falls.", "The error falls."),
        ("In contrast to others, it falls.", "In contrast to others, it falls."),
        ("• the error\nfalls at  once.", "the error falls at once."),
        ("The error falls.[3]", "The error falls."),
        ("The error falls.12", "The error falls."),
        ("It is as proposed in [3] already.", "It is as proposed in [3] already."),
        ("The results are ob\u2010 tained at once.", "The results are obtained at once."),
        ("It grows by 3.5 points (in 12 runs).", "It grows by 3.5 points (in 12 runs)."),
    ],
)
def test_a_sentence_is_only_taken_from(sentence, text):
    cleaned = statement_text(sentence)
    assert cleaned.casefold() == text.casefold()


def test_superscript_marks_are_known_by_the_text():
    text = "The method1 of MNIST2 and ResNet3 works. The method, MNIST and ResNet work with ggplot2 and CIFAR10."
    marks = superscripts(text, references=5)
    assert marks == {"method1", "MNIST2", "ResNet3"}
    assert (
        statement_text("MNIST2 and the method1 work with ggplot2.", marks) == "MNIST and the method work with ggplot2."
    )


def test_a_text_without_such_marks_keeps_its_names():
    assert superscripts("We use Python3 and Python for all.", references=5) == frozenset()


def test_a_citation_is_noticed():
    assert cites("As in [3].")
    assert cites("It was so (Smith, 2019).")
    assert not cites("It was so (in most cases).")
