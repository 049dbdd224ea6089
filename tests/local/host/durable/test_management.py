"""The management API through the SDK's own client, over a real connection."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import httpx
import pytest
import uvicorn
from azure.durable_functions.models.utils import http_utils
from starlette.applications import Starlette

from local.host.durable import Engine, client_binding, routes
from tests.local.host.durable.apps import Gate, activity, orchestrator, until

RUNTIME = df.OrchestrationRuntimeStatus


@orchestrator
def gated(context):
    context.set_custom_status("waiting")
    return (yield context.call_activity("gate", context.get_input()))


@orchestrator
def echo(context):
    doubled = yield context.call_activity("twice", context.get_input())
    return doubled


@activity
async def twice(value: Any) -> list[Any]:
    return [value, value]


@orchestrator
def listening(context):
    return (yield context.wait_for_external_event("go"))


@orchestrator
def failing(context):
    yield context.call_activity("twice", 0)
    raise ValueError("no luck")


@dataclass
class Hub:
    engine: Engine
    client: df.DurableOrchestrationClient
    http: httpx.AsyncClient
    gate: Gate

    async def finished(self, instance_id: str) -> Any:
        await self.engine.wait(instance_id)
        return await self.client.get_status(instance_id)


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    gate = Gate()
    functions = [gated, echo, twice, listening, failing, gate.registered()]
    async with asyncio.timeout(30), Engine(tmp_path / "durable.db", functions) as engine:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            server = uvicorn.Server(
                uvicorn.Config(Starlette(routes=routes(engine)), log_level="warning", lifespan="off")
            )
            serving = asyncio.create_task(server.serve([listener]))
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            client = df.DurableOrchestrationClient(client_binding(address, "TestHub"))
            async with httpx.AsyncClient(base_url=address + "/runtime/webhooks/durabletask") as http:
                await until(lambda: server.started)
                yield Hub(engine, client, http, gate)
            await http_utils._close_session()
            server.should_exit = True
            await serving


@pytest.mark.parametrize("value", [None, 0, "", "text", "5", [1, {"a": "ü"}], {"nested": {"b": None}}])
async def test_what_the_client_starts_gets_its_input(hub: Hub, value: Any) -> None:
    status = await hub.finished(await hub.client.start_new("echo", None, value))
    assert status.runtime_status is RUNTIME.Completed
    assert status.output == [value, value]


async def test_the_client_sees_the_status(hub: Hub) -> None:
    instance_id = await hub.client.start_new("gated", "my-id", "key")
    assert instance_id == "my-id"
    await hub.gate.arrived("key")
    running = await hub.client.get_status("my-id")
    assert running
    assert (running.name, running.instance_id, running.custom_status) == ("gated", "my-id", "waiting")
    assert running.runtime_status is RUNTIME.Running
    assert json.loads(running.input_) == "key"
    assert running.created_time is not None
    assert datetime.now(UTC) - running.created_time < timedelta(minutes=1)
    await hub.gate.open("key", {"done": True})
    assert (await hub.finished("my-id")).output == {"done": True}


async def test_an_unknown_instance_has_a_falsy_status(hub: Hub) -> None:
    assert not await hub.client.get_status("nobody")


async def test_starting_a_running_id_is_a_conflict(hub: Hub) -> None:
    await hub.client.start_new("gated", "twin", "a")
    with pytest.raises(Exception, match="already exists"):
        await hub.client.start_new("gated", "twin", "a")


async def test_starting_an_unknown_orchestrator_says_so(hub: Hub) -> None:
    with pytest.raises(Exception, match="The function 'nobody' doesn't exist"):
        await hub.client.start_new("nobody")


@pytest.mark.parametrize("data", [None, 0, "text", "5 apples", {"a": [1]}])
async def test_an_event_arrives_with_its_data(hub: Hub, data: Any) -> None:
    instance_id = await hub.client.start_new("listening")
    await hub.client.raise_event(instance_id, "go", data)
    assert (await hub.finished(instance_id)).output == data


async def test_an_event_may_be_posted_without_the_sdk(hub: Hub) -> None:
    instance_id = await hub.client.start_new("listening")
    response = await hub.http.post(f"/instances/{instance_id}/raiseEvent/go", json={"plain": True})
    assert response.status_code == 202
    assert (await hub.finished(instance_id)).output == {"plain": True}


async def test_an_event_has_to_be_json(hub: Hub) -> None:
    instance_id = await hub.client.start_new("listening")
    address = f"/instances/{instance_id}/raiseEvent/go"
    assert (await hub.http.post(address, content="x")).status_code == 400
    bad = await hub.http.post(address, content="{", headers={"content-type": "application/json"})
    assert bad.status_code == 400


async def test_events_for_the_unknown_and_the_finished_are_refused(hub: Hub) -> None:
    with pytest.raises(Exception, match="No instance with ID nobody found"):
        await hub.client.raise_event("nobody", "go")
    instance_id = await hub.client.start_new("failing")
    await hub.finished(instance_id)
    with pytest.raises(Exception, match="is gone"):
        await hub.client.raise_event(instance_id, "go")


async def test_the_client_terminates(hub: Hub) -> None:
    instance_id = await hub.client.start_new("gated", None, 1)
    await hub.client.terminate(instance_id, "because: ü & so")
    status = await hub.finished(instance_id)
    assert (status.runtime_status, status.output) == (RUNTIME.Terminated, "because: ü & so")
    await hub.client.terminate(instance_id, "again")
    with pytest.raises(Exception, match="No instance with ID 'nobody' found"):
        await hub.client.terminate("nobody", "x")


async def test_the_client_suspends_and_resumes(hub: Hub) -> None:
    instance_id = await hub.client.start_new("listening")
    await hub.client.suspend(instance_id, "wait")
    await until(lambda: hub.engine.get_status(instance_id).status == "Suspended")  # type: ignore[union-attr]  # it exists
    assert (await hub.client.get_status(instance_id)).runtime_status is RUNTIME.Suspended
    await hub.client.raise_event(instance_id, "go", 1)
    await hub.client.resume(instance_id, "on")
    assert (await hub.finished(instance_id)).output == 1


async def test_a_failure_shows_its_message(hub: Hub) -> None:
    status = await hub.finished(await hub.client.start_new("failing"))
    assert status.runtime_status is RUNTIME.Failed
    assert status.output == "Orchestrator function 'failing' failed: no luck"
    query = "?returnInternalServerErrorOnFailure=true"
    assert (await hub.http.get(f"/instances/{status.instance_id}{query}")).status_code == 500


async def test_the_history_tells_what_happened(hub: Hub) -> None:
    instance_id = await hub.client.start_new("echo", None, 1)
    await hub.finished(instance_id)
    brief: Any = vars(await hub.client.get_status(instance_id, show_history=True))["historyEvents"]
    assert [event["EventType"] for event in brief] == ["ExecutionStarted", "TaskCompleted", "ExecutionCompleted"]
    assert [event.get("FunctionName") for event in brief] == ["echo", "twice", None]
    assert all("Result" not in event for event in brief)
    full: Any = vars(await hub.client.get_status(instance_id, True, True))["historyEvents"]
    assert full[1]["Result"] == "[1, 1]"


async def test_the_client_lists_and_purges(hub: Hub) -> None:
    started = datetime.now(UTC)
    for name in ("a-1", "a-2", "b-1"):
        await hub.finished(await hub.client.start_new("echo", name, 1))
    await hub.client.start_new("listening", "a-open")
    assert len(await hub.client.get_status_all()) == 4
    completed = await hub.client.get_status_by(started, datetime.now(UTC), [RUNTIME.Completed], "a-")
    assert [status.instance_id for status in completed] == ["a-1", "a-2"]
    assert (await hub.client.purge_instance_history("a-1")).instances_deleted == 1
    assert (await hub.client.purge_instance_history("a-1")).instances_deleted == 0
    assert (await hub.client.purge_instance_history("a-open")).instances_deleted == 0
    purged = await hub.client.purge_instance_history_by(started, None, [RUNTIME.Completed])
    assert purged.instances_deleted == 2


async def test_listings_come_in_pages(hub: Hub) -> None:
    for name in ("a", "b", "c"):
        await hub.finished(await hub.client.start_new("echo", name, 1))
    first = await hub.http.get("/instances", params={"top": 2})
    token = first.headers["x-ms-continuation-token"]
    rest = await hub.http.get("/instances", params={"top": 2}, headers={"x-ms-continuation-token": token})
    assert [status["instanceId"] for status in first.json() + rest.json()] == ["a", "b", "c"]
    assert "x-ms-continuation-token" not in rest.headers


async def test_bad_queries_are_refused(hub: Hub) -> None:
    for query in ({"top": "many"}, {"createdTimeFrom": "yesterday"}):
        assert (await hub.http.get("/instances", params=query)).status_code == 400
    assert (await hub.http.post("/orchestrators/echo", content="{")).status_code == 400


async def test_a_start_may_wait_for_the_output(hub: Hub) -> None:
    response = await hub.http.post("/orchestrators/echo?timeout=10&pollingInterval=1", json=7)
    assert (response.status_code, response.json()) == (200, [7, 7])
    waiting = await hub.http.post("/orchestrators/listening?timeout=0.01")
    assert waiting.status_code == 202
    assert waiting.headers["location"] == waiting.json()["statusQueryGetUri"]


async def test_an_instance_is_restarted(hub: Hub) -> None:
    await hub.finished(await hub.client.start_new("echo", "x", 3))
    response = await hub.http.post("/instances/x/restart?restartWithNewInstanceId=false")
    assert (response.status_code, response.json()["id"]) == (202, "x")
    assert (await hub.finished("x")).output == [3, 3]
    again: Any = await hub.client.restart("x")
    assert again["id"] != "x"
    with pytest.raises(Exception, match="No instance with ID 'nobody' found"):
        await hub.client.restart("nobody")


async def test_rewinding_is_refused_as_by_storage_that_cannot(hub: Hub) -> None:
    await hub.finished(await hub.client.start_new("failing", "f"))
    with pytest.raises(Exception, match="Rewind is not supported"):
        await hub.client.rewind("f", "try")
    await hub.finished(await hub.client.start_new("echo", "x", 1))
    with pytest.raises(Exception, match="only supported on failed"):
        await hub.client.rewind("x", "try")


async def test_the_management_addresses_work(hub: Hub) -> None:
    await hub.client.start_new("listening", "x")
    urls = hub.client.create_http_management_payload("x")
    assert (await hub.http.get(urls["statusQueryGetUri"])).json()["instanceId"] == "x"
    sent = await hub.http.post(urls["sendEventPostUri"].replace("{eventName}", "go"), json="hello")
    assert sent.status_code == 202
    assert (await hub.finished("x")).output == "hello"
    assert (await hub.http.delete(urls["purgeHistoryDeleteUri"])).json() == {"instancesDeleted": 1}
