"""What every adapter of the search port does."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.clock import Clock
from shared.platform.search import Entry, EntryKind, SearchIndex
from shared.platform.search.cosmos import open_search as open_cosmos_search
from shared.platform.search.query import Query, parse
from shared.platform.search.sqlite import open_search as open_sqlite_search
from shared.platform.search.words import stems
from shared.platform.store.predicates import ALL, Not, Predicate, any_of, eq, has, matches
from shared.settings import Settings


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
    assert (await index.candidates("t", parse("text"))).candidates == (whole,)


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


async def test_phrases_words_are_required_and_excluded_words_refused(index):
    texts = {"1": "deep neural network", "2": "deep sea", "3": "neural deep learning"}
    await index.replace("t", "a", [entry(key, text) for key, text in texts.items()], 1)
    assert await ids(index, '"deep neural"') == ["1", "3"]
    assert await ids(index, "deep -sea") == ["1", "3"]


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


async def test_an_open_adapter_answers(index):
    await index.ping()
