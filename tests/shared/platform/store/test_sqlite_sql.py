"""Every index that a record type declares serves its order, from the first page to the last."""

import importlib
import pkgutil
import re
import sqlite3
from itertools import product

import pytest

from shared import domains, platform
from shared.platform.store import ALL, Sort
from shared.platform.store.predicates import And, Or, eq, one_of
from shared.platform.store.records import MODELS, Index, Record
from shared.platform.store.sqlite import open_sqlite
from shared.platform.store.sqlite_indexes import index_name
from shared.platform.store.sqlite_selection import Selection, finding, serving
from shared.platform.store.sqlite_sql import bound
from tests.fakes import FakeClock

for room in (domains, platform):
    for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
        if module.name.rpartition(".")[2] in ("model", "records", "cursor", "mark", "inbox", "reservations"):
            importlib.import_module(module.name)


class Stone(Record):
    kind = "sql_stone"
    indexes = (Index("place", "-weight", "name"), Index("place"), Index("weight"))


DECLARED = [(model, index) for model in MODELS.values() for index in model.indexes]


def plan(db, text, parameters):
    rows = db.execute(f"EXPLAIN QUERY PLAN {text}", {**parameters, "limit": 10, "skip": 0}).fetchall()
    return [row[3] for row in rows]


def plans(db, selection, order, after=None):
    texts, parameters = selection.pages(order, after)
    return [plan(db, text, parameters) for text in texts]


def orders(index):
    """Each way to use an index: some fields filtered by equality, the others as order, both ways round."""
    fields = [(name.removeprefix("-"), name.startswith("-")) for name in index.fields]
    for filtered, turned in product(range(len(fields) + 1), (False, True)):
        where = And(tuple(eq(name, "x") for name, _ in fields[:filtered]))
        yield where, [Sort(name, down is not turned) for name, down in fields[filtered:]]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("plans") / "records.db"


@pytest.fixture
async def db(path):
    stores = await open_sqlite(path, FakeClock())
    await stores.close()
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


@pytest.mark.parametrize(("model", "index"), DECLARED, ids=lambda each: getattr(each, "kind", "") or str(each.fields))
def test_every_declared_index_serves_its_order(db, model, index):
    for where, order in orders(index):
        selection = Selection.of(model, "t", where, now="2026")
        chosen = serving(model, where, order)
        assert chosen
        search = f"SEARCH records USING INDEX {index_name(model, chosen)} (tenant=?" + " AND <expr>=?" * len(
            where.terms
        )
        for steps in plans(db, selection, order):
            assert steps == [f"{search})"]
        for (step,) in plans(db, selection, order, ("x",) * (len(order) + 1)):
            assert re.fullmatch(re.escape(search) + r"( AND <expr>=\?)* AND (<expr>|id)[<>]\?\)", step)


def test_a_keyset_is_sought_to_its_last_column(db):
    selection = Selection.of(Stone, "t", eq("place", "x"))
    steps = plans(db, selection, [Sort("weight", descending=True), Sort("name")], (1, "y", "id"))
    conditions = [step.split("(")[1] for (step,) in steps]
    assert conditions == [
        "tenant=? AND <expr>=? AND <expr>=? AND <expr>=? AND id>?)",
        "tenant=? AND <expr>=? AND <expr>=? AND <expr>>?)",
        "tenant=? AND <expr>=? AND <expr><?)",
    ]


def test_lists_without_an_order_go_by_the_kind(db):
    (steps,) = plans(db, Selection.of(Stone, "t", ALL), [])
    assert steps == ["SEARCH records USING INDEX records_kind (container=? AND kind=? AND tenant=?)"]


def test_an_aggregates_list_goes_by_the_index_of_aggregates(db):
    ((step,),) = plans(db, Selection.of(Stone, "t", eq("place", "x"), aggregate="a"), [], ("id",))
    assert step.endswith("records_within (container=? AND tenant=? AND aggregate=? AND kind=? AND id>?)")


def test_counting_takes_the_index_that_filters_most(db):
    both = And((eq("weight", 1), And((eq("place", "x"),))))
    assert finding(Stone, both) == Stone.indexes[0]
    assert finding(Stone, one_of("place", ["x", "y"])) == Stone.indexes[0]
    assert finding(Stone, Or((eq("place", "x"),))) is None


@pytest.mark.parametrize("where", [eq("id", "x"), one_of("id", ["x", "y"])])
def test_records_are_found_by_their_ids(db, where):
    (steps,) = plans(db, Selection.of(Stone, "t", where), [])
    assert steps[0].endswith("records_kind (container=? AND kind=? AND tenant=? AND id=?)")


def test_a_batch_is_found_by_the_index(db):
    (steps,) = plans(db, Selection.of(Stone, "t", one_of("place", ["x", "y"])), [])
    assert "(tenant=? AND <expr>=?)" in steps[0]


def test_an_order_that_no_index_serves_is_sorted():
    assert serving(Stone, ALL, [Sort("name")]) is None
    assert serving(Stone, eq("place", "x"), [Sort("name")]) is None
    assert serving(Stone, eq("place", "x"), [Sort("place"), Sort("weight"), Sort("name", descending=True)])


def test_numbers_beyond_sqlites_are_compared_as_floats():
    assert bound(2**63) == 2.0**63
    assert bound(-(10**400)) == float("-inf")
