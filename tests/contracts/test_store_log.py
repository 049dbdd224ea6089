"""What every adapter of the store port does with the change log, versions and connections."""

import asyncio
from typing import Any, ClassVar

import pytest

from shared.platform.store import Change, Stale, Write, save
from shared.platform.store.backfill import backfill
from shared.platform.store.predicates import Compare
from shared.platform.store.records import MODELS, Record
from tests.contracts.store_records import Item
from tests.counting import calls_of


async def everything(log, limit=100):
    documents, position = [], None
    while True:
        page, position = await log.read(position, limit)
        documents += page
        if not page:
            return documents, position


async def test_the_log_holds_all_tenants_changes_in_the_order_of_commits(stores):
    for tenant, item in [("a", "1"), ("b", "1"), ("a", "2"), ("b", "1")]:
        store = stores.open(tenant)
        await store.commit(Write(item).put(Item(id=item)).change("Put", f"x/{item}").change("Again", f"x/{item}"))
    documents, _ = await everything(stores.log, limit=3)
    told = [(each["tenantId"], each["aggregate"], each["eventType"], each["sequence"]) for each in documents]
    assert told == [
        ("a", "1", "Put", 1),
        ("a", "1", "Again", 2),
        ("b", "1", "Put", 1),
        ("b", "1", "Again", 2),
        ("a", "2", "Put", 1),
        ("a", "2", "Again", 2),
        ("b", "1", "Put", 3),
        ("b", "1", "Again", 4),
    ]
    assert Change.restored(documents[0], "").event_type == "Put"


async def test_reading_goes_on_behind_a_position(stores):
    store = stores.open("a")
    await save(store, Item(id="1"), "Made")
    _, position = await stores.log.read(None)
    assert await stores.log.read(position) == ([], position)
    await save(store, Item(id="2"), "Made")
    ((document,), _) = await stores.log.read(position)
    assert document["aggregate"] == "2"


async def test_the_log_keeps_each_aggregates_order_under_concurrency(stores, others):
    sides = [stores.open("a"), others.open("a")]
    await asyncio.gather(
        *(sides[n % 2].commit(Write(f"{n % 3}").put(Item(id=f"{n % 3}")).change("Put", "x/1")) for n in range(60))
    )
    documents, _ = await everything(others.log, limit=7)
    for aggregate in "012":
        assert [each["sequence"] for each in documents if each["aggregate"] == aggregate] == list(range(1, 21))


@pytest.mark.parametrize("side", [0, 1])
async def test_a_waiting_reader_wakes_when_somebody_commits(stores, others, side):
    await save(stores.open("a"), Item(id="1"), "Made")
    _, position = await stores.log.read(None)
    waiting = asyncio.create_task(stores.log.wait(60, position))
    await asyncio.sleep(0)
    assert not waiting.done()
    await save([stores, others][side].open("a"), Item(id="2"), "Made")
    await asyncio.wait_for(waiting, 5)


async def test_a_reader_that_is_behind_does_not_wait(stores):
    await save(stores.open("a"), Item(id="1"), "Made")
    await asyncio.wait_for(stores.log.wait(60, "0"), 5)
    _, position = await stores.log.read(None)
    await save(stores.open("a"), Item(id="2"), "Made")
    await asyncio.wait_for(stores.log.wait(60, position), 5)


async def test_waiting_ends_with_its_time(stores):
    await asyncio.wait_for(stores.log.wait(0.01), 5)


async def test_one_owner_at_a_time_holds_a_lease(stores, others, clock):
    lease = await stores.log.acquire("relay", "one", 30)
    assert lease is not None
    assert lease.position is None
    assert await others.log.acquire("relay", "two", 30) is None
    assert await others.log.acquire("other", "two", 30) is not None
    clock.advance(20)
    assert await stores.log.acquire("relay", "one", 30) is not None
    clock.advance(20)
    assert await stores.log.acquire("relay", "two", 30) is None
    clock.advance(20)
    assert await stores.log.acquire("relay", "two", 30) is not None


async def test_the_next_owner_resumes_at_the_checkpoint(stores, others, clock):
    lease = await stores.log.acquire("relay", "one", 30)
    lease = await stores.log.checkpoint(lease, "7")
    assert lease.position == "7"
    await stores.log.release(lease)
    taken = await others.log.acquire("relay", "two", 30)
    assert taken.position == "7"
    with pytest.raises(Stale):
        await stores.log.checkpoint(lease, "8")
    await stores.log.release(lease)
    assert await stores.log.acquire("relay", "three", 30) is None


async def test_an_expired_lease_that_was_taken_moves_nothing(stores, clock):
    lease = await stores.log.acquire("relay", "one", 30)
    clock.advance(31)
    taken = await stores.log.acquire("relay", "two", 30)
    with pytest.raises(Stale):
        await stores.log.checkpoint(lease, "8")
    assert (await stores.log.checkpoint(taken, "9")).position == "9"


async def test_an_open_database_answers(stores):
    await stores.ping()


class Letter(Record):
    """What `contract_letter` was at first."""

    kind: ClassVar[str] = "contract_letter"

    sender: str


class NewLetter(Record):
    """What became of it: the kind is set by the test, as two types cannot share one in earnest."""

    version: ClassVar[int] = 2

    sender_name: str

    @classmethod
    def upgraded(cls, document: dict[str, Any], version: int) -> dict[str, Any]:
        return {**document, "senderName": document["sender"]} if version < 2 else document


@pytest.fixture
def new_letter(monkeypatch):
    monkeypatch.setattr(NewLetter, "kind", Letter.kind)
    monkeypatch.setitem(MODELS, Letter.kind, NewLetter)
    return NewLetter


async def test_the_version_before_is_read_as_the_newest(stores, new_letter):
    store = stores.open("a")
    old = await save(store, Letter(id="1", sender="Ada"), "LetterSent")
    new = await store.get(new_letter, "1")
    assert new == new_letter(id="1", sender_name="Ada", etag=old.etag)
    assert (await store.query(new_letter)).items == (new,)
    await save(store, new, "LetterRead")
    assert (await store.get(new_letter, "1")).sender_name == "Ada"


async def test_a_backfill_rewrites_what_is_old_once(stores, new_letter):
    for tenant in ("a", "b"):
        for n in range(3):
            await save(stores.open(tenant), Letter(id=f"{n}", sender="Ada"), "LetterSent")
    await stores.open("a").commit(Write("9").create(new_letter(id="9", sender_name="Bo")))
    changes, _ = await everything(stores.log)
    assert await backfill(stores) == 6
    assert await backfill(stores) == 0
    assert [letter.sender_name for letter in (await stores.open("a").query(new_letter)).items] == [
        "Ada",
        "Ada",
        "Ada",
        "Bo",
    ]
    assert len((await everything(stores.log))[0]) == len(changes)


async def test_a_backfill_goes_on_where_its_bound_has_ended_it(stores, new_letter):
    for tenant in ("a", "b", "c"):
        for n in range(3):
            await save(stores.open(tenant), Letter(id=f"{n}", sender="Ada"), "LetterSent")
    rewritten = [await backfill(stores, most=2) for _ in range(12)]
    assert max(rewritten) <= 2
    assert sum(rewritten) == 9
    assert rewritten[-1] == 0
    for tenant in ("a", "b", "c"):
        assert await old_letters(stores.open(tenant)) == 0


async def test_a_backfill_comes_back_once_for_what_the_version_before_has_still_written(stores, new_letter, clock):
    await save(stores.open("a"), Letter(id="1", sender="Ada"), "LetterSent")
    assert await backfill(stores) == 1
    for minutes, rewritten in ((59, 0), (1, 1), (120, 0)):
        await stores.open("a").commit(Write("2").put(Letter(id="2", sender="Bo")))
        clock.advance(minutes=minutes)
        assert await backfill(stores) == rewritten
    assert await old_letters(stores.open("a")) == 1


async def test_a_backfill_that_has_ended_asks_for_how_far_it_came_alone(stores, new_letter, clock):
    for n in range(30):
        await save(stores.open(f"tenant-{n}"), Letter(id="1", sender="Ada"), "LetterSent")
    for _ in range(2):
        await backfill(stores)
        clock.advance(minutes=61)
    with calls_of(stores) as calls:
        await backfill(stores)
    assert set(calls) == {"get"}


async def test_a_record_that_cannot_be_written_any_more_keeps_no_other_from_it(stores, new_letter, monkeypatch):
    for n in range(3):
        await save(stores.open("a"), Letter(id=f"{n}", sender=f"Ada {n}"), "LetterSent")
    grown = classmethod(
        lambda _, document, __: {**document, "senderName": document["sender"].replace("1", "x" * 2**21)}
    )
    monkeypatch.setattr(new_letter, "upgraded", grown)
    assert await backfill(stores) == 2
    assert await old_letters(stores.open("a")) == 1


async def old_letters(store):
    return await store.count(NewLetter, Compare("schemaVersion", "lt", 2))
