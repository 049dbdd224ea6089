"""What every adapter of the store port does with records that some may read, and with parts of records."""

import asyncio
from itertools import count
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.platform.store import MAX_SKIP, AlreadyExists, Sort, Write, save
from shared.platform.store.predicates import And, Compare, Not, all_of, eq, has, has_any, matches
from tests.contracts.store_records import Line, Paper, PaperId, PaperName, Poem, PoemPart, Pulped, Stanza

ADA = ("*", "usr_ada", "ada@example.org")
_tenants = count(1)
names = st.sampled_from(["usr_ada", "ada@example.org", "usr_bob", "bob@example.org"])
papers: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    name=st.sampled_from(["a", "b", "c"]),
    shelf=st.sampled_from(["top", "low"]),
    rank=st.one_of(st.none(), st.integers(-2, 2), st.sampled_from([0.5, 1.5])),
    open=st.booleans(),
    tags=st.lists(st.sampled_from("xy"), max_size=2).map(tuple),
    given=st.lists(names, max_size=4).map(tuple),
)
filters = st.sampled_from(
    [
        And(()),
        eq("shelf", "top"),
        eq("rank", 1),
        eq("rank", None),
        eq("open", value=True),
        Compare("rank", "ge", 0),
        Compare("name", "gt", "a"),
        Compare("name", "contains", "b"),
        Not(eq("name", "a")),
        has("tags", "x"),
        eq("id", "p1"),
    ]
)
orders = st.sampled_from(
    [
        (),
        (Sort("rank", descending=True),),
        (Sort("rank"),),
        (Sort("rank"), Sort("name")),
        (Sort("name", descending=True), Sort("rank", descending=True)),
        (Sort("open"),),
    ]
)


async def kept(store, given):
    records = [Paper(id=f"p{n}", **each) for n, each in enumerate(given)]
    await asyncio.gather(*(store.commit(Write(record.id).create(record)) for record in records))
    return records


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    kept_papers=st.lists(papers, max_size=12),
    wheres=st.lists(st.lists(filters, max_size=2), min_size=1, max_size=4),
    order=orders,
    who=st.lists(st.sampled_from(ADA), min_size=1, max_size=3, unique=True),
)
async def test_readers_get_what_is_shared_with_them_each_record_once(stores, kept_papers, wheres, order, who):
    store = stores.open(f"r{next(_tenants)}")
    records = await kept(store, kept_papers)
    for where in ([], *wheres):
        mine = all_of(*where, has_any("readers", who))
        expected = {record.id for record in records if matches(mine, orjson.loads(record.encoded(store.tenant)))}
        whole = (await store.query(Paper, mine, order=order)).items
        assert {record.id for record in whole} == expected
        assert len(whole) == len(expected) == await store.count(Paper, mine)
        everything = (await store.query(Paper, order=order)).items
        assert [record.id for record in everything if record.id in expected] == [record.id for record in whole]
        pieces, after = [], None
        while True:
            page = await store.query(Paper, mine, order=order, limit=2, after=after)
            pieces += page.items
            if (after := page.after) is None:
                break
        assert pieces == list(whole)
        assert (await store.query(Paper, mine, order=order, skip=1, limit=3)).items == whole[1:4]


async def test_what_is_shared_follows_each_change_of_the_record(store):
    mine = has_any("readers", ADA)
    paper = await save(store, Paper(id="p", given=("usr_bob",)), "Made")
    assert await store.count(Paper, mine) == 0
    paper = await save(store, paper.with_(given=("usr_bob", "usr_ada")), "Shared")
    assert [each.given for each in (await store.query(Paper, mine)).items] == [("usr_bob", "usr_ada")]
    paper = await save(store, paper.with_(shelf="low"), "Moved")
    assert await store.count(Paper, all_of(mine, eq("shelf", "low"))) == 1
    await store.commit(Write("p").put(paper.with_(given=())))
    assert await store.count(Paper, mine) == 0
    paper = await store.get(Paper, "p")
    await store.commit(Write("p").delete(paper))
    again = await save(store, Paper(id="p", open=True), "Made")
    assert (await store.query(Paper, has("readers", "*"))).items == (again,)


async def test_a_transaction_that_fails_shares_nothing(store):
    await save(store, Paper(id="p"), "Made")
    with pytest.raises(Exception, match="already"):
        await store.commit(Write("p").put(Paper(id="p", open=True)).create(Paper(id="p")))
    assert await store.count(Paper, has("readers", "*")) == 0


async def test_a_record_that_becomes_another_kind_is_found_as_that_alone(store):
    paper = await save(store, Paper(id="p", open=True), "Made")
    await store.query(Pulped, has("readers", "*"))
    pulped = await save(store, Pulped(**dict(paper)), "Pulped")
    assert (await store.query(Paper, has("readers", "*"))).items == ()
    assert (await store.query(Pulped, has("readers", "*"))).items == (pulped,)
    assert (await store.get(Paper, "p"), await store.get(Pulped, "p")) == (None, pulped)
    with pytest.raises(AlreadyExists):
        await save(store, Paper(id="p"), "Made")
    again = await save(store, Paper(**dict(pulped)), "Made")
    assert (await store.query(Paper, has("readers", "*"))).items == (again,)
    assert await store.count(Pulped, has("readers", "*")) == 0


async def test_tenants_share_nothing(stores):
    await save(stores.open("one"), Paper(id="p", open=True), "Made")
    assert await stores.open("two").count(Paper, has("readers", "*")) == 0


async def test_a_part_of_a_record_has_the_fields_it_names(store):
    await kept(store, [{"name": f"{n}", "rank": n, "open": n % 2 == 0} for n in range(6)])
    where = has_any("readers", ADA)
    page = await store.query(PaperName, where, order=[Sort("rank", descending=True)], limit=2)
    assert [(part.id, part.name) for part in page.items] == [("p4", "4"), ("p2", "2")]
    rest = await store.query(PaperName, where, order=[Sort("rank", descending=True)], after=page.after)
    assert [part.name for part in rest.items] == ["0"]
    assert [part.id for part in (await store.query(PaperId, eq("shelf", "top"))).items] == [f"p{n}" for n in range(6)]
    assert await store.count(PaperId, where) == 3
    whole = await store.get(Paper, "p4")
    assert page.items[0].etag == whole.etag
    assert (await store.get(PaperName, "p4")).name == "4"


async def test_pieces_of_a_part_have_the_fields_they_name_too(store):
    lines = [{"text": "one", "notes": "long"}, {"text": "two", "notes": "longer"}]
    poem = Poem(id="a", stanza={"title": "First", "lines": lines, "notes": "long"}, author={"name": "Ada"})
    await save(store, poem, "Made")
    await save(store, Poem(id="b", stanza={"title": "Second"}), "Made")
    first, second = (await store.query(PoemPart)).items
    assert first.stanza == Stanza(title="First", lines=(Line(text="one"), Line(text="two")))
    assert first.author == {"name": "Ada"}
    assert second.stanza == Stanza(title="Second")
    assert second.author is None


async def test_a_part_of_a_record_is_never_written(store):
    await save(store, Paper(id="p", name="whole"), "Made")
    part = (await store.query(PaperName)).items[0]
    with pytest.raises(TypeError, match="whole"):
        await store.commit(Write("p").replace(part))
    assert (await store.get(Paper, "p")).name == "whole"


@pytest.mark.parametrize("skip", [MAX_SKIP + 1, 1_000_000])
async def test_nobody_skips_beyond_the_bound(store, skip):
    with pytest.raises(ValueError, match="page"):
        await store.query(Paper, skip=skip)


async def test_a_bounded_skip_may_go_beyond_the_end(store):
    await kept(store, [{"rank": n} for n in range(3)])
    assert (await store.query(Paper, skip=MAX_SKIP)).items == ()
    assert [paper.id for paper in (await store.query(Paper, order=[Sort("rank")], skip=2)).items] == ["p2"]


async def test_what_several_readers_see_is_counted_once(store):
    await kept(store, [{"shelf": "top", "given": ("usr_ada", "ada@example.org")}, {"shelf": "top"}, {"open": True}])
    assert await store.counts(Paper, "shelf", has_any("readers", ADA)) == {"top": 2}
    assert await store.counts(Paper, "shelf") == {"top": 3}
