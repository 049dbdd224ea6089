"""The host: an app's functions, what triggers them, and the storage beside it, on one event loop."""

import asyncio
import contextlib
import faulthandler
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from local.host.azurite import Azurite
from local.host.conversion import http_v2
from local.host.doorbell import Doorbell
from local.host.durable_functions import Durable
from local.host.errors import AppRefused, AzuriteFailed, CannotStart
from local.host.function import Function
from local.host.http import App, Throttle
from local.host.invocation import Invoker
from local.host.keys import Keys
from local.host.loader import load
from local.host.outputs import Outputs
from local.host.server import HttpServer
from local.host.settings import HostJson
from local.host.state import State
from local.host.storage import Storage
from local.host.triggers.blob import BlobTrigger
from local.host.triggers.cosmos import ChangeSource, CosmosTrigger
from local.host.triggers.queue import QueueTrigger
from local.host.triggers.timer import TimerTrigger
from local.host.triggers.trigger import Runtime, Trigger

_log = logging.getLogger("local.host")

_ENDS_WITHIN = 4.8
"""Seconds from a signal to the end of the process, whatever goes on."""
DEVELOPMENT_STORAGE = "UseDevelopmentStorage=true"


class Host:
    """Runs the app in `app_folder` with its state in `data`; raises CannotStart.

    `settings` become environment variables. With `azurite`, the node_modules folder that it is installed in, an Azurite
    under `data` stands in for `AzureWebJobsStorage` and for every setting that is `UseDevelopmentStorage=true`.
    `extra_routes` are served beside the app's, `only` chooses functions, and a stop gives `drain` seconds to what is
    under way.
    """

    def __init__(  # noqa: PLR0913 -- each is a choice of the caller's
        self,
        app_folder: Path,
        data: Path,
        port: int = 0,
        *,
        settings: Mapping[str, str] | None = None,
        azurite: Path | None = None,
        change_source: ChangeSource | None = None,
        extra_routes: Sequence[BaseRoute] = (),
        only: Callable[[Function], bool] | None = None,
        drain: float = 3,
    ) -> None:
        self._folder, self._data, self._port = app_folder, data, port
        self._settings = dict(settings or {})
        self._modules = azurite
        self._source = change_source
        self._extra_routes = extra_routes
        self._only = only
        self._drain = drain
        self._opened = contextlib.AsyncExitStack()
        self.url = ""
        self.functions: list[Function] = []
        self.azurite: Azurite | None = None

    async def start(self) -> None:
        """Return when everything serves; on failure nothing stays open."""
        async with contextlib.AsyncExitStack() as stack:
            await self._start(stack)
            self._opened = stack.pop_all()

    async def stop(self) -> None:
        """Take nothing new, let what is under way end within the drain time, and close everything."""
        await self._opened.aclose()

    async def serve_forever(self, ready: Callable[[], None] = lambda: None) -> None:
        """Start, call `ready`, and serve until SIGTERM or SIGINT; raises KeyboardInterrupt when one comes sooner."""
        stop, loop = asyncio.Event(), asyncio.get_running_loop()

        def handle(*_: object) -> None:
            # A function that blocks the loop cannot keep the process: this ends it without the loop.
            faulthandler.dump_traceback_later(_ENDS_WITHIN, exit=True)
            if not started:
                raise KeyboardInterrupt
            loop.call_soon_threadsafe(stop.set)

        started = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, handle)
        await self.start()
        started = True
        try:
            ready()
            await stop.wait()
        finally:
            await self.stop()

    async def _start(self, stack: contextlib.AsyncExitStack) -> None:
        state = State(self._data)
        stack.callback(state.close)
        server = HttpServer(self._port)
        stack.push_async_callback(server.stop)
        self.url = server.url
        self._open_azurite(stack)
        stack.enter_context(_environment(self._environment(server)))
        self.functions = [f for f in load(self._folder, os.environ) if self._only is None or self._only(f)]
        if self.azurite is not None:
            await asyncio.to_thread(self.azurite.wait)
        if http_v2() is not None and os.environ.get("PYTHON_ENABLE_INIT_INDEXING") != "1":
            _log.warning("the app uses HTTP v2: in Azure it needs the setting PYTHON_ENABLE_INIT_INDEXING=1")
        await self._run(stack, state, server)

    def _open_azurite(self, stack: contextlib.AsyncExitStack) -> None:
        if self._modules is not None:
            self.azurite = Azurite.open(self._data, self._modules)
            stack.callback(_stop_azurite, self.azurite)

    def _environment(self, server: HttpServer) -> dict[str, str]:
        values = {
            "AZURE_FUNCTIONS_ENVIRONMENT": os.environ.get("AZURE_FUNCTIONS_ENVIRONMENT", "Development"),
            "FUNCTIONS_WORKER_RUNTIME": "python",
            "WEBSITE_HOSTNAME": server.url.removeprefix("http://"),
            **self._settings,
        }
        if self.azurite is None:
            return values
        values.setdefault("AzureWebJobsStorage", os.environ.get("AzureWebJobsStorage", DEVELOPMENT_STORAGE))  # noqa: SIM112 -- Azure's name
        here = self.azurite.connection_string
        return {name: here if value == DEVELOPMENT_STORAGE else value for name, value in values.items()}

    async def _run(self, stack: contextlib.AsyncExitStack, state: State, server: HttpServer) -> None:
        host_json = HostJson.read(self._folder)
        storage = Storage(encode=host_json.get("extensions.queues.messageEncoding", "base64").lower() != "none")
        stack.push_async_callback(storage.close)
        durable = Durable(self.functions, self._data / "durable.db", server.url, host_json)
        invoker = Invoker(
            Outputs(storage, os.environ), durable.client, _threads(os.environ), host_json.function_timeout
        )
        stack.callback(invoker.close)
        stack.push_async_callback(durable.stop)
        await durable.start(invoker)
        doorbell = Doorbell(self.azurite.log if self.azurite else None)
        runtime = Runtime(invoker, state, storage, doorbell, host_json, os.environ)
        triggers = [trigger for f in self.functions if (trigger := self._trigger(f, runtime)) is not None]
        await asyncio.gather(*(trigger.open() for trigger in triggers))
        prefix = host_json.get("extensions.http.routePrefix", "api").strip("/")
        http = "extensions.http."
        limits = (host_json.get(f"{http}maxOutstandingRequests", -1), host_json.get(f"{http}maxConcurrentRequests", -1))
        extra = [*durable.routes(), *self._extra_routes]
        app = App(self.functions, invoker, prefix, extra, Throttle(*limits), Keys.of(self._data, self.functions))
        await server.start(app, self._drain)
        listener = asyncio.create_task(doorbell.listen(), name="doorbell")
        stack.callback(listener.cancel)
        if self.azurite is not None:
            keeper = asyncio.create_task(_keep(self.azurite), name="azurite")
            stack.callback(keeper.cancel)
        tasks = [asyncio.create_task(_supervise(trigger, runtime)) for trigger in triggers]
        stack.push_async_callback(self._stop_triggers, tasks, runtime, server)

    def _trigger(self, function: Function, runtime: Runtime) -> Trigger | None:
        match function.trigger.type:
            case "queueTrigger":
                return QueueTrigger(function, runtime)
            case "blobTrigger":
                return BlobTrigger(function, runtime)
            case "timerTrigger":
                return TimerTrigger(function, runtime)
            case "cosmosDBTrigger" if self._source is not None:
                return CosmosTrigger(function, runtime, self._source)
            case "cosmosDBTrigger":
                raise AppRefused([f"the {function.name} function: there is no change feed here to trigger it"])
        return None

    async def _stop_triggers(self, tasks: list[asyncio.Task[None]], runtime: Runtime, server: HttpServer) -> None:
        runtime.stopping.set()
        runtime.doorbell.close()
        stopping: list[Awaitable[None]] = [server.stop(), *tasks]
        try:
            async with asyncio.timeout(self._drain + 0.5):
                await asyncio.gather(*stopping, return_exceptions=True)
        except TimeoutError:
            _log.warning("what was still running after %s s was cut off", self._drain)


async def _supervise(trigger: Trigger, runtime: Runtime) -> None:
    """Run a trigger, and again after a failure, such as a storage that does not answer."""
    while not runtime.stopping.is_set():
        try:
            await trigger.run()
        except Exception:  # noqa: BLE001 -- one trigger's trouble is not the others'
            _log.exception("%s failed and starts again", type(trigger).__name__)
            await runtime.pause(1)
            with contextlib.suppress(Exception):
                await trigger.open()


async def _keep(azurite: Azurite) -> None:
    """Start Azurite again when it ends by itself; what asked it meanwhile was refused a connection, and tries again."""
    while True:
        await asyncio.sleep(0.5)
        if not azurite.runs:
            _log.warning("Azurite ended and is started again")
            try:
                await asyncio.to_thread(azurite.restart)
            except CannotStart as error:
                _log.error("%s", error)


def _stop_azurite(azurite: Azurite) -> None:
    # One that still writes its state ends by itself, soon.
    with contextlib.suppress(AzuriteFailed):
        azurite.stop(1)


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _threads(environ: Mapping[str, str]) -> int | None:
    count = environ.get("PYTHON_THREADPOOL_THREAD_COUNT", "")
    return min(max(int(count), 1), 32) if count.isdigit() else None


def run(host: Host, ready: Callable[[], None]) -> None:
    """Serve until a signal, then end the process, even if a function's thread still runs."""
    asyncio.run(host.serve_forever(ready))
    faulthandler.cancel_dump_traceback_later()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
