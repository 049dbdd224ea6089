"""What is sent to Cosmos DB: bare comparisons that an index serves, guards only where they are needed."""

from typing import ClassVar

import pytest

from shared.platform.store import Sort
from shared.platform.store.cosmos_sql import Compiler, Selection, composite
from shared.platform.store.predicates import ALL, And, Compare, Has, In, Not, Or, eq, has
from shared.platform.store.records import Index, Record


class Lamp(Record):
    kind: ClassVar[str] = "cosmos_sql_lamp"
    indexes: ClassVar[tuple[Index, ...]] = (Index("status", "-made"), Index("made"))


def sql(predicate):
    return Compiler().sql(predicate)


def ordering(where=ALL, *order):
    text = Selection(Lamp, "t", None, where, None).page(order, None, 10).text
    return text.partition(" ORDER BY ")[2].partition(" OFFSET")[0].replace('c["', "").replace('"]', "")


@pytest.mark.parametrize(
    ("predicate", "text"),
    [
        (eq("a", "x"), 'c["a"] = @p0'),
        (eq("a.b", 1), 'c["a"]["b"] = @p0'),
        (eq("a", None), '(NOT IS_DEFINED(c["a"]) OR IS_NULL(c["a"]))'),
        (Compare("a", "ne", 1), 'NOT ((IS_NUMBER(c["a"]) AND c["a"] = @p0))'),
        (Compare("a", "gt", 1), 'c["a"] > @p0'),
        (Compare("a", "gt", None), "false"),
        (Compare("a", "startswith", "x"), 'STARTSWITH(c["a"], @p0)'),
        (Compare("a", "contains", 1), "false"),
        (Not(Compare("a", "endswith", "x")), 'NOT ((IS_STRING(c["a"]) AND ENDSWITH(c["a"], @p0)))'),
        (In("a", ("x", "y")), 'c["a"] IN (@p0, @p1)'),
        (In("a", ("x", True)), '(c["a"] = @p0) OR (c["a"] = @p1)'),
        (In("a", ()), "false"),
        (has("a", "x"), '(IS_ARRAY(c["a"]) AND ARRAY_CONTAINS(c["a"], @p0))'),
        (
            Has("a", Compare("b", "lt", 2)),
            '(IS_ARRAY(c["a"]) AND EXISTS(SELECT VALUE e1 FROM e1 IN c["a"] WHERE e1["b"] < @p0))',
        ),
        (And(()), "true"),
        (Or(()), "false"),
    ],
)
def test_a_predicate_is_written_so(predicate, text):
    assert sql(predicate) == text


def test_every_query_begins_with_its_tenant_and_kind():
    query = Selection(Lamp, "t", "a", ALL, "now").count()
    assert query.text.startswith('SELECT VALUE COUNT(1) FROM c WHERE c["tenantId"] = @p0 AND c["kind"] = @p1 AND ')
    assert [each["value"] for each in query.parameters] == ["t", "cosmos_sql_lamp", "a", "now"]


def test_an_order_is_that_of_an_index_forwards_or_backwards():
    lit = eq("status", "lit")
    assert ordering(lit, Sort("made")) == "tenantId DESC, kind DESC, status DESC, made ASC, id ASC"
    assert ordering(lit, Sort("made", descending=True)) == "tenantId ASC, kind ASC, status ASC, made DESC, id DESC"
    assert ordering(ALL, Sort("made")) == "tenantId ASC, kind ASC, made ASC, id ASC"
    assert ordering(ALL, Sort("made", descending=True)) == "tenantId DESC, kind DESC, made DESC, id DESC"
    assert ordering(ALL) == "tenantId ASC, kind ASC, id ASC"


def test_an_order_that_no_index_gives_is_left_to_the_caller():
    assert ordering(ALL, Sort("status"), Sort("made")) == ""
    assert not Selection(Lamp, "t", None, ALL, None).page([Sort("status")], None, 10).ordered


def test_a_page_behind_a_keyset_is_bounded_for_the_index():
    query = Selection(Lamp, "t", None, ALL, None).page([Sort("made")], ("m", "i"), 10)
    assert 'AND ((c["made"] >= @p' in query.text
    assert {"m", "i"} <= {each["value"] for each in query.parameters}


def test_the_id_goes_in_the_direction_of_the_last_field():
    assert composite(Index("a", "-b"))[-1] == ("id", True)
    assert composite(Index())[-1] == ("id", False)
