"""What the store on Cosmos DB does beyond the contract: partitions, throttling, lost answers, costs."""

import asyncio
import math
from typing import Any, ClassVar

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import Field, SecretStr

from shared.platform.store import AlreadyExists, Busy, Change, Sort, Stale, TooLarge, Unavailable, Write, save
from shared.platform.store.cosmos import open_cosmos
from shared.platform.store.idempotency import Answer, begin, finish
from shared.platform.store.predicates import Compare, eq
from shared.platform.store.records import Expiring, Index, Record
from shared.platform.store.reservations import confirm, reserve
from shared.platform.store.sqlite import open_sqlite
from shared.platform.telemetry import meter
from tests.cosmos_server.faults import Fault
from tests.fakes import FakeClock
from tests.shared.platform.store.cosmos_stores import Database, database, server

__all__ = ["database", "server"]


class Thing(Record):
    kind: ClassVar[str] = "cosmos_thing"
    indexes: ClassVar[tuple[Index, ...]] = (Index("colour", "-rank"), Index("rank"))

    colour: str = "red"
    rank: int | None = None
    home: str = ""
    data: dict[str, Any] = Field(default_factory=dict)

    @property
    def aggregate_id(self) -> str:
        return self.home or self.id


class Pass(Expiring):
    kind: ClassVar[str] = "cosmos_pass"


@pytest.fixture
async def stores(database, clock):
    opened = await open_cosmos(database.settings, clock)
    yield opened
    await opened.close()


@pytest.fixture
async def others(database):
    opened = await open_cosmos(database.settings, FakeClock(seed=1))
    yield opened
    await opened.close()


@pytest.fixture
def store(stores):
    return stores.open("acme")


@pytest.fixture
def faults(server):
    return server.account.faults


def operations(calls):
    return [call.operation for call in calls]


async def fill(store, count):
    things = [Thing(id=f"{n:03}", rank=[None, 1, 2, 3][n % 4], colour="rg"[n % 2]) for n in range(count)]
    await asyncio.gather(*(save(store, thing, "ThingMade") for thing in things))
    return things


async def pages(store, *, where, order, limit):
    found, after = [], None
    while True:
        page = await store.query(Thing, where, order=order, limit=limit, after=after)
        found += [thing.id for thing in page.items]
        if (after := page.after) is None:
            return found


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_tenant_in_several_partitions_reads_as_one(database, store, when):
    await store.count(Thing)
    if when == "before":
        database.split("acme")
    things = await fill(store, 40)
    if when == "after":
        assert await store.count(Thing) == 40
        database.split("acme")
        database.split("acme", at="10")
    for order in ([], [Sort("rank")], [Sort("rank", descending=True)]):
        whole = (await store.query(Thing, order=order)).items
        assert [thing.id for thing in whole] == await pages(store, where=eq("kind", Thing.kind), order=order, limit=7)
        assert len(whole) == 40
    assert await store.count(Thing) == 40
    green = await store.query(Thing, eq("colour", "g"), order=[Sort("rank", descending=True)], skip=3, limit=5)
    ranked = sorted((t for t in things if t.colour == "g"), key=lambda t: (t.rank or 0, t.id), reverse=True)
    assert [thing.id for thing in green.items] == [thing.id for thing in ranked[3:8]]


async def test_a_reader_of_the_log_goes_on_when_a_partition_is_split(database, stores, store):
    await fill(store, 10)
    read, position = await stores.log.read(None, limit=4)
    database.split("acme")
    await save(store, Thing(id="late"), "ThingMade")
    while True:
        more, position = await stores.log.read(position, limit=4)
        if not more:
            break
        read += more
    told = sorted(change["aggregate"] for change in read if change["tenantId"] == "acme")
    assert told == sorted([f"{n:03}" for n in range(10)] + ["late"])


async def test_changes_of_every_partition_are_read_from_the_start(database, stores, store):
    await store.count(Thing)
    database.split("acme")
    await fill(store, 20)
    read, position = [], None
    while True:
        more, position = await stores.log.read(position, limit=3)
        if not more:
            break
        read += more
    assert sorted(change["aggregate"] for change in read) == [f"{n:03}" for n in range(20)]


async def test_a_throttled_call_waits_as_long_as_it_is_told(store, faults, clock):
    await store.get(Thing, "a")
    faults.add(Fault("any", 429, times=3, retry_after_ms=1500))
    with meter.recorded() as calls:
        assert await store.get(Thing, "a") is None
    assert clock.slept == [1.5, 1.5, 1.5]
    assert sum(call.retries for call in calls) == 3


async def test_a_call_that_stays_throttled_is_refused_for_now(store, faults, clock):
    await store.get(Thing, "a")
    faults.add(Fault("batch", 429, times=1000, retry_after_ms=4000))
    with pytest.raises(Busy) as refused:
        await store.commit(Write("a").create(Thing(id="a")))
    faults.waiting.clear()
    assert refused.value.status == 503
    assert refused.value.headers["Retry-After"] == "4"
    assert sum(clock.slept) <= 30
    assert await store.get(Thing, "a") is None


@pytest.mark.parametrize(("operation", "status"), [("read", 503), ("query", 503), ("batch", 408)])
async def test_a_database_that_is_away_is_told(store, faults, operation, status):
    await store.commit(Write("a").create(Thing(id="a")))
    faults.add(Fault(operation, status, times=1000))
    calls = {
        "read": lambda: store.get(Thing, "a"),
        "query": lambda: store.query(Thing),
        "batch": lambda: store.commit(Write("b").create(Thing(id="b"))),
    }
    with pytest.raises(Busy):
        await calls[operation]()
    faults.waiting.clear()


@pytest.mark.parametrize("status", [401, 403])
async def test_a_database_that_denies_is_not_asked_again_until_somebody_acts(store, faults, status):
    await store.get(Thing, "a")
    faults.add(Fault("any", status))
    with pytest.raises(Unavailable) as refused:
        await store.get(Thing, "a")
    assert (refused.value.status, refused.value.transient) == (503, False)


async def test_a_database_that_cannot_be_opened_is_told(database, clock):
    wrong = database.settings.model_copy(update={"cosmos_key": SecretStr("d3Jvbmc=")})
    with pytest.raises(Unavailable):
        await open_cosmos(wrong, clock)
    away = database.settings.model_copy(update={"cosmos_endpoint": "http://127.0.0.1:9"})
    with pytest.raises(Busy):
        await open_cosmos(away, clock)


async def test_a_batch_whose_answer_is_lost_takes_effect_once(store, faults):
    await store.commit(Write("a").put(Thing(id="a", rank=1)).change("Put", "thing/a"))
    faults.add(Fault("batch", 503, lost=True))
    (saved,) = await store.commit(Write("a").put(Thing(id="a", rank=2)).change("Put", "thing/a"))
    assert not faults.waiting
    assert [change.sequence for change in (await store.query(Change, aggregate="a")).items] == [1, 2]
    assert await store.get(Thing, "a") == saved


async def test_what_the_database_finds_too_large_is_told(store, faults):
    await store.get(Thing, "a")
    await store.commit(Write("b").create(Thing(id="b")))
    faults.add(Fault("batch", 413))
    with pytest.raises(TooLarge):
        await store.commit(Write("a").create(Thing(id="a")))


async def test_a_document_is_the_record_as_it_is_stored_everywhere(database, store, clock):
    thing = Thing(id="a", home="flat/1#2", rank=3, data={"é": [1, 2.5, None]})
    await store.commit(Write(thing.home).create(thing).change("Made", "thing/a"))
    document, change = database.stored("acme")
    own = {name: value for name, value in document.items() if not name.startswith("_")}
    assert own == {**orjson.loads(thing.encoded("acme")), "aggregateId": "flat/1#2"}
    assert "ttl" not in document
    assert "ttl" not in change
    assert Change.restored(change, "").event_type == "Made"


async def test_only_what_expires_is_given_a_time_to_live_and_some_more(database, store, clock):
    held = Pass(id="p", expires_at=clock.now())
    await store.commit(Write("p").put(held))
    assert database.stored("acme")[0]["ttl"] == 600
    assert await store.get(Pass, "p") is None


async def test_an_id_that_cannot_be_is_not_asked_for(store):
    with meter.recorded() as calls:
        assert await store.get(Thing, "a/b?c#d") is None
    assert calls == []


async def test_a_new_aggregate_costs_one_batch_and_a_known_one_too(store, others):
    await store.commit(Write("warm").create(Thing(id="warm")))
    with meter.recorded() as calls:
        saved = await save(store, Thing(id="a"), "Made")
        await save(store, saved, "Changed")
    assert operations(calls) == ["batch", "batch"]
    there = await others.open("acme").get(Thing, "a")
    await others.open("acme").commit(Write("z").create(Thing(id="z")))
    with meter.recorded() as calls:
        await save(others.open("acme"), there, "Changed")
    assert operations(calls) == ["query", "batch"]
    with meter.recorded() as calls, pytest.raises(Stale):
        await save(store, saved, "Changed")
    assert operations(calls) == ["batch"]


async def test_a_missing_container_is_no_missing_record(database, stores, store):
    from azure.cosmos.exceptions import CosmosResourceNotFoundError

    await stores.ping()
    del database.server.account.databases[database.settings.cosmos_database]["records"]
    with pytest.raises(CosmosResourceNotFoundError):
        await store.get(Thing, "a")
    with pytest.raises(CosmosResourceNotFoundError):
        await stores.ping()


async def test_request_units_are_counted(store):
    before = meter.totals["batch", "records"].units
    with meter.recorded() as calls:
        await store.commit(Write("a").create(Thing(id="a")))
    assert all(call.units > 0 for call in calls)
    spent = sum(call.units for call in calls if call.operation == "batch")
    assert math.isclose(meter.totals["batch", "records"].units - before, spent)


async def test_an_order_without_an_index_is_given_and_counted_apart(store):
    await fill(store, 6)
    with meter.recorded() as calls:
        found = await store.query(Thing, order=[Sort("colour"), Sort("rank")], limit=2)
    assert [thing.id for thing in found.items] == ["001", "005"]
    assert operations(calls) == ["unindexed query"]


async def test_every_query_names_its_tenant(database, store, faults):
    await fill(store, 3)
    with meter.recorded() as calls:
        await store.query(Thing, Compare("rank", "gt", 0), order=[Sort("rank")])
        await store.query(Thing, aggregate="001")
        await store.count(Thing)
        await reserve(store, "name", "x", Thing, "001")
        await confirm(store, "name", "x", "001")
        attempt = await begin(store, "POST", "/x", "key", b"{}")
        await finish(store, attempt, Answer(201, {}, b"{}"))
        await store.commit(Write("002").change("Seen", "thing/002"))
    assert all(call.scope[0] in ("acme", "system") for call in calls)
    queries = [call.query for call in calls if call.query]
    assert len(queries) >= 3
    assert all('c["tenantId"] = @' in query for query in queries)
    assert all(sql == "" or 'c["tenantId"] = @' in sql for _, _, _, sql in faults.log)


VERBS = st.sampled_from(["create", "replace", "put", "delete"])
STEPS = st.tuples(VERBS, st.sampled_from("pq"), st.integers(0, 2), st.booleans())
HISTORIES = st.lists(
    st.tuples(st.sampled_from(["x", "uniq/y"]), st.lists(STEPS, min_size=1, max_size=3), st.integers(0, 2)), max_size=8
)
_numbers = iter(range(10**6))


async def told(store, history):
    """What became of each transaction, and what is there at the end."""
    outcomes: list[Any] = []
    etags: dict[tuple[str, str], str] = {}
    for aggregate, steps, events in history:
        write = Write(aggregate)
        for verb, thing_id, rank, current in steps:
            etag = etags.get((aggregate, thing_id), "none") if current else "old"
            getattr(write, verb)(Thing(id=thing_id, home=aggregate, rank=rank, etag=etag))
        for number in range(events):
            write.change(f"Event{number}", f"thing/{aggregate}", {"steps": len(steps)})
        try:
            saved = await store.commit(write)
        except (AlreadyExists, Stale) as refusal:
            outcomes.append(type(refusal))
        else:
            outcomes.append([record.id for record in saved])
            etags.update({(aggregate, record.id): record.etag for record in saved})
    things = [thing.model_dump(exclude={"etag"}) for thing in (await store.query(Thing)).items]
    changes = [(c.aggregate, c.sequence, c.event_type, c.data) for c in (await store.query(Change)).items]
    return outcomes, sorted(things, key=lambda each: (each["home"], each["id"])), sorted(changes, key=str)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES)
async def test_any_history_is_told_alike_by_both_adapters(stores, tmp_path, clock, history):
    tenant = f"t{next(_numbers)}"
    embedded = await open_sqlite(tmp_path / "records.db", clock)
    try:
        assert await told(stores.open(tenant), history) == await told(embedded.open(tenant), history)
    finally:
        await embedded.close()


def test_the_fixture_is_the_test_server(database: Database):
    assert database.settings.cosmos_endpoint.startswith("http://127.0.0.1:")
