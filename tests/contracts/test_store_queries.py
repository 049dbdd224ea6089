"""What every adapter of the store port does with lists: filters, orders, pages."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest

from shared.platform.store import Change, Sort, Write, every, save
from shared.platform.store.predicates import Compare, Has, Not, eq, has, one_of
from shared.platform.store.records import instant
from tests.contracts.store_records import Free, Item


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


async def test_pages_lose_nothing_of_aggregates_that_share_ids_when_the_order_tells_them_apart(store, clock):
    homes = [f"home-{n}" for n in range(7)]
    for home in homes:
        await store.commit(
            Write(home)
            .create(Item(id="same", home=home, made=clock.now()))
            .change("Made", "item/same")
            .change("Seen", "item/same")
        )
    items = await pages(store, Item, [Sort("made"), Sort("home")])
    assert [item.home for item in items] == homes
    changes = await pages(store, Change, [Sort("occurredAt"), Sort("aggregate")])
    assert [(change.aggregate, change.sequence) for change in changes] == [(home, n) for home in homes for n in (1, 2)]


async def pages(store, model, order):
    """All records, three by three."""
    found, after = [], None
    while True:
        page = await store.query(model, order=order, limit=3, after=after)
        found += page.items
        if (after := page.after) is None:
            return found


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


async def test_counts_are_those_of_each_value_and_of_what_matches(store):
    for n, colour in enumerate(["red", "blue", "red", "green", "red", ""]):
        await save(store, Item(id=f"{n}", colour=colour, rank=n % 2, home="" if n % 3 else "home"), "ItemMade")
    assert await store.counts(Item, "colour") == {"red": 3, "blue": 1, "green": 1}
    assert await store.counts(Item, "colour", one_of("colour", ["red", "black"])) == {"red": 3}
    assert await store.counts(Item, "colour", eq("rank", 1)) == {"blue": 1, "green": 1}


async def test_counts_are_of_one_tenant_and_only_of_texts(store, stores):
    await save(store, Item(id="a", rank=1), "ItemMade")
    await save(stores.open("other"), Item(id="b", colour="blue"), "ItemMade")
    assert await store.counts(Item, "colour") == {"red": 1}
    assert await store.counts(Item, "rank") == {}
    assert await store.counts(Item, "made") == {}


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


async def test_a_text_may_be_one_of_an_enum(store):
    for name, colour in (("a", "red"), ("b", "blue"), ("c", "black")):
        await save(store, Item(id=name, colour=colour), "ItemMade")
    for where, found in (
        (eq("colour", Colour.RED), ["a"]),
        (one_of("colour", tuple(Colour)), ["a", "b"]),
        (Not(one_of("colour", tuple(Colour))), ["c"]),
        (Compare("colour", "ne", Colour.RED), ["b", "c"]),
        (Not(Compare("colour", "gt", Colour.BLUE)), ["b", "c"]),
    ):
        assert [item.id for item in (await store.query(Item, where)).items] == found
        assert await store.count(Item, where) == len(found)
