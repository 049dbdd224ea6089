"""Microsoft's worker library, called as its proxy worker calls it: index, load, invoke, and its HTTP server."""

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as library
import pytest
import uvicorn

from tests.runtime.messages import protos

Data = Any
"""A TypedData message."""
PATIENCE = 60
"""Seconds after which an invocation counts as one that never ends."""


class FunctionFailed(Exception):
    """The worker reported a failure; the text is the exception's, its trace a note."""

    def __init__(self, exception: Any) -> None:
        super().__init__(exception.message)
        self.add_note(exception.stack_trace)


@dataclass(frozen=True, slots=True)
class Indexed:
    """A function as the worker tells the host of it; `bindings` are their raw JSON, the trigger first."""

    name: str
    id: str
    bindings: tuple[Mapping[str, Any], ...]

    @property
    def trigger(self) -> Mapping[str, Any]:
        return self.bindings[0]


class Server(uvicorn.Server):
    """A server that can be stopped without a signal; the newest is at hand, because the library keeps none."""

    newest: "Server"

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        type(self).newest = self

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    async def serve(self, sockets: list[Any] | None = None) -> None:
        self._task = asyncio.current_task()
        await self._serve(sockets)

    async def stop(self) -> None:
        self.should_exit = True
        if self._task is not None:
            await self._task


class Worker:
    """One app in this process, as often as there are processes: the library keeps it in its modules."""

    def __init__(self) -> None:
        self.functions: dict[str, Indexed] = {}
        self.http = ""
        self.capabilities: dict[str, str] = {}
        self.succeeded: Counter[str] = Counter()
        self._server: Server

    async def start(self, folder: Path) -> None:
        """Index and load the app of a folder; raises FunctionFailed with what the worker says."""
        library.start_threadpool_executor()
        init = protos.WorkerInitRequest(host_version="4.0", function_app_directory=str(folder))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(uvicorn, "Server", Server)
            answer = await library.worker_init_request(_wrapped("worker_init_request", init))
            _check(answer.result)
            await asyncio.sleep(0)  # the server is made in a task
        self.capabilities = dict(answer.capabilities)
        self.http = self.capabilities["HttpUri"]
        self._server = Server.newest
        await self._server.up.wait()
        metadata = protos.FunctionsMetadataRequest(function_app_directory=str(folder))
        told = await library.functions_metadata_request(_wrapped("functions_metadata_request", metadata))
        _check(told.result)
        for described in told.function_metadata_results:
            load = protos.FunctionLoadRequest(function_id=described.function_id, metadata=described)
            _check((await library.function_load_request(_wrapped("function_load_request", load))).result)
            self.functions[described.name] = _indexed(described)

    async def invoke(
        self,
        name: str,
        inputs: Mapping[str, Data],
        metadata: Mapping[str, Data] | None = None,
        invocation_id: str = "",
    ) -> Any:
        """The returned value's message, empty for none; raises FunctionFailed, or TimeoutError when it does not end."""
        invocation_id = invocation_id or new_id()
        request = protos.InvocationRequest(
            invocation_id=invocation_id,
            function_id=self.functions[name].id,
            input_data=[protos.ParameterBinding(name=key, data=data) for key, data in inputs.items()],
            trigger_metadata=dict(metadata or {}),
            trace_context=protos.RpcTraceContext(trace_parent=f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01"),
        )
        async with asyncio.timeout(PATIENCE):
            answer = await library.invocation_request(_wrapped("invocation_request", request))
        _check(answer.result)
        assert answer.invocation_id == invocation_id
        self.succeeded[name] += 1
        return answer.return_value

    async def stop(self) -> None:
        library.stop_threadpool_executor()
        await self._server.stop()


def new_id() -> str:
    return str(uuid.uuid4())


def _wrapped(name: str, request: Any) -> Any:
    """What the proxy worker hands on: the message on the stream, and what it knows itself."""
    message = protos.StreamingMessage(request_id=new_id(), **{name: request})
    return SimpleNamespace(name=name, request=message, properties={"host": "127.0.0.1", "protos": protos})


def _check(result: Any) -> None:
    if result.status != protos.StatusResult.Success:
        raise FunctionFailed(result.exception)


def _indexed(described: Any) -> Indexed:
    bindings = [json.loads(raw) for raw in described.raw_bindings]
    bindings.sort(key=lambda binding: not binding["type"].lower().endswith("trigger"))
    return Indexed(described.name, described.function_id, tuple(bindings))
