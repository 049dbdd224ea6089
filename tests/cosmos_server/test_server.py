"""The test server refuses what the service refuses, and what it does not know."""

from typing import Any

import pytest

from tests.cosmos_server.batches import carry_out
from tests.cosmos_server.containers import Container
from tests.cosmos_server.documents import Documents
from tests.cosmos_server.queries import answer
from tests.cosmos_server.refusals import Refused
from tests.cosmos_server.running import running
from tests.cosmos_server.server import KEY

DEFINITION: dict[str, Any] = {
    "id": "things",
    "partitionKey": {"paths": ["/tenantId", "/aggregateId"], "kind": "MultiHash", "version": 2},
    "indexingPolicy": {
        "includedPaths": [{"path": "/rank/?"}],
        "excludedPaths": [{"path": "/*"}],
        "compositeIndexes": [[{"path": "/rank", "order": "ascending"}, {"path": "/id", "order": "descending"}]],
    },
}


@pytest.fixture
def container():
    return Container("rid", DEFINITION)


@pytest.fixture
def documents():
    made = Documents()
    yield made
    made.db.close()


def thing(thing_id, **more):
    return {"id": thing_id, "tenantId": "t", "aggregateId": "a", **more}


def create(*things):
    return [{"operationType": "Create", "resourceBody": each} for each in things]


def ask(documents, container, sql, **parameters):
    given = [{"name": f"@{name}", "value": value} for name, value in parameters.items()]
    return answer(documents, container, ("", "FF"), {"query": sql, "parameters": given}, (0, 100)).rows


def test_a_failing_operation_undoes_those_before_it(documents, container):
    carry_out(documents, container, ["t", "a"], create(thing("1")))
    results = carry_out(documents, container, ["t", "a"], create(thing("0"), thing("1"), thing("2")))
    assert [each["statusCode"] for each in results] == [424, 409, 424]
    assert ask(documents, container, 'SELECT VALUE c["id"] FROM c') == ["1"]


def test_a_batch_stays_within_one_key_and_a_hundred_operations(documents, container):
    results = carry_out(documents, container, ["t", "b"], create(thing("1")))
    assert results[0]["statusCode"] == 400
    with pytest.raises(Refused, match="1 to 100"):
        carry_out(documents, container, ["t", "a"], create(*(thing(str(n)) for n in range(101))))


def test_undefined_is_neither_true_nor_false(documents, container):
    carry_out(documents, container, ["t", "a"], create(thing("1", rank=1), thing("2", rank="1"), thing("3")))

    def ids(where):
        return ask(documents, container, f'SELECT VALUE c["id"] FROM c WHERE {where}', one=1)

    assert ids('c["rank"] = @one') == ["1"]
    assert ids('NOT (c["rank"] = @one)') == []
    assert ids('NOT (IS_NUMBER(c["rank"]) AND c["rank"] = @one)') == ["2", "3"]
    assert ids('c["rank"] = @one OR IS_STRING(c["rank"])') == ["1", "2"]
    assert ids('IS_DEFINED(c["rank"]) AND NOT IS_NULL(c["rank"])') == ["1", "2"]


def test_an_order_goes_undefined_null_numbers_texts(documents, container):
    ranks: list[dict[str, Any]] = [{"rank": "a"}, {"rank": 2}, {"rank": None}, {}]
    carry_out(documents, container, ["t", "a"], create(*(thing(str(n), **more) for n, more in enumerate(ranks))))
    assert ask(documents, container, 'SELECT VALUE c["id"] FROM c ORDER BY c["rank"] ASC') == ["3", "2", "1", "0"]


@pytest.mark.parametrize(
    ("order", "given"),
    [
        ('c["rank"] ASC, c["id"] DESC', True),
        ('c["rank"] DESC, c["id"] ASC', True),
        ('c["rank"] ASC, c["id"] ASC', False),
        ('c["id"] DESC, c["rank"] ASC', False),
        ('c["name"] ASC', False),
    ],
)
def test_an_order_needs_its_index(documents, container, order, given):
    sql = f"SELECT * FROM c ORDER BY {order}"
    if given:
        assert ask(documents, container, sql) == []
    else:
        with pytest.raises(Refused, match="composite index"):
            ask(documents, container, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT c.id FROM c",
        "SELECT * FROM c WHERE c.rank = 1",
        'SELECT * FROM c WHERE c["rank"] != 1',
        'SELECT * FROM c WHERE LOWER(c["id"]) = "a"',
        'SELECT * FROM c WHERE c["id"] LIKE "a"',
        "SELECT * FROM c JOIN t IN c.tags",
        "SELECT DISTINCT VALUE c FROM c",
        "SELECT * FROM c WHERE @missing",
        'SELECT * FROM c WHERE FullTextContainsAny(c["id"], "a")',
        "DELETE FROM c",
        "SELECT * FROM c; DROP",
    ],
)
def test_other_sql_is_refused(documents, container, sql):
    with pytest.raises(Refused):
        ask(documents, container, sql)


def test_a_document_is_gone_when_its_time_is_over(documents, container, monkeypatch):
    carry_out(documents, container, ["t", "a"], create(thing("1", ttl=60), thing("2")))
    monkeypatch.setattr("tests.cosmos_server.documents.time.time", lambda: 4_000_000_000)
    assert ask(documents, container, 'SELECT VALUE c["id"] FROM c') == ["2"]
    assert carry_out(documents, container, ["t", "a"], create(thing("1")))[0]["statusCode"] == 201


async def test_the_sdk_is_refused_what_is_not_known():
    from azure.cosmos import PartitionKey
    from azure.cosmos.aio import CosmosClient
    from azure.cosmos.exceptions import CosmosHttpResponseError

    with running() as server:
        async with CosmosClient(server.url, KEY) as client:
            made = await client.create_database("d")
            key = PartitionKey(path=["/tenantId", "/aggregateId"], kind="MultiHash")
            things = await made.create_container("things", key, indexing_policy=DEFINITION["indexingPolicy"])
            for call in (
                lambda: things.upsert_item(thing("1")),
                lambda: things.patch_item("1", ["t", "a"], [{"op": "set", "path": "/x", "value": 1}]),
                lambda: made.create_container("plain", PartitionKey(path="/id")),
                lambda: anext(things.query_items("SELECT * FROM c", enable_scan_in_query=True)),
                lambda: anext(things.query_items("SELECT * FROM c", partition_key=["t"])),
                lambda: anext(things.read_all_items()),
            ):
                with pytest.raises(CosmosHttpResponseError) as refused:
                    await call()
                assert refused.value.status_code == 400
        stranger = CosmosClient(server.url, "d3Jvbmc=")
        with pytest.raises(CosmosHttpResponseError) as refused:
            await stranger.__aenter__()
        assert refused.value.status_code == 401
        await stranger.close()


def test_vectors_are_compared_as_their_policy_says(documents):
    policy = {"vectorEmbeddings": [{"path": "/place", "dimensions": 2}]}
    container = Container("rid", {**DEFINITION, "vectorEmbeddingPolicy": policy})
    carry_out(documents, container, ["t", "a"], create(thing("1", place=[0, 1]), thing("2", place=[1, 1]), thing("3")))
    near = 'SELECT VALUE c["id"] FROM c ORDER BY VectorDistance(c["{}"], @v)'
    assert ask(documents, container, near.format("place") + " OFFSET 0 LIMIT 5", v=[1, 0]) == ["2", "1"]
    for refused, vector in ((" OFFSET 0 LIMIT 5", [1]), ("", [1, 0])):
        with pytest.raises(Refused):
            ask(documents, container, near.format("place") + refused, v=vector)
    with pytest.raises(Refused):
        ask(documents, container, near.format("rank") + " OFFSET 0 LIMIT 5", v=[1, 0])
