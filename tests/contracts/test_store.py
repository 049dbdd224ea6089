"""What every adapter of the store port does with records."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.platform.store import (
    MAX_BYTES,
    MAX_OPERATIONS,
    AlreadyExists,
    Change,
    Origin,
    Sort,
    Stale,
    TooLarge,
    Write,
    every,
    save,
)
from shared.platform.store.predicates import Compare, Has, eq, has, one_of
from shared.platform.store.records import Unstorable, instant
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


@pytest.mark.parametrize("bad", ["a/b", "a\\b", "a?b", "a#b", "", "a\nb"])
async def test_ids_that_some_database_refuses_are_refused(store, bad):
    with pytest.raises(ValueError, match="cannot be"):
        await store.commit(Write("home").create(Item(id=bad, home="home")))


@pytest.mark.parametrize("value", ["a\0b", "\ud800", 2**70])
async def test_what_some_database_would_change_is_refused(store, value):
    with pytest.raises(Unstorable):
        await store.commit(Write("a").create(Free(id="a", data={"x": value})))


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


async def test_times_are_stored_so_that_their_text_is_in_order(store):
    moments = [
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, microsecond=1, tzinfo=UTC),
        datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=1))),
        datetime(2026, 1, 1, 1, 30),  # noqa: DTZ001 -- a naive one is taken as UTC
    ]
    for n, moment in enumerate(moments):
        await save(store, Item(id=f"{n}", made=moment), "ItemMade")
    page = await store.query(Item, order=[Sort("made")])
    assert [item.id for item in page.items] == ["0", "1", "2", "3"]
    later = await store.query(Item, Compare("made", "ge", instant(moments[2])), order=[Sort("made", descending=True)])
    assert [item.id for item in later.items] == ["3", "2"]


async def test_nulls_come_first_and_ties_go_by_id_in_the_last_direction(store):
    for n, rank in enumerate([2, None, 1, 2, None]):
        await save(store, Item(id=f"{n}", rank=rank), "ItemMade")
    up = await store.query(Item, order=[Sort("rank")])
    down = await store.query(Item, order=[Sort("rank", descending=True)])
    assert [item.id for item in up.items] == ["1", "4", "2", "0", "3"]
    assert [item.id for item in down.items] == ["3", "0", "2", "4", "1"]


@pytest.mark.parametrize("descending", [False, True])
async def test_pages_are_the_list_in_pieces(store, descending):
    for n in range(30):
        rank = [None, 1, 2][n % 3]
        await save(store, Item(id=f"{n:02}", rank=rank, name="ab"[n % 2], colour="red" if n % 5 else "blue"), "Made")
    for where in (eq("colour", "red"), Compare("colour", "ne", "blue"), eq("rank", None)):
        for order in ([], [Sort("rank", descending)], [Sort("rank", not descending), Sort("name", descending)]):
            whole = (await store.query(Item, where, order=order)).items
            pieces, after = [], None
            while True:
                page = await store.query(Item, where, order=order, limit=4, after=after)
                pieces += page.items
                if (after := page.after) is None:
                    break
            assert pieces == list(whole)
            assert len(whole) == await store.count(Item, where)
            assert (await store.query(Item, where, order=order, skip=3, limit=5)).items == whole[3:8]


async def test_records_are_found_by_their_ids(store):
    for n in range(5):
        await save(store, Item(id=f"{n}", rank=-n), "ItemMade")
    order = [Sort("rank")]
    assert [item.id for item in (await store.query(Item, one_of("id", ["3", "1", "x"]), order=order)).items] == [
        "3",
        "1",
    ]
    assert [item.id for item in (await store.query(Item, eq("id", "2"), order=[Sort("id")])).items] == ["2"]
    ids = [Sort("id", descending=True)]
    page = await store.query(Item, order=ids, limit=2)
    rest = await store.query(Item, order=ids, after=page.after)
    assert [item.id for item in (*page.items, *rest.items)] == ["4", "3", "2", "1", "0"]


async def test_a_page_that_is_exactly_full_is_the_last(store):
    for n in range(4):
        await save(store, Item(id=f"{n}"), "ItemMade")
    assert (await store.query(Item, limit=4)).after is None
    assert (await store.query(Item, limit=3)).after == ("2",)
    assert (await store.query(Item, skip=4)).items == ()


@pytest.mark.parametrize("page", [{"limit": 0}, {"limit": 1001}, {"skip": -1}, {"skip": 1, "after": ("a",)}])
async def test_impossible_pages_are_mistakes(store, page):
    with pytest.raises(ValueError, match="page"):
        await store.query(Item, **page)


async def test_a_keyset_of_another_order_is_a_mistake(store):
    with pytest.raises(ValueError, match="keyset"):
        await store.query(Item, order=[Sort("rank")], after=("a",))


async def test_paging_while_others_write_neither_repeats_nor_loses_what_stays(store):
    stable = [Item(id=f"s{n:03}", rank=n % 7) for n in range(60)]
    for item in stable:
        await save(store, item, "ItemMade")
    stop = asyncio.Event()

    async def disturb():
        number = 0
        while not stop.is_set():
            number += 1
            saved = await save(store, Item(id=f"d{number % 9}-{number}", rank=number % 7), "ItemMade")
            await store.commit(Write(saved.id).delete(saved))

    disturbing = asyncio.create_task(disturb())
    seen, after = [], None
    while True:
        page = await store.query(Item, order=[Sort("rank", descending=True)], limit=5, after=after)
        seen += [item.id for item in page.items]
        if (after := page.after) is None:
            break
    stop.set()
    await disturbing
    assert len(seen) == len(set(seen))
    assert {item.id for item in stable} <= set(seen)


async def test_every_walks_over_all_pages(store):
    await asyncio.gather(*(store.commit(Write(f"{n}").create(Item(id=f"{n}", rank=n))) for n in range(1100)))
    ranks = [item.rank async for item in every(store, Item, order=[Sort("rank")])]
    assert ranks == list(range(1100))


async def test_quotes_and_wildcards_are_themselves(store):
    for n, name in enumerate(["100%", "100x", "a_b", "axb", "it's", 'say "x"', "", "\\"]):
        await save(store, Item(id=f"{n}", name=name), "ItemMade")

    async def found(where):
        return {item.name for item in (await store.query(Item, where)).items}

    assert await found(Compare("name", "contains", "%")) == {"100%"}
    assert await found(Compare("name", "startswith", "a_")) == {"a_b"}
    assert await found(Compare("name", "endswith", "'s")) == {"it's"}
    assert await found(eq("name", 'say "x"')) == {'say "x"'}
    assert await found(one_of("name", ["", "it's", "\\"])) == {"", "it's", "\\"}
    assert await found(eq("name", "x' OR '1'='1")) == set()


async def test_collections_are_searched_inside(store):
    await store.commit(Write("a").create(Free(id="a", data={"tags": ["x", "y"], "team": [{"name": "Ada", "age": 36}]})))
    await store.commit(Write("b").create(Free(id="b", data={"tags": [], "team": [{"name": "Ada"}, {"age": 36}]})))

    async def found(where):
        return [record.id for record in (await store.query(Free, where)).items]

    adult = Compare("age", "gt", 30)
    assert await found(has("data.tags", "y")) == ["a"]
    assert await found(Has("data.team", eq("name", "Ada"))) == ["a", "b"]
    assert await found(Has("data.team", adult)) == ["a", "b"]
    assert await found(has("data.nothing", None)) == []


@pytest.mark.parametrize("name", ["a b", "x'", 'x"', "a..b", "a.1b", "$"])
async def test_a_field_is_a_name(store, name):
    with pytest.raises(ValueError, match="no field"):
        await store.query(Item, eq(name, 1))
