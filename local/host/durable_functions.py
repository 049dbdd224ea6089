"""The app's orchestrators, activities and durable clients, handed to the durable engine if there are any."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.routing import BaseRoute

from local.host.errors import usable
from local.host.files import made_once
from local.host.function import Function
from local.host.invocation import Invoker
from local.host.settings import HostJson

if TYPE_CHECKING:
    from local.host.durable import Engine, Registered

_KINDS = {"orchestrationTrigger": "orchestration", "activityTrigger": "activity"}


class Durable:
    """The engine of the app, if it needs one."""

    def __init__(self, functions: Iterable[Function], path: Path, url: str, host_json: HostJson) -> None:
        functions = list(functions)
        self._functions = [function for function in functions if function.trigger.type in _KINDS]
        clients = any(b.type == "durableClient" for f in functions for b in f.extra_inputs)
        self._is_needed = bool(self._functions) or clients
        self._path = path
        self._code = _code(path.with_suffix(".key")) if self._is_needed else ""
        self._url = url
        self._hub = host_json.get("extensions.durableTask.hubName", "TestHubName")
        most = 10 * (os.cpu_count() or 1)
        self._activities = int(host_json.get("extensions.durableTask.maxConcurrentActivityFunctions", most))
        self._orchestrators = int(host_json.get("extensions.durableTask.maxConcurrentOrchestratorFunctions", most))
        self.engine: Engine | None = None

    async def start(self, invoker: Invoker) -> None:
        if not self._is_needed:
            return
        from local.host.durable import Engine

        functions = [_registered(function, invoker) for function in self._functions]
        engine = Engine(self._path, functions, activities=self._activities, orchestrators=self._orchestrators)
        with usable(self._path.parent):
            await engine.start()
        self.engine = engine

    async def stop(self) -> None:
        if self.engine is not None:
            await self.engine.stop()
            from azure.durable_functions.models.utils import http_utils

            # The SDK's clients share a session, which it leaves open and which belongs to this loop.
            await http_utils._close_session()  # noqa: SLF001 -- there is no public one

    def routes(self) -> list[BaseRoute]:
        """The management API that the durable clients call, closed to whoever else reaches the port."""
        if self.engine is None:
            return []
        from local.host.durable import routes

        return list(routes(self.engine, self._code))

    def client(self) -> str:
        """What a durable client binding receives."""
        from local.host.durable import client_binding

        return client_binding(self._url, self._hub, self._code)


def _code(path: Path) -> str:
    """The secret of the management API, made once, so that the addresses given out outlive a restart."""
    return made_once(path, lambda: secrets.token_urlsafe(24))


def _registered(function: Function, invoker: Invoker) -> "Registered":
    from local.host.durable import Kind, Registered

    trigger = function.trigger
    name = trigger.data.get(_KINDS[trigger.type]) or function.name
    if trigger.type == "orchestrationTrigger":
        return Registered(name, Kind.ORCHESTRATOR, trigger.name, function.call)

    async def call(**arguments: Any) -> Any:
        return (await invoker.invoke(function, arguments[trigger.name], {})).value

    return Registered(name, Kind.ACTIVITY, trigger.name, call)
