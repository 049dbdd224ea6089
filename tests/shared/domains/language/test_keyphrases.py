from shared.domains.language.keyphrases import keyphrases
from tests.factories import ABSTRACT, INTRODUCTION, METHOD

TEXT = f"{ABSTRACT} {INTRODUCTION} {METHOD}"


def test_phrases_are_runs_of_content_words_of_the_text():
    found = keyphrases(TEXT)
    assert "badge events" in found
    assert all(phrase.casefold() in TEXT.casefold() for phrase in found)


def test_a_phrase_within_another_is_not_repeated():
    found = keyphrases("Sparse coding models learn. Sparse coding is old. We like sparse coding models.")
    assert len([one for one in found if "sparse coding" in one.casefold()]) == 1


def test_rare_phrases_can_be_left_out():
    assert "badge events" in keyphrases(TEXT, least=2)
    assert "crowded library" in keyphrases(TEXT)
    assert "crowded library" not in keyphrases(TEXT, least=2)


def test_an_empty_text_has_none():
    assert keyphrases("") == []
    assert keyphrases("The of and, it is 12.") == []
