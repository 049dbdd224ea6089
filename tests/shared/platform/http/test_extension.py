"""Requests and invocations that never meet; tests/runtime has the same through the real worker."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from azurefunctions.extensions.http.fastapi import Request, Response, WebApp
from starlette.testclient import TestClient

from shared.platform.http.extension import Meetings, guarded
from shared.platform.opened import Platform
from tests.application import a_settings
from tests.fakes import FakeClock

SOON = 0.05


def a_coordinator():
    """A worker's coordinator whose requests come when a test says so."""
    come = asyncio.Event()

    async def get_http_request_async(invocation_id):
        await come.wait()
        return invocation_id

    return SimpleNamespace(get_http_request_async=get_http_request_async, come=come)


def a_request(*headers):
    return Request({"type": "http", "method": "GET", "path": "/v1/me", "query_string": b"", "headers": headers})


async def test_an_invocation_gets_its_request():
    coordinator = a_coordinator()
    Meetings(coordinator, SOON)
    coordinator.come.set()
    assert await coordinator.get_http_request_async("1") == "1"


async def test_an_invocation_whose_request_never_comes_ends():
    coordinator = a_coordinator()
    Meetings(coordinator, SOON)
    with pytest.raises(TimeoutError):
        await coordinator.get_http_request_async("1")


async def test_a_request_waits_for_its_invocation():
    coordinator = a_coordinator()
    meetings = Meetings(coordinator, 60)
    waiting = asyncio.create_task(meetings.invocation("1"))
    await asyncio.sleep(0)
    invocation = asyncio.create_task(coordinator.get_http_request_async("1"))
    assert await waiting
    coordinator.come.set()
    assert await invocation == "1"


async def test_an_invocation_is_met_once():
    coordinator = a_coordinator()
    meetings = Meetings(coordinator, SOON)
    coordinator.come.set()
    await coordinator.get_http_request_async("1")
    assert not await meetings.invocation("1")


async def test_a_request_without_an_invocation_is_refused_as_everything_is(tmp_path):
    platform = Platform(a_settings(tmp_path), FakeClock())

    async def serve(request):
        raise AssertionError("it has no invocation")

    guard = guarded(serve, Meetings(a_coordinator(), SOON), lambda: platform)
    answer = await guard(a_request((b"x-ms-invocation-id", b"mine"), (b"x-correlation-id", b"abc")))
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.headers["x-correlation-id"], answer.headers["x-content-type-options"]) == ("abc", "nosniff")
    assert b'"code":"request.invocation_id"' in answer.body


def test_the_extension_has_no_pages_of_its_own():
    app: Any = WebApp()  # type: ignore[abstract]  # the extension's own base says so

    async def catch_all(request: Request) -> Response:
        return Response(request.url.path)

    app.route(catch_all)
    client = TestClient(app.get_app())
    for path in ("/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect"):
        assert client.get(path).text == path
