"""The app's HTTP functions as one ASGI application: all that happens between a request and its function is here."""

import asyncio
import contextlib
import functools
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote

from azure.functions.meta import Datum
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.host.conversion import decode, encode, http_v2
from local.host.function import Function
from local.host.invocation import Invoker
from local.host.keys import Keys
from local.host.routing import Routes, Template
from local.host.web import Web

_log = logging.getLogger("local.host")

Handler = Callable[[Request], Awaitable[Response]]


class Throttle:
    """host.json's limits: how many requests may be here, and how many of these run; -1 is without limit."""

    def __init__(self, outstanding: int = -1, concurrent: int = -1) -> None:
        self._outstanding = outstanding
        self._places = asyncio.Semaphore(concurrent) if concurrent > 0 else contextlib.nullcontext()
        self._here = 0

    async def pass_on(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """A request over the limit is a 429; it is here when its body is, and a response that streams until its end."""
        receive = await _arrived(scope, receive)
        if 0 < self._outstanding <= self._here:
            await Response(status_code=429)(scope, receive, send)
            return
        self._here += 1
        try:
            async with self._places:
                await app(scope, receive, send)
        finally:
            self._here -= 1


READ_AHEAD = 65_536
"""Bytes of a body for which a request waits outside, so that clients who send none take nobody's place."""
_BODY = frozenset({b"content-length", b"transfer-encoding"})


async def _arrived(scope: Scope, receive: Receive) -> Receive:
    """What gives the request's messages, once its body is there, or READ_AHEAD of it."""
    if not any(name in _BODY for name, _ in scope["headers"]):
        return receive
    messages: deque[Message] = deque()
    size, more = 0, True
    while more and size < READ_AHEAD:
        messages.append(message := await receive())
        size += len(message.get("body", b""))
        more = message.get("more_body", False)

    async def next_message() -> Message:
        return messages.popleft() if messages else await receive()

    return next_message


class App:
    """Extra routes come first where they begin with the same path segment as the request, as the host's own do."""

    def __init__(
        self,
        functions: Iterable[Function],
        invoker: Invoker,
        prefix: str,
        extra_routes: Sequence[BaseRoute] = (),
        throttle: Throttle | None = None,
        keys: Keys | None = None,
    ) -> None:
        served = [function for function in functions if function.trigger.type == "httpTrigger"]
        self._web = Web(invoker) if served and http_v2() is not None else None
        self._routes = Routes((Template.of(one, prefix), (one, self._handler(one, invoker))) for one in served)
        self._extra = Router(list(extra_routes), redirect_slashes=False, default=self._serve)
        self._throttle = throttle or Throttle()
        self._keys = keys
        self._running = 0
        self._extra_starts = {_first(str(getattr(route, "path", ""))) for route in extra_routes}

    @property
    def invocations(self) -> int:
        """How many functions run; a response that streams is no invocation any more."""
        return self._running + (len(self._web.running) if self._web is not None else 0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _first(scope["path"]) in self._extra_starts:
            await self._extra(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await _not_found(scope, receive, send)
            return
        await self._throttle.pass_on(self._route, scope, receive, send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._routes.find(_path(scope), scope["method"])
        if found is None:
            await _not_found(scope, receive, send)
            return
        (function, handler), scope["path_params"] = found
        if self._keys is not None and not self._keys.open(function, Request(scope)):
            await Response(status_code=401)(scope, receive, send)
            return
        await handler(scope, receive, send)

    def _handler(self, function: Function, invoker: Invoker) -> ASGIApp:
        if self._web is not None:
            return functools.partial(self._web.serve, function)
        return functools.partial(self._serve_v1, function, _v1(function, invoker))

    async def _serve_v1(self, function: Function, handle: Handler, scope: Scope, receive: Receive, send: Send) -> None:
        self._running += 1
        try:
            response = await handle(Request(scope, receive))
        except Exception as error:  # noqa: BLE001 -- whatever a function raises is a 500
            _log.exception("the function %s failed: %s", function.name, error)
            response = PlainTextResponse("Internal Server Error", 500)
        finally:
            self._running -= 1
        await response(scope, receive, send)


def _first(path: str) -> str:
    return path[1:].partition("/")[0]


def _path(scope: Scope) -> str:
    """The decoded path, in which an encoded slash stays encoded and so does not part segments."""
    raw: bytes = scope.get("raw_path") or b""
    if b"%2" not in raw:
        return str(scope["path"])
    parts = raw.decode("ascii").split("/")
    return "/".join("%2F".join(map(unquote, part.replace("%2f", "%2F").split("%2F"))) for part in parts)


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1000})
        return
    await Response(status_code=404)(scope, receive, send)


def _v1(function: Function, invoker: Invoker) -> Handler:
    """The function gets `func.HttpRequest` and returns `func.HttpResponse` or text, by the SDK's converters."""
    parameter = function.inputs[function.trigger.name]
    named = next((p for p in function.outputs.values() if p.binding.type == "http"), None)

    async def handle(request: Request) -> Response:
        value = decode(parameter, await _datum(request), "http", {})
        outcome = await invoker.invoke(function, value, {**request.query_params, **request.path_params})
        if named is not None:
            return _response(encode(named, outcome.outputs.get(named.binding.name, "")))
        if function.returns is None or function.returns.binding.type != "http":
            return Response(status_code=204)
        return _response(encode(function.returns, outcome.value))

    return handle


async def _datum(request: Request) -> dict[str, Any]:
    def data(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
        joined: dict[str, str] = {}
        for name, value in pairs:
            joined[name] = f"{joined[name]},{value}" if name in joined else value
        return {name: Datum(value, "string") for name, value in joined.items()}

    return {
        "method": Datum(request.method, "string"),
        "url": Datum(str(request.url), "string"),
        "headers": data(request.headers.items()),
        "query": data(request.query_params.multi_items()),
        "params": data(request.path_params.items()),
        "body": Datum(await request.body(), "bytes"),
    }


def _response(datum: Any) -> Response:
    if datum.type != "http":
        return Response(datum.value, media_type="text/plain")
    value = datum.value
    headers = {name: header.value for name, header in value["headers"].items()}
    response = Response(value["body"].value, int(value["status_code"].value), headers)
    for cookie in value["cookies"] or ():
        _set_cookie(response, cookie)
    return response


def _set_cookie(response: Response, cookie: SimpleCookie) -> None:
    for morsel in cookie.values():
        response.headers.append("set-cookie", morsel.OutputString())
