"""What quotations bear of a statement in other words: shorter, never stronger."""

import re
from itertools import islice, product

import pytest

from shared.domains.language.bearing import bears
from shared.domains.language.sentences import sentences
from tests.factories import a_document

QUOTED = "The results show that the calendar improves the accuracy by 3.2 points during examination weeks."
ADDED = (
    "not", "never", "hardly", "without", "more", "less", "faster", "outperforms", "reduces", "halves", "always", "best",
    "all", "perfectly", "first", "because", "therefore", "due",
)  # fmt: skip
UNRELATED = ("rivers", "flooded", "valleys", "farmers", "harvested", "barley")


def said():
    text = a_document().text
    return [text[start:end] for start, end in sentences(text) if end - start > 60]


def changed(sentence):
    """The sentence with a number, a telling word, or most of its content changed."""
    tokens = sentence.split()
    for at, token in enumerate(tokens):
        if re.search(r"\d", token):
            for digit in "3579":
                other = re.sub(r"\d", digit, token, count=1)
                if other != token:
                    yield [*tokens[:at], other, *tokens[at + 1 :]]
    for word, at in product(ADDED, (1, 3)):
        if not re.search(rf"\b{word[:4]}", sentence.lower()):
            yield [*tokens[:at], word, *tokens[at:]]
    yield [*tokens[:2], *UNRELATED, *tokens[-2:]]


CHANGED = list(islice(((one, " ".join(words)) for one in said() for words in changed(one)), 600))


def test_none_of_500_made_of_changed_words_is_borne():
    assert len(CHANGED) >= 500
    assert [each for each in CHANGED if bears([each[0]], each[1])] == []


def test_every_sentence_bears_itself():
    assert [one for one in said() if not bears([one], one)] == []


@pytest.mark.parametrize(
    "text",
    [
        "The calendar improves accuracy by 3.2 points.",
        "During an examination week, accuracy is improved by 3.2 points.",
        "The calendar improved the accuracies in weeks of examination.",
    ],
)
def test_what_is_said_shorter_or_in_another_order_is_borne(text):
    assert bears([QUOTED], text)


@pytest.mark.parametrize(
    "text",
    [
        "The calendar improves accuracy by 3.2 percent.",
        "The calendar doesn\u2019t improve the accuracy.",
        "The calendar is the best way to improve the accuracy.",
        "The accuracy improves because of the calendar.",
        "The calendar improves the accuracy more than the weather.",
        "Readers like the calendar of their library.",
    ],
)
def test_what_is_stronger_or_about_something_else_is_not(text):
    assert not bears([QUOTED], text)


def test_several_quotations_bear_a_text_together():
    both = "The calendar improves accuracy by 3.2 points, and inference takes 12 ms."
    assert not bears([QUOTED], both)
    assert bears([QUOTED, "Inference takes 12 ms on a single CPU core."], both)
