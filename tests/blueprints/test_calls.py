"""What each route asks of Cosmos DB, on the test server: always of one tenant, and reads of the hot path by key."""

import re

import pytest

from shared.platform.http import Listed
from shared.platform.http.signature import answers
from shared.platform.store.tenants import SYSTEM
from tests.calls import journey
from tests.cosmos_server.databases import a_database
from tests.cosmos_server.running import running
from tests.cosmos_server.server import KEY
from tests.hub import a_hub
from tests.world import ROUTES, name_of

TENANT = re.compile(r'WHERE c\["tenantId"\] = @(p\d+|tenant) AND ')
MOST_READS = 3
"""To get one thing: the account, the record, and what decides who may see it."""


@pytest.fixture
async def seen(tmp_path):
    """The calls of each route's requests, and what the server was asked."""
    with running() as server, a_database(server.url, KEY) as chosen:
        given = {name: getattr(chosen, name) for name in ("store", "cosmos_endpoint", "cosmos_key", "cosmos_database")}
        async with a_hub(tmp_path, **given) as hub:
            return (await journey(hub)).seen


async def test_every_route_asks_within_one_tenant_and_gets_things_by_key(seen):
    assert set(seen) == {name_of(route) for route in ROUTES}
    for name, requests in seen.items():
        for call in (call for calls in requests for call in calls):
            assert call.operation in {"point read", "query", "batch"}, (name, call)
            assert call.scope[0] in {"default", SYSTEM}, (name, call)
            assert bool(call.query) == (call.operation == "query"), (name, call)
            assert not call.query or TENANT.search(call.query), (name, call)
    hot = {name_of(route): queries for route in ROUTES if (queries := most_queries(route)) is not None}
    assert len(hot) > 5
    for name, queries in hot.items():
        for calls in seen[name]:
            asked = [call.operation for call in calls]
            assert asked.count("query") <= queries, (name, calls)
            assert asked.count("point read") == len(asked) - asked.count("query") <= MOST_READS, (name, calls)


def most_queries(route):
    """What its declaration says that a request may ask beside reads by key: to get one thing nothing else."""
    gets_one = route.method == "GET" and route.signature.path and answers(route.signature.answer)[0] is not Listed
    return 0 if gets_one and route.queries is None else route.queries
