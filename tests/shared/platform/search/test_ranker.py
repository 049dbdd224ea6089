"""The ranker on candidates made by hand."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence

from shared.platform.search import Candidate, Entry, EntryKind, Found, Statistics
from shared.platform.search.analysis import analysed
from shared.platform.search.held import packed
from shared.platform.search.hits import Hit
from shared.platform.search.query import Query, parse
from shared.platform.search.ranker import rank
from shared.platform.search.words import stems


def ranked(asked: str, texts: Mapping[str, str | Sequence[str]], limit: int = 10) -> list[Hit]:
    pairs = {key: ("", text) if isinstance(text, str) else (text[0], text[1]) for key, text in texts.items()}
    entries = [Entry(id=key, kind=EntryKind.PASSAGE, title=a, text=b) for key, (a, b) in pairs.items()]
    counted = [stems(f"{entry.title} {entry.text}") for entry in entries]
    query = parse(asked)
    frequencies = {term: sum(term in words for words in counted) for term in query.terms}
    average = sum(map(len, counted)) / max(len(counted), 1)
    holding = [entry for entry, words in zip(entries, counted, strict=True) if set(words) & set(query.terms)]
    statistics = Statistics(len(entries), average, frequencies)
    return rank(query, _found_by(query, _candidates(holding), statistics), limit)


def order(asked: str, texts: Mapping[str, str | Sequence[str]]) -> list[str]:
    return [hit.entry.id for hit in ranked(asked, texts)]


def test_nothing_found_is_no_hits():
    assert ranked("cats", {}) == []
    assert ranked("", {"a": "cats"}) == []


def test_more_of_the_question_comes_first():
    assert order("cats and dogs", {"a": "cats live here", "b": "cats and dogs here", "c": "birds"})[0] == "b"


def test_the_rarer_word_weighs_more():
    texts = {"a": "common thing here", "b": "rare thing here", "c": "common thing there", "d": "common sight there"}
    assert order("common rare", texts)[0] == "b"


def test_a_title_counts_more():
    texts = {"a": ("Other", "cats and more filler"), "b": ("Cats", "other and more filler"), "c": "unrelated text"}
    assert order("cats", texts) == ["b", "a"]


def test_equal_texts_are_in_order_of_ids_whatever_order_they_come_in():
    keys = [f"{n:02}" for n in range(20)]
    for seed in range(5):
        shuffled = random.Random(seed).sample(keys, len(keys))
        assert order("cats", dict.fromkeys(shuffled, "cats live here")) == keys[:10]


def test_relevance_falls_and_stays_between_zero_and_one():
    texts = {str(n): "cats " * n + "dogs live in this house " * 3 for n in range(12)}
    relevances = [hit.relevance for hit in ranked("cats dogs", texts)]
    assert relevances == sorted(relevances, reverse=True)
    assert all(0 < relevance <= 1 for relevance in relevances)


def test_relevance_says_how_much_of_the_question_is_covered():
    texts = {"a": "cats live here", "b": "birds fly there", "c": "fish swim below"}
    whole = ranked("cats", texts)[0].relevance
    half = ranked("cats unicorns", texts)[0].relevance
    assert half < whole / 1.5


def test_texts_that_share_the_best_ones_words_gain():
    texts = {f"best{n}": "jaguar jaguar cat predator jungle" for n in range(5)}
    texts |= {f"other{n}": f"jaguar engine{n} leather{n} seat{n} wheel{n}" for n in range(40)}
    texts |= {"zlate": "jaguar predator jungle rain river"}
    assert order("jaguar", texts)[5] == "zlate"


def joined(asked: str, texts: Mapping[str, tuple[str, float | None]]) -> list[Hit]:
    """Ranked with how near each text is."""
    entries = [Entry(id=key, kind=EntryKind.PASSAGE, title="", text=text) for key, (text, _) in texts.items()]
    counted = {term: sum(term in stems(one.text) for one in entries) for term in parse(asked).terms}
    frequencies = {term: count for term, count in counted.items() if count}
    nearness = tuple(near for _, near in texts.values())
    statistics = Statistics(len(entries), 3, frequencies)
    return rank(parse(asked), _found_by(parse(asked), _candidates(entries), statistics, nearness), 10)


def test_what_is_first_in_both_orders_comes_first():
    texts = {"words": ("cats cats dogs", 0.3), "both": ("cats and dogs live", 0.8), "near": ("felines", 0.7)}
    assert joined("cats dogs", texts)[0].entry.id == "both"


def test_a_text_in_other_words_is_found_with_an_excerpt_and_no_highlights():
    (hit,) = joined("cats", {"near": ("felines sleep here", 0.7)})
    assert hit.relevance == 0.75
    assert hit.excerpt.text == "felines sleep here"
    assert hit.excerpt.highlights == ()


def test_vectors_that_are_far_find_nothing():
    assert joined("cats", {"far": ("rivers flow", 0.2), "opposite": ("rain falls", -1.0)}) == []


def test_without_any_vector_the_order_and_the_relevance_are_those_of_the_words():
    texts = {str(n): ("cats " * (n % 5 + 1) + f"dogs live in house{n}", None) for n in range(30)}
    plain = rank(parse("cats"), _found(texts), 10)
    assert joined("cats", texts) == plain


def test_texts_found_by_vector_alone_do_not_change_what_words_are_worth():
    texts = {str(n): ("cats " * (n + 1) + "live here", None) for n in range(12)}
    more = {f"near{n}": (f"felines sleep{n}", 0.5) for n in range(30)}
    statistics = _found(texts).statistics
    entries = [Entry(id=key, kind=EntryKind.PASSAGE, title="", text=text) for key, (text, _) in more.items()]
    candidates = _found(texts).candidates + _candidates(entries)
    both = _found_by(parse("cats"), candidates, statistics, (None,) * 12 + (0.5,) * 30)
    before = {hit.entry.id: hit.relevance for hit in rank(parse("cats"), _found(texts), 100)}
    after = {hit.entry.id: hit.relevance for hit in rank(parse("cats"), both, 100)}
    assert {key: after[key] for key in before} == before


def test_relevance_is_the_better_of_words_and_vector():
    near = joined("cats unicorns", {"a": ("cats live here", 0.85)})[0].relevance
    far = joined("cats unicorns", {"a": ("cats live here", 0.0)})[0].relevance
    assert near == 1
    assert far == joined("cats unicorns", {"a": ("cats live here", None)})[0].relevance


def _found(texts: Mapping[str, tuple[str, float | None]]) -> Found:
    entries = [Entry(id=key, kind=EntryKind.PASSAGE, title="", text=text) for key, (text, _) in texts.items()]
    return _found_by(parse("cats"), _candidates(entries), Statistics(len(entries), 3, {"cat": len(entries)}))


def _candidates(entries: Sequence[Entry]) -> tuple[Candidate, ...]:
    return tuple(_candidate(each) for each in entries)


NUMBERS: dict[str, int] = defaultdict(lambda: len(NUMBERS))


def _candidate(entry: Entry) -> Candidate:
    found = analysed(entry)
    return Candidate(entry.id, packed(found.stems, found.titled, NUMBERS), lambda: entry)


def _found_by(query: Query, candidates: tuple[Candidate, ...], statistics: Statistics, near=()) -> Found:
    return Found(candidates, statistics, {term: [NUMBERS[term]] for term in query.terms}, near)
