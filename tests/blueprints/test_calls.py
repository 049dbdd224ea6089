"""What each route asks of Cosmos DB, on the test server: always of one tenant, and reads of the hot path by key."""

import re

import pytest

from blueprints.surface import surface
from shared.platform.store.tenants import SYSTEM
from tests.calls import journey, listen, name_of
from tests.cosmos_server.databases import a_database
from tests.cosmos_server.running import running
from tests.cosmos_server.server import KEY
from tests.hub import a_hub

TENANT = re.compile(r'WHERE c\["tenantId"\] = @p\d+ AND ')
WITHOUT_RECORDS = {"GET /health", "GET /docs", "GET /openapi.json"}
POINT_READS = {
    "GET /v1/me": 2,
    "GET /v1/jobs/{job_id}": 2,
    "GET /v1/knowledge/{artifact_id}": 3,
    "GET /v1/knowledge/{artifact_id}/evidence/{n}": 3,
}
"""Routes that only read by key, and how often: the account, the record, and what decides who may see it."""
POINT_READS_AND = {
    "GET /v1/events/{event_id}": 'SELECT VALUE COUNT(1) FROM c WHERE c["tenantId"] = @p0 AND c["kind"] = @p1',
    "GET /v1/projects/{project_id}": 'SELECT * FROM c WHERE c["tenantId"] = @p0 AND c["kind"] = @p1',
}
"""Routes that also ask one question: how many projects an event has, which artifacts a project has."""


@pytest.fixture
async def seen(tmp_path):
    """The calls of each route's requests, and what the server was asked."""
    with running() as server, a_database(server.url, KEY) as chosen:
        given = {name: getattr(chosen, name) for name in ("store", "cosmos_endpoint", "cosmos_key", "cosmos_database")}
        async with a_hub(tmp_path, **given) as hub:
            routes = listen(hub)
            await journey(hub)
    return routes.seen


async def test_every_route_asks_within_one_tenant_and_the_hot_reads_by_key(seen):
    routes = {name_of(route) for route in surface.routes if route.method != "ANY"}
    assert set(seen) == routes - WITHOUT_RECORDS, "add a new route to the journey of tests/calls.py"
    for name, requests in seen.items():
        for call in (call for calls in requests for call in calls):
            assert call.operation in {"point read", "query", "batch"}, (name, call)
            assert call.scope[0] in {"default", SYSTEM}, (name, call)
            assert bool(call.query) == (call.operation == "query"), (name, call)
            assert not call.query or TENANT.search(call.query), (name, call)
    for name, number in POINT_READS.items():
        assert [call.operation for call in seen[name][-1]] == ["point read"] * number, name
    for name, question in POINT_READS_AND.items():
        *reads, asked = sorted(seen[name][-1], key=lambda call: call.query)
        assert {call.operation for call in reads} == {"point read"}, name
        assert asked.query.startswith(question), name
