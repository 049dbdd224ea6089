"""What search on Cosmos DB does beyond the contract: large owners, races, common words, split partitions."""

import asyncio
from uuid import uuid4

import pytest

from shared.clock import Clock
from shared.platform.search import Entry, EntryKind, cosmos
from shared.platform.search.query import parse
from shared.platform.store.predicates import eq
from shared.platform.telemetry import meter
from tests.cosmos_server.databases import a_database
from tests.cosmos_server.running import running
from tests.cosmos_server.server import KEY
from tests.embedding_server import meaning


@pytest.fixture(scope="session")
def server():
    with running() as started:
        yield started


@pytest.fixture
def database(server):
    with a_database(server.url, KEY) as settings:
        yield settings


@pytest.fixture
async def index(database):
    opened = await cosmos.open_search(database, Clock())
    yield opened
    await opened.close()


def entry(entry_id, text, **fields):
    return Entry(id=entry_id, kind=EntryKind.PASSAGE, title="", text=text, **fields)


async def found(index, text, where=None):
    answer = await index.candidates("t", parse(text), *([where] if where else []))
    return sorted(each.id for each in answer.candidates), answer.statistics


async def test_an_owner_of_many_entries_is_replaced_in_several_batches(index):
    with meter.recorded() as calls:
        await index.replace("t", "a", [entry(f"{n}/#?", f"word{n} shared") for n in range(250)], 1)
    assert [call.operation for call in calls].count("batch") == 3
    await index.replace("t", "a", [entry("7/#?", "zebra")], 2)
    assert (await found(index, "shared"))[0] == []
    assert (await found(index, "zebra"))[0] == ["7/#?"]


async def test_of_two_replacements_at_once_the_newer_stands(index):
    for _ in range(5):
        owner = uuid4().hex
        versions = [[entry(f"{owner}-{n}", f"version{v}") for n in range(150)] for v in (1, 2)]
        await asyncio.gather(*(index.replace("t", owner, entries, v) for v, entries in enumerate(versions, 1)))
        assert (await found(index, "version1"))[0] == []
        assert len((await found(index, "version2"))[0]) == 150
        await index.remove("t", owner, 3)


async def test_of_too_many_matches_those_with_rare_terms_are_scored(index, monkeypatch):
    monkeypatch.setattr(cosmos, "MOST_SCORED", 10)
    await index.replace("t", "a", [entry(f"{n:02}", "common") for n in range(40)], 1)
    await index.replace("t", "b", [entry("x", "common rare"), entry("y", "rare"), entry("z", "hidden rare")], 1)
    ids, statistics = await found(index, "common rare")
    assert ids == ["x", "y", "z"]
    assert statistics.frequencies == {"common": 41, "rare": 3}
    assert statistics.entries == 43


async def test_every_query_names_its_tenant_and_its_predicate(index):
    await index.replace("t", "a", [entry("1", "word", public=True), entry("2", "word")], 1)
    with meter.recorded() as calls:
        assert (await found(index, "word", eq("public", True)))[0] == ["1"]
    assert len(calls) == 4
    assert all(call.scope[0] == "t" for call in calls)
    assert all('c["tenantId"] = @' in call.query for call in calls)
    assert sum('c["entry"]["public"] = @' in call.query for call in calls) == 3


async def test_a_tenant_in_several_partitions_is_searched_as_one(index, server, database):
    for n in range(20):
        await index.replace("t", f"owner{n}", [entry(f"{n:02}", "word " * (n + 1))], 1)
    before = await index.candidates("t", parse("word"))
    container = server.account.databases[database.cosmos_database]["search"]
    container.split(container.hash(["t"]) + "20")
    assert await index.candidates("t", parse("word")) == before
    assert before.statistics.entries == 20


def meant(entry_id, text, **fields):
    return entry(entry_id, text, vector=tuple(meaning(text)), **fields)


async def test_vectors_are_compared_within_the_tenant_and_the_predicate(index):
    await index.replace("t", "a", [meant("1", "car", public=True), meant("2", "car")], 1)
    with meter.recorded() as calls:
        await index.candidates("t", parse("vehicle"), eq("public", True), 200, meaning("vehicle"))
    (nearest,) = [call for call in calls if "ORDER BY VectorDistance" in call.query]
    assert nearest.scope == ("t",)
    assert 'c["tenantId"] = @' in nearest.query
    assert 'c["entry"]["public"] = @' in nearest.query
    assert nearest.query.endswith("OFFSET 0 LIMIT 200")


async def test_the_nearest_of_several_partitions_are_merged(index, server, database):
    for n in range(20):
        await index.replace("t", f"owner{n}", [meant(f"{n:02}", "automobile " + f"word{n} " * n)], 1)
    before = await index.candidates("t", parse("vehicle"), vector=meaning("vehicle"))
    container = server.account.databases[database.cosmos_database]["search"]
    container.split(container.hash(["t"]) + "20")
    assert await index.candidates("t", parse("vehicle"), vector=meaning("vehicle")) == before
    assert before.nearness == tuple(sorted(before.nearness, reverse=True))
    assert len(before.candidates) == 20


async def test_an_owner_of_many_vectors_is_replaced_in_batches_that_fit(index):
    await index.replace("t", "a", [meant(str(n), f"automobile {n} " + "word " * 500) for n in range(120)], 1)
    assert len((await index.candidates("t", parse("vehicle"), vector=meaning("vehicle"))).candidates) == 120
