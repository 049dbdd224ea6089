"""What every adapter of the search port does."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.clock import Clock
from shared.platform.search import Entry, EntryKind, Found, SearchIndex
from shared.platform.search.cosmos import open_search as open_cosmos_search
from shared.platform.search.query import Query, parse
from shared.platform.search.ranker import rank
from shared.platform.search.sqlite import open_search as open_sqlite_search
from shared.platform.search.words import stems
from shared.platform.store.predicates import ALL, Not, Predicate, any_of, eq, has, matches
from shared.settings import Settings
from tests.embedding_server import meaning


async def sqlite(request: pytest.FixtureRequest) -> SearchIndex:
    folder: Path = request.getfixturevalue("tmp_path")
    return await open_sqlite_search(Settings(hosting="local", jwt_secret="x" * 32, data_dir=folder), Clock())


async def cosmos(request: pytest.FixtureRequest) -> SearchIndex:
    return await open_cosmos_search(request.getfixturevalue("cosmos_settings"), Clock())


@pytest.fixture(params=[sqlite, cosmos], ids=lambda adapter: adapter.__name__)
async def index(request: pytest.FixtureRequest) -> AsyncIterator[SearchIndex]:
    opened = await request.param(request)
    yield opened
    await opened.close()


def entry(entry_id: str, text: str = "attention is enough", **fields) -> Entry:
    return Entry.model_validate({"id": entry_id, "kind": EntryKind.PASSAGE, "title": "", "text": text, **fields})


async def ids(index: SearchIndex, text: str, where: Predicate = ALL, tenant: str = "t", limit: int = 200) -> list[str]:
    found = await index.candidates(tenant, parse(text), where, limit)
    return sorted(candidate.id for candidate in found.candidates)


async def test_an_entry_is_found_by_any_word_in_another_form(index):
    await index.replace("t", "a", [entry("1", "Networks were attending"), entry("2", "nothing alike")], 1)
    assert await ids(index, "the attended network") == ["1"]


async def test_an_entry_comes_back_as_it_was_put(index):
    whole = entry(
        "1",
        "söme text",
        title="Ä",
        projectId="p",
        passage={"page": 3},
        public=True,
        readers=["ada@x.org"],
        createdBy="u",
    )
    await index.replace("t", "a", [whole], 1)
    (found,) = (await index.candidates("t", parse("text"))).candidates
    assert found.entry == whole


async def test_case_and_accents_do_not_matter(index):
    await index.replace("t", "a", [entry("1", "Gödel's THÉORÈME"), entry("2", "注意机制")], 1)
    assert await ids(index, "godels theoreme") == ["1"]
    assert await ids(index, "机制") == ["2"]


async def test_a_replacement_forgets_what_was_there(index):
    await index.replace("t", "a", [entry("1", "old words"), entry("2", "old news")], 1)
    assert await index.replace("t", "a", [entry("3", "new words")], 2)
    assert await ids(index, "old news") == []
    assert await ids(index, "words") == ["3"]


async def test_an_older_version_is_ignored_and_the_same_one_is_not(index):
    await index.replace("t", "a", [entry("1", "second")], 2)
    assert not await index.replace("t", "a", [entry("1", "first")], 1)
    assert await ids(index, "first second") == ["1"]
    assert await index.replace("t", "a", [entry("1", "second")], 2)
    assert await ids(index, "second") == ["1"]


async def test_what_was_removed_stays_removed(index):
    await index.replace("t", "a", [entry("1", "word")], 1)
    assert await index.remove("t", "a", 3)
    assert not await index.replace("t", "a", [entry("1", "word")], 2)
    assert await ids(index, "word") == []


async def test_owners_do_not_touch_each_other(index):
    await index.replace("t", "a", [entry("1", "word")], 1)
    await index.replace("t", "b", [entry("2", "word")], 1)
    await index.remove("t", "a", 2)
    assert await ids(index, "word") == ["2"]


async def test_tenants_do_not_see_each_other(index):
    await index.replace("t", "a", [entry("1", "word")], 1)
    await index.replace("u", "a", [entry("2", "word")], 1)
    assert await ids(index, "word") == ["1"]
    assert await ids(index, "wor*", tenant="u") == ["2"]
    assert await ids(index, "word", tenant="unknown") == []


async def test_other_tenants_and_hidden_entries_change_no_number(index):
    await index.replace("t", "a", [entry("1", "rare word", public=True), entry("2", "word", public=True)], 1)
    before = await index.candidates("t", parse("rare word"), eq("public", True))
    await index.replace("u", "a", [entry(str(n), "rare rare rare rare") for n in range(30)], 1)
    await index.replace("t", "b", [entry(f"hidden-{n}", "rare rare rare rare") for n in range(30)], 1)
    assert await index.candidates("t", parse("rare word"), eq("public", True)) == before
    assert before.statistics.entries == 2
    assert before.statistics.frequencies == {"rare": 1, "word": 2}


async def test_access_is_decided_inside_the_query(index):
    await index.replace("t", "a", [entry(f"{n:03}", "word", public=n == 299) for n in range(300)], 1)
    assert await ids(index, "word", eq("public", True)) == ["299"]


async def test_at_most_two_hundred_candidates_are_given(index):
    await index.replace("t", "a", [entry(str(n), "word") for n in range(250)], 1)
    assert len(await ids(index, "word", limit=1000)) == 200
    assert len(await ids(index, "word", limit=7)) == 7


async def test_the_best_are_among_the_candidates(index):
    await index.replace("t", "a", [entry(str(n), "common " * 5) for n in range(250)] + [entry("x", "common rare")], 1)
    assert await ids(index, "common rare", limit=1) == ["x"]


async def test_phrases_must_stand_as_they_are_and_excluded_words_are_refused(index):
    texts = {"1": "deep neural network", "2": "deep sea", "3": "neural deep learning"}
    await index.replace("t", "a", [entry(key, text) for key, text in texts.items()], 1)
    assert await ids(index, '"deep neural"') == ["1"]
    assert await ids(index, '"deep neural" sea') == ["1"]
    assert await ids(index, '"deep neural" "neural network"') == ["1"]
    assert await ids(index, "deep -sea") == ["1", "3"]


async def test_a_phrase_stands_in_the_title_or_in_the_text_and_not_across_both(index):
    both = [entry("1", "networks", title="deep neural"), entry("2", "sea", title="neural networks")]
    await index.replace("t", "a", both, 1)
    assert await ids(index, '"neural network"') == ["2"]


async def test_a_phrase_is_found_among_many_entries_that_hold_its_words(index):
    scattered = [entry(f"{n:03}", "neural neural deep deep") for n in range(250)]
    await index.replace("t", "a", [*scattered, entry("x", "so deep neural and much beside it " * 3)], 1)
    assert await ids(index, '"deep neural"', limit=1) == ["x"]


async def test_a_prefix_finds_longer_words(index):
    await index.replace("t", "a", [entry("1", "transformers"), entry("2", "transistor"), entry("3", "other")], 1)
    found = await index.candidates("t", parse("trans*"))
    assert sorted(candidate.id for candidate in found.candidates) == ["1", "2"]
    assert found.statistics.frequencies == {"trans*": 2}


ODD = ["", " ", "the of and", "AND", "OR NOT", "NEAR(a b)", '"', '""', '"""', "*", "a*", "***", "-", "--", "-x", "()",
       "^a : b", "{a}", "a AND (b", "'; DROP TABLE entries; --", "\x00", "\ud800", "🤖", "x" * 10_000, "word " * 3_000,
       '"' + "a b " * 3_000 + '"', "\\", "%", "_", "1_word", "é" * 500, "ﷺ", "ß"]  # fmt: skip


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
async def test_any_query_gives_a_plain_answer(index, text):
    await index.replace("t", "a", [entry("1", "a word b x 🤖 ß")], 1)
    assert len((await index.candidates("t", parse(text))).candidates) <= 1


WORDS = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta"]), max_size=4).map(" ".join)
FIELDS = st.fixed_dictionaries(
    {
        "public": st.booleans(),
        "readers": st.lists(st.sampled_from(["a@x", "b@x"]), unique=True),
        "createdBy": st.sampled_from("uv"),
    }
)
WHERE = st.sampled_from(
    [ALL, eq("public", True), any_of(eq("public", True), has("readers", "a@x")), Not(eq("createdBy", "u"))]
)


@given(texts=st.lists(st.tuples(WORDS, FIELDS), max_size=8), asked=WORDS, where=WHERE)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_what_is_found_and_counted_is_what_the_predicate_lets_through(index, texts, asked, where):
    entries = [entry(str(n), text, **fields) for n, (text, fields) in enumerate(texts)]
    await index.replace("t", "a", entries, 1)
    query: Query = parse(asked)
    found = await index.candidates("t", query, where)
    seen = [one for one in entries if matches(where, one.model_dump(mode="json", by_alias=True))]
    answering = [one.id for one in seen if set(stems(one.text)) & set(query.terms)]
    assert sorted(one.id for one in found.candidates) == sorted(answering)
    if answering:
        assert found.statistics.entries == len(seen)
        counts = {term: sum(term in stems(one.text) for one in seen) for term in query.terms}
        assert found.statistics.frequencies == {term: count for term, count in counts.items() if count}


def meant(entry_id: str, text: str, **fields) -> Entry:
    return entry(entry_id, text, vector=tuple(meaning(text)), **fields)


async def near(index: SearchIndex, text: str, where: Predicate = ALL, tenant: str = "t", limit: int = 200) -> Found:
    return await index.candidates(tenant, parse(text), where, limit, meaning(text))


async def test_an_entry_in_other_words_is_found_by_its_vector(index):
    await index.replace("t", "a", [meant("1", "a fast automobile"), meant("2", "a slow river")], 1)
    found = await near(index, "vehicle")
    assert [hit.entry.id for hit in rank(parse("vehicle"), found, 10)] == ["1"]
    assert found.nearness == pytest.approx((0.7071, 0), abs=1e-4)
    assert await ids(index, "vehicle") == []


async def test_the_nearest_come_beside_those_with_the_words_each_once(index):
    texts = {"1": "car", "2": "automobile car", "3": "automobile", "4": "kitten"}
    await index.replace("t", "a", [meant(key, text) for key, text in texts.items()], 1)
    found = await near(index, "car")
    nearness = dict(zip([one.id for one in found.candidates], found.nearness, strict=True))
    assert nearness == pytest.approx({"1": 1, "2": 1, "3": 1, "4": 0}, abs=1e-6)
    assert found.statistics.frequencies == {"car": 2}
    assert all(one.entry.vector is None for one in found.candidates)


async def test_entries_without_vectors_are_still_found(index):
    await index.replace("t", "a", [entry("1", "car"), meant("2", "automobile")], 1)
    found = await near(index, "car")
    assert dict(zip([one.id for one in found.candidates], found.nearness, strict=True)) == {
        "1": None,
        "2": pytest.approx(1),
    }
    assert sorted(hit.entry.id for hit in rank(parse("car"), found, 10)) == ["1", "2"]


async def test_hidden_and_foreign_vectors_are_not_found_and_move_no_rank(index):
    public = [meant("1", "car", public=True), meant("2", "automobile wheel", public=True)]
    await index.replace("t", "a", public, 1)
    before = await near(index, "car", eq("public", True))
    await index.replace("u", "a", [meant(f"other-{n}", "automobile") for n in range(30)], 1)
    await index.replace("t", "b", [meant(f"hidden-{n:03}", "automobile") for n in range(230)], 1)
    after = await near(index, "car", eq("public", True))
    assert after == before
    assert {one.id for one in before.candidates} == {"1", "2"}
    assert rank(parse("car"), after, 10) == rank(parse("car"), before, 10)


async def test_words_and_vectors_share_the_places_of_the_candidates(index):
    both = [meant(f"w{n:03}", "car") for n in range(205)] + [meant(f"v{n:03}", "automobile") for n in range(205)]
    await index.replace("t", "a", both, 1)
    assert len((await near(index, "car", limit=1000)).candidates) == 200
    assert len((await near(index, "car", limit=7)).candidates) == 7
    assert len((await near(index, "vehicle", limit=7)).candidates) == 7


async def test_vectors_obey_phrases_and_exclusions(index):
    texts = {"1": "automobile race", "2": "automobile rally", "3": "big fast automobile"}
    await index.replace("t", "a", [meant(key, text) for key, text in texts.items()], 1)
    assert {one.id for one in (await near(index, "car -rally")).candidates} == {"1", "3"}
    assert {one.id for one in (await near(index, 'car "big fast"')).candidates} == {"3"}


async def test_a_replacement_forgets_vectors_too(index):
    await index.replace("t", "a", [meant("1", "automobile")], 1)
    await index.replace("t", "a", [entry("1", "automobile")], 2)
    assert (await near(index, "car")).candidates == ()
    await index.remove("t", "a", 3)
    assert (await near(index, "automobile")).candidates == ()


@given(texts=st.lists(st.tuples(WORDS, FIELDS), max_size=8), asked=WORDS, where=WHERE)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_with_a_vector_nothing_is_found_that_the_predicate_hides(index, texts, asked, where):
    entries = [meant(str(n), text, **fields) for n, (text, fields) in enumerate(texts)]
    await index.replace("t", "a", entries, 1)
    found = await near(index, asked, where)
    seen = {one.id for one in entries if matches(where, one.model_dump(mode="json", by_alias=True))}
    assert {one.id for one in found.candidates} == (seen if asked else set())


async def test_who_hid_what_first_moves_no_rank(index):
    seen = [entry(f"{n:02}", f"cat word{n % 7} word{n % 5} thing{n % 3}", public=True) for n in range(40)]
    await index.replace("t", "a", seen, 1)
    await index.replace("u", "b", [entry("x", "thing2 thing1 thing0 word6 word5 word4 word3 word2 word1 word0 cat")], 1)
    await index.replace("u", "a", seen, 1)
    public = eq("public", True)
    alone, beside = [await index.candidates(tenant, parse("cat word1"), public) for tenant in ("t", "u")]
    ranked = [rank(parse("cat word1"), found, 40) for found in (alone, beside)]
    assert [(hit.entry.id, hit.relevance) for hit in ranked[0]] == [(hit.entry.id, hit.relevance) for hit in ranked[1]]


async def test_sixteen_readers_are_answered_whole_while_one_writes(index):
    """Each version of an owner has its own word in every entry, so that a torn answer would hold two of them."""
    await index.replace("t", "a", [entry(str(n), "shared version0") for n in range(8)], 0)
    written = asyncio.Event()

    async def write() -> None:
        for version in range(1, 9):
            assert await index.replace("t", "a", [entry(str(n), f"shared version{version}") for n in range(8)], version)
        written.set()

    async def read() -> int:
        answers = 0
        while not written.is_set() or answers < 5:
            found = await index.candidates("t", parse("shared"))
            assert len(found.candidates) == found.statistics.entries == 8
            assert len({each.entry.text for each in found.candidates}) == 1
            answers += 1
        return answers

    _, *answers = await asyncio.gather(write(), *(read() for _ in range(16)))
    assert len(answers) == 16
    assert await ids(index, "version8") == [str(n) for n in range(8)]


async def test_an_open_adapter_answers(index):
    await index.ping()
