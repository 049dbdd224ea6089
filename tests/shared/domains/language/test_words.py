from shared.domains.language.words import containment, content_roots, overlap, root, words


def test_plurals_and_verb_forms_share_a_root():
    assert root("models") == root("model")
    assert root("studies") == root("study")
    assert root("training") == root("trained")
    assert root("analysis") == "analysis"
    assert root("loss") == "loss"


def test_content_roots_leave_out_stop_words():
    assert content_roots("The models of the Network") == {"model", "network"}


def test_overlap_is_the_same_both_ways_and_containment_is_not():
    assert overlap("abc", "bcd") == overlap("bcd", "abc") == 2 / 3
    assert containment("ab", "abcd") == 1
    assert containment("abcd", "ab") == 0.5
    assert overlap("", "ab") == containment("", "ab") == 0


def test_a_hyphenated_word_is_one():
    assert words("State-of-the-art results, don't ask.") == ["state-of-the-art", "results", "don't", "ask"]
