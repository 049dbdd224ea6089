from shared.platform.search.words import STOP_WORDS, WORD, stem, stems


def test_forms_of_a_word_have_one_stem():
    assert len({stems(form)[0] for form in ("connect", "Connected", "connecting", "CONNECTIONS", "connection's")}) == 1


def test_stop_words_have_no_stem():
    assert stems("The cat and the hat") == ["cat", "hat"]
    assert (stem("The"), stem("cat")) == ("", "cat")
    assert all(stems(word) == [] for word in STOP_WORDS)


def test_curly_apostrophes_are_apostrophes():
    assert stems("they don\u2019t") == []
    assert stems("author\u2019s") == stems("author's") == stems("author")


def test_composed_and_decomposed_letters_are_one():
    assert stems("caf\u00e9") == stems("cafe\u0301") == ["cafe"]


def test_words_are_those_of_the_text():
    text = "Über e\u0301toile, GPT-4: 注意."
    assert WORD.findall(text) == ["Über", "e\u0301toile", "GPT", "4", "注", "意"]


def test_a_word_without_end_is_bounded():
    assert all(len(stem) <= 64 for stem in stems("x" * 1_000_000))
