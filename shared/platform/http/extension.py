"""The HTTP extension, kept from answering in our place and from waiting for what never comes.

The worker serves HTTP by the extension's FastAPI application and joins each request to the invocation of the same
`x-ms-invocation-id`. Left alone, that application has documentation pages of its own in front of ours, and whatever
never meets its other half (a request with an id of the client's own, which the host does not replace; an invocation
whose request never reached us) waits until the host restarts the worker. Only the host could give such a request the
right id; here it is refused after MEETING, and meanwhile counts among the host's concurrent requests.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from azurefunctions.extensions.http.fastapi import Request, Response, WebApp
from fastapi import FastAPI

from shared.errors import Problem
from shared.platform import telemetry
from shared.platform.http import problems
from shared.platform.http.call import Call
from shared.platform.http.serve import finish
from shared.platform.opened import Platform, platform

log = telemetry.logger(__name__)
MEETING = 5.0
"""Seconds within which a request and its invocation meet; the host sends both at once."""
HEADER = "x-ms-invocation-id"

Serve = Callable[[Request], Awaitable[Response]]


class UnknownInvocation(Problem):
    """The request names an invocation that the host did not make; `x-ms-invocation-id` is the host's own header."""

    code = "request.invocation_id"
    title = "The request names an invocation of its own"


class Meetings:
    """Which invocations have come, and how long either side waits for the other.

    `coordinator` is the worker's, which holds requests and invocations against each other by their id.
    """

    def __init__(self, coordinator: Any, seconds: float = MEETING) -> None:
        self._seconds = seconds
        self._coordinator = coordinator
        self._wait_for_request = coordinator.get_http_request_async
        self._come: dict[str, asyncio.Event] = {}
        coordinator.get_http_request_async = self.request_of

    async def request_of(self, invocation_id: str) -> Request:
        """The request of an invocation; raises TimeoutError, which ends the invocation, when none comes."""
        event = self._come.setdefault(invocation_id, asyncio.Event())
        event.set()
        try:
            async with asyncio.timeout(self._seconds):
                request: Request = await self._wait_for_request(invocation_id)
                return request
        finally:
            self._come.pop(invocation_id, None)

    async def invocation(self, invocation_id: str) -> bool:
        """Whether the invocation that a request names has come, or does in time."""
        event = self._come.setdefault(invocation_id, asyncio.Event())
        if event.is_set():
            return True
        try:
            async with asyncio.timeout(self._seconds):
                await event.wait()
        except TimeoutError:
            self._come.pop(invocation_id, None)
            return False
        return True

    def forget(self, invocation_id: str) -> None:
        """Drop what the coordinator holds of an answered request, which it keeps as long as it lives."""
        getattr(self._coordinator, "_context_references", {}).pop(invocation_id, None)


def guarded(serve: Serve, meetings: Meetings, opened: Callable[[], Platform] = platform) -> Serve:
    """Refuse a request whose invocation does not come."""

    async def guard(request: Request) -> Response:
        invocation_id = request.headers.get(HEADER, "")
        if await meetings.invocation(invocation_id):
            try:
                return await serve(request)
            finally:
                meetings.forget(invocation_id)
        return _refusal(Call(request, opened()))

    return guard


def _refusal(call: Call) -> Response:
    problem = UnknownInvocation(f"Leave out the header {HEADER}, and send the request again.")
    base = call.platform.settings.address
    response = problems.response(problem, instance=call.path, correlation_id=call.correlation_id, base=base)
    finish(response, call, private=True)
    return response


def _make(self: Any) -> None:
    self.web_app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)


_route = WebApp.route


def _guarded_route(self: Any, func: Any) -> Any:
    """The worker gives its handler here; its coordinator is known to that alone."""
    coordinator = getattr(func, "__globals__", {}).get("http_coordinator")
    if not hasattr(coordinator, "get_http_request_async"):
        log.warning("this worker has another coordinator: requests with an invocation id of their own may hang")
        return _route(self, func)
    return _route(self, guarded(func, Meetings(coordinator)))


def install() -> None:
    """Before the worker starts its server."""
    WebApp.__init__ = _make  # type: ignore[method-assign]
    WebApp.route = _guarded_route  # type: ignore[method-assign]
