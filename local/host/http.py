"""The app's HTTP functions as one ASGI application: all that happens between a request and its function is here."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote

from azure.functions.meta import Datum
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Router
from starlette.types import Receive, Scope, Send

from local.host.conversion import decode, encode, http_v2
from local.host.function import Function
from local.host.invocation import Invoker
from local.host.routing import Routes, Template

_log = logging.getLogger("local.host")

Handler = Callable[[Request], Awaitable[Any]]


class App:
    """Extra routes come first where they begin with the same path segment as the request, as the host's own do.

    `invocations` is how many functions run; a response that streams is no invocation any more.
    """

    def __init__(
        self, functions: Iterable[Function], invoker: Invoker, prefix: str, extra_routes: Sequence[BaseRoute] = ()
    ) -> None:
        make = _v2 if http_v2() is not None else _v1
        routes = [(f, make(f, invoker)) for f in functions if f.trigger.type == "httpTrigger"]
        self._routes = Routes((Template.of(function, prefix), (function, handler)) for function, handler in routes)
        self._extra = Router(list(extra_routes), redirect_slashes=False, default=self._serve)
        self.invocations = 0
        self._extra_starts = {_first(str(getattr(route, "path", ""))) for route in extra_routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _first(scope["path"]) in self._extra_starts:
            await self._extra(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._routes.find(_path(scope), scope["method"]) if scope["type"] == "http" else None
        if found is None:
            await _not_found(scope, receive, send)
            return
        (function, handler), scope["path_params"] = found
        self.invocations += 1
        try:
            response = await handler(Request(scope, receive))
        except Exception as error:  # noqa: BLE001 -- whatever a function raises is a 500
            _log.exception("the function %s failed: %s", function.name, error)
            response = PlainTextResponse("Internal Server Error", 500)
        finally:
            self.invocations -= 1
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


def _v2(function: Function, invoker: Invoker) -> Handler:
    """The function gets the web framework's request and returns its response, or a value to be sent as JSON."""
    name, call, plain = function.trigger.name, function.call, function.is_plain

    async def handle(request: Request) -> Any:
        if plain:
            result = await call(**{name: request})
        else:
            outcome = await invoker.invoke(function, request, {**request.query_params, **request.path_params})
            result = outcome.value
        return result if isinstance(result, Response) else _as_json(function, result)

    return handle


def _as_json(function: Function, result: Any) -> Response:
    if result is None:
        raise ValueError(f"the function {function.name} returned no response")
    from fastapi.encoders import jsonable_encoder

    return JSONResponse(jsonable_encoder(result))


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
