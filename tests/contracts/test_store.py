"""What every adapter of the store port does with records."""

import asyncio
from datetime import timedelta

import pytest

from shared.platform.store import (
    MAX_BYTES,
    MAX_OPERATIONS,
    AlreadyExists,
    Change,
    Origin,
    Stale,
    TooLarge,
    Write,
    save,
)
from shared.platform.store.records import Unstorable
from shared.platform.store.tenants import all_tenants
from tests.contracts.store_records import Free, Item, Ticket


async def changes_of(store, aggregate):
    return (await store.query(Change, aggregate=aggregate, limit=1000)).items


async def test_what_is_written_is_read_at_once(store):
    saved = await save(store, Item(id="a", name="Ada"), "ItemMade")
    assert await store.get(Item, "a") == saved
    assert saved.name == "Ada"
    assert saved.etag
    assert '"' not in saved.etag


async def test_what_another_process_wrote_is_read_at_once(store, others):
    saved = await save(others.open("acme"), Item(id="a"), "ItemMade")
    assert await store.get(Item, "a") == saved


async def test_a_missing_record_is_none(store):
    assert await store.get(Item, "a") is None
    assert (await store.query(Item)).items == ()
    assert await store.count(Item) == 0


async def test_tenants_do_not_see_each_other(stores, store):
    await save(store, Item(id="a"), "ItemMade")
    other = stores.open("emca")
    assert await other.get(Item, "a") is None
    assert (await other.query(Item)).items == ()
    assert await other.count(Item) == 0
    assert await changes_of(other, "a") == ()
    await save(other, Item(id="a", name="other"), "ItemMade")
    assert (await store.get(Item, "a")).name == ""


@pytest.mark.parametrize("tenant", ["", "a/b", "a\nb", "x" * 300])
def test_a_store_needs_a_tenant(stores, tenant):
    with pytest.raises(ValueError, match="tenant"):
        stores.open(tenant)


async def test_keys_are_their_own(store):
    await store.commit(Write("one").create(Item(id="a", home="one", name="1")))
    await store.commit(Write("two").create(Item(id="a", home="two", name="2")))
    assert (await store.get(Item, "a", "one")).name == "1"
    assert (await store.get(Item, "a", "two")).name == "2"
    assert await store.get(Item, "a") is None
    assert await store.get(Ticket, "a", "one") is None
    assert [item.name for item in (await store.query(Item, aggregate="two")).items] == ["2"]
    assert await store.count(Item, aggregate="two") == 1


async def test_every_tenant_that_writes_is_known(stores, others):
    await save(stores.open("b"), Item(id="a"), "ItemMade")
    await asyncio.gather(*(save(each.open("c"), Item(id=f"{n}"), "Made") for n, each in enumerate([stores, others])))
    assert await all_tenants(stores) == ["system", "b", "c"]


async def test_a_transaction_is_carried_out_whole_or_not_at_all(store):
    await save(store, Item(id="a"), "ItemMade")
    write = Write("a").create(Item(id="b", home="a")).put(Item(id="a", name="no")).change("ItemGrown", "item/a")
    with pytest.raises(AlreadyExists):
        await store.commit(write.create(Item(id="a")))
    assert await store.get(Item, "b", "a") is None
    assert (await store.get(Item, "a")).name == ""
    assert [change.event_type for change in await changes_of(store, "a")] == ["ItemMade"]


async def test_one_failing_transaction_does_not_hurt_those_beside_it(store):
    await save(store, Item(id="a"), "ItemMade")
    made = [save(store, Item(id=f"b{n}"), "ItemMade") for n in range(10)]
    results = await asyncio.gather(*made, save(store, Item(id="a"), "ItemMade"), return_exceptions=True)
    assert isinstance(results.pop(), AlreadyExists)
    assert await store.count(Item) == 11


async def test_a_write_names_one_aggregate():
    with pytest.raises(ValueError, match="belongs to"):
        Write("b").create(Item(id="a"))


async def test_an_empty_transaction_is_a_mistake(store):
    with pytest.raises(ValueError, match="container"):
        await store.commit(Write("a"))


async def test_a_stale_etag_is_refused(store):
    first = await save(store, Item(id="a"), "ItemMade")
    second = await save(store, first.with_(name="new"), "ItemRenamed")
    assert second.etag != first.etag
    with pytest.raises(Stale):
        await save(store, first.with_(name="newer"), "ItemRenamed")
    with pytest.raises(Stale):
        await store.commit(Write("a").delete(first))
    assert await store.get(Item, "a") == second
    assert len(await changes_of(store, "a")) == 2


async def test_what_is_gone_is_neither_replaced_nor_deleted(store):
    saved = await save(store, Item(id="a"), "ItemMade")
    await store.commit(Write("a").delete(saved))
    assert await store.get(Item, "a") is None
    with pytest.raises(Stale):
        await store.commit(Write("a").replace(saved))
    with pytest.raises(Stale):
        await store.commit(Write("a").delete(saved))
    recreated = await save(store, Item(id="a"), "ItemMade")
    assert recreated.etag != saved.etag


async def test_putting_asks_for_nothing(store):
    (first,) = await store.commit(Write("a").put(Item(id="a", name="1")))
    (second,) = await store.commit(Write("a").put(Item(id="a", name="2")))
    assert first.etag != second.etag
    assert await store.get(Item, "a") == second


async def test_of_many_concurrent_writers_one_wins(store, others):
    saved = await save(store, Item(id="a"), "ItemMade")
    sides = [store, others.open("acme")]
    writes = [save(sides[n % 2], saved.with_(rank=n), "ItemRanked") for n in range(20)]
    results = await asyncio.gather(*writes, return_exceptions=True)
    (winner,) = [result for result in results if isinstance(result, Item)]
    assert all(isinstance(result, Stale) for result in results if result is not winner)
    assert await store.get(Item, "a") == winner
    assert [change.sequence for change in await changes_of(store, "a")] == [1, 2]


async def test_of_many_concurrent_creators_one_wins(store, others):
    sides = [store, others.open("acme")]
    results = await asyncio.gather(
        *(save(sides[n % 2], Item(id="a", rank=n), "ItemMade") for n in range(20)), return_exceptions=True
    )
    (winner,) = [result for result in results if isinstance(result, Item)]
    assert all(isinstance(result, AlreadyExists) for result in results if result is not winner)
    assert await store.get(Item, "a") == winner


async def test_a_change_tells_who_what_and_when(stores, clock):
    store = stores.open("acme", Origin("usr_1", "corr", "cause", "192.0.2.1"))
    await save(store, Item(id="a"), "ItemMade", {"at": clock.now(), "n": 1})
    (change,) = await changes_of(store, "a")
    assert change.actor == "usr_1"
    assert change.address == "192.0.2.1"
    assert change.envelope() == {
        "eventId": change.event_id,
        "eventType": "ItemMade",
        "schemaVersion": 1,
        "occurredAt": "2026-01-01T00:00:00.000000Z",
        "producer": "event-hub",
        "correlationId": "corr",
        "causationId": "cause",
        "subject": "contract_item/a",
        "data": {"at": "2026-01-01T00:00:00.000000Z", "n": 1},
        "tenantId": "acme",
        "sequence": 1,
    }


async def test_sequences_have_no_gaps_under_concurrency(store, others):
    sides = [store, others.open("acme")]
    await asyncio.gather(
        *(
            sides[n % 2].commit(Write("a").put(Item(id=f"{n}", home="a")).change("Put", "x/1").change("Again", "x/2"))
            for n in range(40)
        )
    )
    changes = await changes_of(store, "a")
    assert [change.sequence for change in changes] == list(range(1, 81))
    assert [change.id for change in changes] == [f"change-{n:010d}" for n in range(1, 81)]
    assert len({change.event_id for change in changes}) == 80
    assert [change.event_type for change in changes] == ["Put", "Again"] * 40


async def test_changes_are_never_touched(store):
    await save(store, Item(id="a"), "ItemMade")
    (change,) = await changes_of(store, "a")
    for write in (Write("a").put(change), Write("a").delete(change), Write("a").replace(change)):
        with pytest.raises(TypeError, match="never touched"):
            await store.commit(write)


async def test_a_transaction_has_a_largest_number_of_operations(store):
    items = [Item(id=f"{n}", home="a") for n in range(MAX_OPERATIONS)]
    full = Write("a")
    for item in items[:-1]:
        full.create(item)
    full.change("Filled", "x/a")
    assert len(await store.commit(full)) == MAX_OPERATIONS - 1
    with pytest.raises(TooLarge):
        await store.commit(_filled("b", MAX_OPERATIONS))
    assert await store.count(Item, aggregate="b") == 0


def _filled(aggregate, size):
    write = Write(aggregate).change("Filled", f"x/{aggregate}")
    for number in range(size):
        write.create(Item(id=f"{number}", home=aggregate))
    return write


async def test_a_transaction_has_a_largest_number_of_bytes(store):
    with pytest.raises(TooLarge):
        await store.commit(Write("a").create(Item(id="a", name="x" * MAX_BYTES)))
    with pytest.raises(TooLarge):
        await store.commit(Write("a").create(Item(id="a")).change("Made", "x/a", {"text": "é" * (MAX_BYTES // 2)}))
    assert await store.get(Item, "a") is None
    await store.commit(Write("a").create(Item(id="a", name="x" * (MAX_BYTES - 500))))


@pytest.mark.parametrize("bad", ["a/b", "a\\b", "a?b", "a#b", "", "a\nb", ".", "..", "a "])
async def test_ids_that_some_database_refuses_are_refused(store, bad):
    with pytest.raises(ValueError, match="cannot be"):
        await store.commit(Write("home").create(Item(id=bad, home="home")))


@pytest.mark.parametrize("value", ["a\0b", "\ud800", 2**53, -(2**53), 2**63, 2**70])
async def test_what_some_database_would_change_is_refused(store, value):
    with pytest.raises(Unstorable):
        await store.commit(Write("a").create(Free(id="a", data={"x": value})))


@pytest.mark.parametrize(
    "odd", ["...", " a", "a b", "a+b", "%2e%2e", "a%2Fb", "a&b=c;d", "'\"", "é🙂\u2028", "docs", "é" * 255]
)
async def test_any_other_id_finds_its_record(store, odd):
    assert await store.get(Item, odd) is None
    await store.commit(Write(odd).create(Item(id=odd)))
    assert (await store.get(Item, odd)).id == odd


@pytest.mark.parametrize("bad", ["a/b", "..", "a?b", "a ", "a\0"])
async def test_an_id_that_cannot_be_is_missing(store, bad):
    assert await store.get(Item, bad) is None


async def test_integers_of_53_bits_are_kept(store):
    data = {"most": 2**53 - 1, "least": 1 - 2**53}
    await store.commit(Write("a").create(Free(id="a", data=data)).change("Made", "x/a", data))
    assert (await store.get(Free, "a")).data == data
    with pytest.raises(Unstorable):
        await store.commit(Write("a").change("Made", "x/a", {"n": [2**53]}))


async def test_text_that_looks_like_an_escape_is_kept(store):
    data = {"x": "\\u0000", "y": "\\\\u0000", "é": "'\"%_🙂"}
    await store.commit(Write("a").create(Free(id="a", data=data)))
    assert (await store.get(Free, "a")).data == data


async def test_expired_records_are_gone_at_once(store, clock):
    ticket = Ticket(id="t", expires_at=clock.now() + timedelta(seconds=10))
    (saved,) = await store.commit(Write("t").create(ticket))
    assert await store.get(Ticket, "t") == saved
    clock.advance(10)
    assert await store.get(Ticket, "t") is None
    assert (await store.query(Ticket)).items == ()
    assert await store.count(Ticket) == 0
    with pytest.raises(Stale):
        await store.commit(Write("t").replace(saved))
    with pytest.raises(Stale):
        await store.commit(Write("t").delete(saved))
    (again,) = await store.commit(Write("t").create(ticket.with_(expires_at=clock.now() + timedelta(days=1))))
    assert await store.get(Ticket, "t") == again
    with pytest.raises(AlreadyExists):
        await store.commit(Write("t").create(ticket))


async def test_sweeping_leaves_what_is_alive(stores, store, clock):
    for n in range(5):
        ticket = Ticket(id=f"t{n}", expires_at=clock.now() + timedelta(seconds=n * 10))
        await store.commit(Write(ticket.id).create(ticket))
    await save(store, Item(id="a"), "ItemMade")
    clock.advance(20)
    await stores.sweep()
    assert [ticket.id for ticket in (await store.query(Ticket)).items] == ["t3", "t4"]
    assert await store.get(Item, "a")
