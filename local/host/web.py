"""The web server of the HTTP v2 extension, within this process: what it does before a function sees its request.

The extension's own application takes every request, so its pages (`/docs`) and an app's changes to it are in front here
as they are in Azure. Requests and invocations meet by the header `x-ms-invocation-id`, which the host adds but does not
replace: whoever sends another id waits, and the invocation with it, until functionTimeout.
"""

import asyncio
import importlib
import inspect
import logging
from collections import defaultdict
from typing import Any

import uuid_utils
from starlette.responses import Response
from starlette.routing import request_response
from starlette.types import ASGIApp, Receive, Scope, Send

from local.host.conversion import http_v2
from local.host.function import Function
from local.host.invocation import FunctionTimeout, Invoker

_log = logging.getLogger("local.host")
_HEADER, _RAW_HEADER = "x-ms-invocation-id", b"x-ms-invocation-id"


class _Unmet(Exception):
    """The app has given up waiting for the request of an invocation."""


class _Meeting:
    def __init__(self) -> None:
        self.request: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.response: asyncio.Future[Any] = asyncio.get_running_loop().create_future()


class Coordinator:
    """Holds requests and invocations against each other by id; the methods are those of the worker's."""

    def __init__(self) -> None:
        self._meetings: defaultdict[str, _Meeting] = defaultdict(_Meeting)

    def set_http_request(self, invocation_id: str, request: Any) -> None:
        self._meetings[invocation_id].request.set_result(request)

    async def get_http_request_async(self, invocation_id: str) -> Any:
        return await self._meetings[invocation_id].request

    def set_http_response(self, invocation_id: str, response: Any) -> None:
        """Without effect when nobody waits for it any more."""
        meeting = self._meetings.pop(invocation_id)
        if not meeting.response.done():
            meeting.response.set_result(response)

    async def await_http_response_async(self, invocation_id: str) -> Any:
        try:
            return await self._meetings[invocation_id].response
        finally:
            self._meetings.pop(invocation_id, None)


# The worker's module has one under this name, where an app that guards its meetings looks for it.
http_coordinator: Any = None


class Web:
    """The extension's application and the functions behind it; `running` are the invocations under way."""

    def __init__(self, invoker: Invoker) -> None:
        global http_coordinator  # noqa: PLW0603 -- one a process, as in the worker; a test process may run more hosts
        base: Any = http_v2()
        http_coordinator = self._coordinator = Coordinator()
        self._invoker = invoker
        self._synchronizer = base.RequestTrackerMeta.get_synchronizer()
        self.running: set[asyncio.Task[Exception | None]] = set()
        web_app = importlib.import_module(base.ModuleTrackerMeta.get_module()).WebApp()
        self._catch_all(web_app, base.RequestTrackerMeta.get_request_type())
        self._app: ASGIApp = web_app.get_app()

    async def serve(self, function: Function, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the request to the extension and invoke the function, as the host does at once."""
        invocation_id = str(uuid_utils.uuid4())
        if all(name != _RAW_HEADER for name, _ in scope["headers"]):
            scope["headers"] = [*scope["headers"], (_RAW_HEADER, invocation_id.encode())]
        invocation = self._invoke(function, dict(scope["path_params"]), invocation_id)
        task = asyncio.create_task(invocation, name=f"the function {function.name}")
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        await asyncio.sleep(0)  # an invocation that has come first is nothing to wait for
        try:
            await self._app(scope, receive, send)
        except Exception as error:  # noqa: BLE001 -- whatever a response raises has ended it
            if not task.done() or task.result() is not error:
                _tell("the response of the function %s failed: %s", function, error)

    def _catch_all(self, web_app: Any, request_type: type) -> None:
        coordinator, invoker = self._coordinator, self._invoker

        async def catch_all(request: Any) -> Any:
            invocation_id = request.headers[_HEADER]
            coordinator.set_http_request(invocation_id, request)
            waiting = coordinator.await_http_response_async(invocation_id)
            response = await invoker.within_limit(f"a request with an {_HEADER} of its own", waiting)
            if isinstance(response, Exception):
                raise response
            return response

        catch_all.__annotations__["request"] = request_type
        web_app.route(catch_all)
        for route in filter(asks_only_for_its_request, web_app.get_app().routes):
            shorten(route)

    async def _invoke(self, function: Function, values: dict[str, Any], invocation_id: str) -> Exception | None:
        """The error, which is told."""
        failed = None
        try:
            answer = self._answer(function, values, invocation_id)
            response = await self._invoker.within_limit(f"the function {function.name}", answer)
        except Exception as error:  # noqa: BLE001 -- whatever a function raises is a 500
            _tell("the function %s failed: %s", function, error)
            response = failed = error
        self._coordinator.set_http_response(invocation_id, response)
        return failed

    async def _answer(self, function: Function, values: dict[str, Any], invocation_id: str) -> Any:
        request = await self._request_of(invocation_id)
        self._synchronizer.sync_route_params(request, values)
        if function.is_plain:
            response = await function.call(**{function.trigger.name: request})
        else:
            data = {**request.query_params, **request.path_params}
            response = (await self._invoker.invoke(function, request, data)).value
        if response is None:
            raise ValueError(f"the function {function.name} returned no response")
        return response

    async def _request_of(self, invocation_id: str) -> Any:
        """Raises _Unmet when an app that guards its meetings ends the wait."""
        try:
            return await self._coordinator.get_http_request_async(invocation_id)
        except Exception as error:
            raise _Unmet(f"no request has come for its invocation ({type(error).__name__})") from error


def _tell(message: str, function: Function, error: Exception) -> None:
    """A line of the log, and the stack where it says more."""
    _log.error(message, function.name, error, exc_info=not isinstance(error, (FunctionTimeout, _Unmet)))


def asks_only_for_its_request(route: Any) -> bool:
    """Whether FastAPI has nothing to read, solve or shape for the route, but would look for it at each request."""
    from fastapi.datastructures import Default
    from fastapi.dependencies.models import Dependant
    from fastapi.responses import JSONResponse
    from fastapi.routing import APIRoute

    if not isinstance(route, APIRoute) or not inspect.iscoroutinefunction(route.endpoint):
        return False
    shape = route.response_field, route.response_class, route.status_code, route.max_body_size
    asked = route.dependant
    bare = Dependant(call=asked.call, path=asked.path, scope=asked.scope, request_param_name="request")
    return shape == (None, Default(JSONResponse), None, None) and asked == bare


def shorten(route: Any) -> None:
    """Let the route call its endpoint at once; what stands before it, and who handles what it raises, stay."""
    from fastapi.encoders import jsonable_encoder
    from fastapi.responses import JSONResponse

    endpoint = route.endpoint

    async def answered(request: Any) -> Response:
        answer = await endpoint(request)
        return answer if isinstance(answer, Response) else JSONResponse(jsonable_encoder(answer))

    route.app = request_response(answered)
