"""The store against its models: predicates against `matches`, histories against a dictionary."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.platform.store import AlreadyExists, Change, Sort, Stale, Write
from shared.platform.store.predicates import And, Compare, Has, In, Not, Or, matches
from tests.contracts.store_records import Free, Item

quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
_tenants = count(1)

texts = st.one_of(
    st.text(alphabet="aAéß%_'\"\\🙂\uffff[{ ", max_size=4), st.sampled_from(["[]", "{}", "[1]", '{"a":1}', "1", "true"])
)
numbers = st.one_of(
    st.integers(-3, 3), st.integers(1 - 2**53, 2**53 - 1), st.integers(-400, 400).map(lambda quarters: quarters / 4)
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
names = st.sampled_from("abc")
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=8,
)
documents = st.dictionaries(names, values, max_size=3)
OPERATORS = ("eq", "ne", "gt", "ge", "lt", "le", "startswith", "endswith", "contains")


def predicates(fields: st.SearchStrategy[str], depth: int) -> st.SearchStrategy[Any]:
    compare = st.builds(Compare, fields, st.sampled_from(OPERATORS), scalars)
    leaves = [compare, st.builds(In, fields, st.lists(scalars, max_size=3).map(tuple))]
    if depth == 0:
        return st.one_of(leaves)
    terms = st.lists(st.deferred(lambda: predicates(fields, depth - 1)), max_size=3).map(tuple)
    return st.one_of(
        *leaves,
        st.builds(Has, fields, predicates(inside, depth - 1)),
        st.builds(And, terms),
        st.builds(Or, terms),
        st.builds(Not, predicates(fields, depth - 1)),
    )


paths = st.lists(names, min_size=1, max_size=3).map(".".join)
inside = st.one_of(st.just(""), paths)
trees = predicates(st.one_of(paths.map("data.{}".format), st.sampled_from(["id", "kind"])), 3)


@quick
@given(data=st.lists(documents, min_size=1, max_size=8), wheres=st.lists(trees, min_size=1, max_size=12))
async def test_a_predicate_finds_exactly_what_matches(stores, data, wheres):
    store = stores.open(f"p{next(_tenants)}")
    records = [Free(id=f"{n}", data=each) for n, each in enumerate(data)]
    await asyncio.gather(*(store.commit(Write(record.id).create(record)) for record in records))
    for where in wheres:
        found = await store.query(Free, where)
        expected = [record.id for record in records if matches(where, orjson.loads(record.encoded(store.tenant)))]
        assert [record.id for record in found.items] == expected, where
        assert await store.count(Free, where) == len(expected)


@dataclass
class Memory:
    """What a store should hold: the simplest thing that could be right."""

    records: dict[tuple[str, str], Any] = field(default_factory=dict)
    changes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def commit(self, write: Write, etags: list[str]) -> None:
        """Apply, or raise what a store raises and change nothing."""
        records = dict(self.records)
        for operation, etag in zip(write.operations, etags, strict=True):
            record = operation.record
            key = (write.aggregate, record.id)
            there = records.get(key)
            if operation.verb == "create" and there:
                raise AlreadyExists
            if operation.verb in ("replace", "delete") and (there is None or there.etag != record.etag):
                raise Stale
            records[key] = record.with_(etag=etag)
            if operation.verb == "delete":
                del records[key]
        self.records = records
        self.changes[write.aggregate] += [event.type for event in write.events]


verbs = st.sampled_from(["create", "replace", "put", "delete"])
operations = st.tuples(verbs, st.sampled_from("pq"), st.one_of(st.none(), st.integers(0, 2)), st.booleans())
transactions = st.tuples(st.sampled_from("xyz"), st.lists(operations, min_size=1, max_size=4), st.integers(0, 2))


def written(memory: Memory, aggregate: str, steps: list[Any], events: int) -> Write:
    """A transaction with ETags that are current, or else outdated."""
    write = Write(aggregate)
    for verb, record_id, rank, current in steps:
        there = memory.records.get((aggregate, record_id))
        etag = there.etag if there and current else "outdated"
        getattr(write, verb)(Item(id=record_id, home=aggregate, rank=rank, etag=etag))
    for number in range(events):
        write.change(f"Event{number}", f"x/{aggregate}")
    return write


@quick
@given(history=st.lists(transactions, max_size=12))
async def test_any_history_leaves_what_a_dictionary_would_hold(stores, others, history):
    tenant = f"h{next(_tenants)}"
    sides = [stores.open(tenant), others.open(tenant)]
    memory = Memory()
    for number, (aggregate, steps, events) in enumerate(history):
        write = written(memory, aggregate, steps, events)
        try:
            saved = await sides[number % 2].commit(write)
        except (AlreadyExists, Stale) as refusal:
            with pytest.raises(type(refusal)):
                memory.commit(write, ["" for _ in steps])
        else:
            memory.commit(write, [record.etag for record in saved])
    await assert_same(sides[0], memory)


async def assert_same(store: Any, memory: Memory) -> None:
    for aggregate in "xyz":
        expected = sorted((item for item in memory.records.values() if item.home == aggregate), key=lambda i: i.id)
        assert list((await store.query(Item, aggregate=aggregate)).items) == expected
        changes = (await store.query(Change, aggregate=aggregate)).items
        assert [change.event_type for change in changes] == memory.changes[aggregate]
        assert [change.sequence for change in changes] == list(range(1, len(changes) + 1))


sortable = st.sampled_from(["rank", "name", "colour"])


@quick
@given(
    rows=st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 2)), texts, st.sampled_from("rb")), max_size=12),
    order=st.lists(st.tuples(sortable, st.booleans()), max_size=3, unique_by=lambda sort: sort[0]),
    limit=st.integers(1, 5),
)
async def test_any_order_pages_as_sorting_would(stores, rows, order, limit):
    store = stores.open(f"o{next(_tenants)}")
    items = [Item(id=f"{n}", rank=rank, name=name, colour=c) for n, (rank, name, c) in enumerate(rows)]
    await asyncio.gather(*(store.commit(Write(item.id).create(item)) for item in items))
    down = order[-1][1] if order else False
    expected = sorted((item.id for item in items), reverse=down)
    by_id = {item.id: item for item in items}
    for name, descending in reversed(order):
        expected.sort(key=lambda each: _sort_key(getattr(by_id[each], name)), reverse=descending)
    found, after = [], None
    while True:
        page = await store.query(
            Item, order=[Sort(name, descending) for name, descending in order], limit=limit, after=after
        )
        found += [item.id for item in page.items]
        if (after := page.after) is None:
            break
    assert found == expected


def _sort_key(value: Any) -> Any:
    return (value is not None, [ord(letter) for letter in value] if isinstance(value, str) else value or 0)
