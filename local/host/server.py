"""uvicorn on the host's own loop and socket; the host, not the server, handles the signals."""

import asyncio
import contextlib
import socket
from collections.abc import Generator

import uvicorn

from local.host.errors import PortTaken
from local.host.http import App
from local.host.patience import Patient

STREAMS_LAST = 0.5


class _Quiet(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class HttpServer:
    """Listens on a loopback port, 0 for any; raises PortTaken."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        # asyncio sets TCP_NODELAY only on sockets that name the protocol; without it each response waits 40 ms.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
        except (OSError, OverflowError) as error:
            self._socket.close()
            reason = getattr(error, "strerror", None) or "it must be 0 to 65535"
            raise PortTaken(f"port {port} cannot be used: {reason}; choose another with --port") from None
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{host}:{self.port}"
        self._app: App
        self._server: _Quiet | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, app: App, drain: float) -> None:
        """Serve; when stopped, invocations have `drain` seconds to end, and what only streams has half a second."""
        self._app = app
        config = uvicorn.Config(
            app,
            http=Patient,
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=2048,
            timeout_graceful_shutdown=max(1, round(drain)),
        )
        self._server = _Quiet(config)
        self._task = asyncio.create_task(self._server.serve([self._socket]), name="http")
        while not self._server.started and not self._task.done():  # noqa: ASYNC110 -- uvicorn has no event for it
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        if self._server is None or self._task is None:
            self._socket.close()
            return
        self._server.should_exit = True
        cutting = asyncio.create_task(self._cut_streams(self._server))
        await self._task
        cutting.cancel()

    async def _cut_streams(self, server: _Quiet) -> None:
        while self._app.invocations:  # noqa: ASYNC110 -- for a moment, once
            await asyncio.sleep(0.05)
        await asyncio.sleep(STREAMS_LAST)
        for connection in list(server.server_state.connections):
            connection.transport.abort()
