"""An app in a temporary folder and the host that runs it."""

import asyncio
import base64
import time
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from azurefunctions.extensions.base import ModuleTrackerMeta
from azurefunctions.extensions.http.fastapi import WebApp
from fastapi import FastAPI

from local.host.host import Host

V1 = """import asyncio, time, typing
import azure.functions as func
app = func.FunctionApp(http_auth_level='ANONYMOUS')
seen = []
"""
V2 = "from azurefunctions.extensions.http.fastapi import Request, Response, JSONResponse, StreamingResponse\n" + V1


def write_app(folder: Path, source: str, host_json: str = '{"version": "2.0"}') -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "function_app.py").write_text(source)
    (folder / "host.json").write_text(host_json)
    return folder


async def until(condition: Callable[[], Any], seconds: float = 20) -> Any:
    """Wait for the condition and return its value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "what the test waits for did not happen"
        await asyncio.sleep(0.01)
    return value


def unique(prefix: str) -> str:
    """A name for a queue or container of one's own."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def encoded(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def queue_client(connection: str, name: str) -> Any:
    from azure.storage.queue import QueueClient

    return QueueClient.from_connection_string(connection, name)


def container_client(connection: str, name: str) -> Any:
    from azure.storage.blob import ContainerClient

    return ContainerClient.from_connection_string(connection, name)


def async_queue_client(connection: str, name: str) -> Any:
    from azure.storage.queue.aio import QueueClient

    return QueueClient.from_connection_string(connection, name)


def async_container_client(connection: str, name: str) -> Any:
    from azure.storage.blob.aio import ContainerClient

    return ContainerClient.from_connection_string(connection, name)


class Running:
    """A host in this process, its app's list `seen`, and an HTTP client."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.http = httpx.AsyncClient(base_url=host.url)

    @property
    def seen(self) -> list[Any]:
        seen: list[Any] = self.global_("seen")
        return seen

    def global_(self, name: str) -> Any:
        """A global of the app."""
        function = self.host.functions[0].call
        return getattr(function, "client_function", function).__globals__[name]

    async def stop(self) -> None:
        await self.http.aclose()
        await self.host.stop()


@pytest.fixture
def no_http_v2(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if nothing in this process had imported a web extension."""
    monkeypatch.setattr(ModuleTrackerMeta, "_module", None)


@pytest.fixture
def plain_extension(monkeypatch: pytest.MonkeyPatch) -> None:
    """The HTTP extension as it comes, whatever an app in this process has made of it; what a test's app makes ends."""

    def make(self: Any) -> None:
        self.web_app = FastAPI()

    def route(self: Any, func: Any) -> Any:
        methods = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"]
        return self.web_app.api_route("/{path:path}", methods=methods)(func)

    monkeypatch.setattr(WebApp, "__init__", make)
    monkeypatch.setattr(WebApp, "route", route)


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Starts a host for a source text, `V1` or `V2` before it; stops them all in the end."""
    running: list[Running] = []

    async def start(
        source: str, *, host_json: str = '{"version": "2.0"}', data: str = "data", **options: Any
    ) -> Running:
        folder = write_app(tmp_path / f"app{len(running)}", source, host_json)
        host = Host(folder, tmp_path / data, **options)
        await host.start()
        running.append(Running(host))
        return running[-1]

    yield start
    for each in running:
        await each.stop()
