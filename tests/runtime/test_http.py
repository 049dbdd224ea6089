"""HTTP through the worker's own server: what is ours, what is refused, and that nothing waits for ever."""

import asyncio

import pytest
from azure_functions_runtime.http_v2 import http_coordinator

from tests.runtime.worker import FunctionFailed

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_documentation_is_ours(hub):
    assert "Event Hub" in (await hub.app.client.get("/docs")).text
    document = (await hub.app.client.get("/openapi.json")).json()
    assert document["info"]["title"] == "Event Hub"


async def test_pages_of_the_extension_are_no_routes(hub):
    for path in ("/redoc", "/docs/oauth2-redirect"):
        answer = await hub.app.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "route.not_found")


async def test_a_wrong_method_is_told_the_right_ones(hub):
    answer = await hub.app.client.delete("/health")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert (await hub.app.client.head("/health")).content == b""


async def test_an_encoded_parameter_arrives_decoded_once(hub):
    signed_in = await hub.app.signed_in()
    answer = await hub.app.client.get("/v1/events/%25C3%25A9", headers=signed_in)
    assert answer.json()["code"] == "event.not_found"


async def test_an_answered_request_leaves_nothing_with_the_worker(hub):
    await hub.app.client.get("/health")
    assert http_coordinator._context_references == {}


async def test_a_request_with_an_invocation_id_of_its_own_is_refused_and_ends_its_invocation(hub):
    transport = hub.app.client._transport
    async with asyncio.timeout(20):
        answer = await hub.app.client.get("/health", headers={"x-ms-invocation-id": "mine"})
        assert (answer.status_code, answer.json()["code"]) == (400, "request.invocation_id")
        assert answer.headers["x-content-type-options"] == "nosniff"
        with pytest.raises(FunctionFailed):
            await transport.invocation
    assert (await hub.app.client.get("/health")).status_code == 200
