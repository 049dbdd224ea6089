"""The host's side: routing and forwarding, the triggers' sources, and the durable engine (the local host's)."""

import asyncio
import base64
import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette

from local.host.durable import Engine, Kind, Registered, client_binding, routes
from local.host.durable.queries import UNFINISHED, Filter
from shared.platform.opened import platform
from tests.runtime import payloads
from tests.runtime.worker import FunctionFailed, Indexed, Server, Worker, new_id

HEADER = "x-ms-invocation-id"
KINDS = {"orchestrationTrigger": Kind.ORCHESTRATOR, "activityTrigger": Kind.ACTIVITY}


class Forwarding(httpx.AsyncBaseTransport):
    """Does with a request what the host does: finds the function, starts its invocation, and forwards the request.

    Functions are asked in the order of their names in capitals, and the first whose route and method fit is it.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        functions = sorted(worker.functions.values(), key=lambda function: function.name.upper())
        routed = [function for function in functions if function.trigger["type"] == "httpTrigger"]
        self._routes = [(_pattern(function.trigger["route"]), function) for function in routed]
        self._client = httpx.AsyncClient(base_url=worker.http, timeout=60)
        self.invocation: asyncio.Task[Any]
        """The invocation of the newest request."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        function, params = self._find(request)
        invocation_id = new_id()
        inputs = {function.trigger["name"]: payloads.http(params)}
        self.invocation = asyncio.create_task(self._worker.invoke(function.name, inputs, {}, invocation_id))
        headers = {HEADER: invocation_id, **{name.lower(): value for name, value in request.headers.items()}}
        response = await self._client.request(
            request.method, request.url.raw_path.decode(), headers=headers, content=await request.aread()
        )
        with contextlib.suppress(FunctionFailed):  # the client's answer tells of it
            await self.invocation
        return response

    async def aclose(self) -> None:
        await self._client.aclose()

    def _find(self, request: httpx.Request) -> tuple[Indexed, Mapping[str, str]]:
        for pattern, function in self._routes:
            match = pattern.fullmatch(request.url.path)
            if match is not None and request.method in function.trigger["methods"]:
                return function, {name: value for name, value in match.groupdict().items() if value is not None}
        raise AssertionError(f"no function takes {request.method} {request.url.path}")


def _pattern(route: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\*?)(\w+)\}", route)
    pattern = re.escape(parts[0])
    for rest, name, literal in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        pattern += f"(?P<{name}>{'.*' if rest else '[^/]+'})" + re.escape(literal)
    return re.compile("/" + pattern, re.IGNORECASE)


class Host:
    """Hands the worker what happened since, when told to: changes, messages, uploads, timers, orchestrations."""

    def __init__(self, worker: Worker, data: Path, connection: str) -> None:
        self.worker = worker
        self.connection = connection
        self._data = data
        self._position: str | None = None
        self._seen: set[tuple[str, str]] = set()
        self._engine: Engine
        self._client = ""

    def of(self, trigger: str) -> list[Indexed]:
        """The functions of a trigger type."""
        return [each for each in self.worker.functions.values() if each.trigger["type"] == trigger]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Host"]:
        loop = asyncio.get_running_loop()
        durable = [self._registered(each, loop) for kind in KINDS for each in self.of(kind)]
        async with Engine(self._data / "durable.db", durable) as engine, _served(engine) as url:
            self._engine, self._client = engine, client_binding(url, "EventHub")
            yield self
        from azure.durable_functions.models.utils import http_utils

        await http_utils._close_session()

    async def step(self) -> bool:
        """Hand on all that happened; whether there was anything."""
        moved = [await self._feed(), await self._queues(), await self._blobs(), await self._orchestrations()]
        return any(moved)

    async def timers(self) -> None:
        """Let every timer fire."""
        for function in self.of("timerTrigger"):
            await self._invoke(function, payloads.timer())

    async def _invoke(self, function: Indexed, payload: payloads.Payload) -> Any:
        value, metadata = payload
        inputs = {function.trigger["name"]: value}
        for binding in function.bindings[1:]:
            assert binding["type"] == "durableClient", binding
            inputs[binding["name"]] = payloads.text(self._client)
        return await self.worker.invoke(function.name, inputs, metadata)

    async def _feed(self) -> bool:
        found, self._position = await (await platform().stores()).log.read(self._position, 100)
        if found:
            for function in self.of("cosmosDBTrigger"):
                await self._invoke(function, payloads.documents([dict(each) for each in found]))
        return bool(found)

    async def _queues(self) -> bool:
        from azure.core.exceptions import ResourceNotFoundError
        from azure.storage.queue.aio import QueueClient

        moved = False
        for function in self.of("queueTrigger"):
            async with QueueClient.from_connection_string(self.connection, function.trigger["queueName"]) as queue:
                with contextlib.suppress(ResourceNotFoundError):
                    async for message in queue.receive_messages():
                        body = base64.b64decode(message.content).decode()
                        await self._invoke(function, payloads.queue_message(message, body))
                        await queue.delete_message(message)
                        moved = True
        return moved

    async def _blobs(self) -> bool:
        from azure.core.exceptions import ResourceNotFoundError
        from azure.storage.blob.aio import BlobServiceClient

        moved = False
        async with BlobServiceClient.from_connection_string(self.connection) as service:
            for function in self.of("blobTrigger"):
                container = service.get_container_client(function.trigger["path"].partition("/")[0])
                with contextlib.suppress(ResourceNotFoundError):
                    for found in [each async for each in container.list_blobs(include=["metadata"])]:
                        if (found.name, found.etag) not in self._seen:
                            self._seen.add((found.name, found.etag))
                            await self._blob(function, container, found)
                            moved = True
        return moved

    async def _blob(self, function: Indexed, container: Any, found: Any) -> None:
        reference = function.trigger.get("properties", {}).get("SupportsDeferredBinding", False)
        content = None if reference else await (await container.download_blob(found.name)).readall()
        await self._invoke(function, payloads.blob(function.trigger, container.url, found, content))

    async def _orchestrations(self) -> bool:
        going = self._engine.list_instances(Filter(statuses=tuple(UNFINISHED)))
        async with asyncio.timeout(120):
            for instance in going:
                await self._engine.wait(instance.id)
        return bool(going)

    def _registered(self, function: Indexed, loop: asyncio.AbstractEventLoop) -> Registered:
        name, parameter = function.name, function.trigger["name"]

        def orchestrate(context: str) -> Any:
            """The engine replays in a thread; the worker lives on the loop."""
            call = self.worker.invoke(name, {parameter: payloads.orchestration(context)})
            return asyncio.run_coroutine_threadsafe(call, loop).result().json

        async def act(**given: Any) -> Any:
            answer = await self.worker.invoke(name, {parameter: payloads.given(given[parameter])})
            return payloads.loaded(answer)

        kind = KINDS[function.trigger["type"]]
        return Registered(name, kind, parameter, orchestrate if kind is Kind.ORCHESTRATOR else act)


@contextlib.asynccontextmanager
async def _served(engine: Engine) -> AsyncIterator[str]:
    """The engine's management API, at the address of the host."""
    config = uvicorn.Config(Starlette(routes=routes(engine)), port=0, log_config=None, lifespan="off")
    server = Server(config)
    serving = asyncio.create_task(server.serve())
    await server.up.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    await server.stop()
    await serving
