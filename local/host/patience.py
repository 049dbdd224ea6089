"""Connections that keep the server waiting are closed: slow headers, a body that stops, nothing sent at all."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_LATE = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Patient(HttpToolsProtocol):
    """Waits `seconds` for all headers, and for a body as long as it comes at a rate, as Kestrel does in Azure."""

    seconds = 30.0
    grace = 5.0
    """Seconds that a body may take to begin; Kestrel's own."""
    rate = 240.0
    """Bytes a second of a body from then on; Kestrel's own."""
    _limit: asyncio.TimerHandle | None = None
    _due = 0.0
    """When the body is late, in seconds of the loop; what has come of it puts that off."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._due = self.loop.time() + self.grace
        self._wait(self.grace)

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._due += len(body) / self.rate

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._wait_no_more()

    def _wait(self, seconds: float | None = None) -> None:
        self._wait_no_more()
        self._limit = self.loop.call_later(self.seconds if seconds is None else seconds, self._give_up)

    def _wait_no_more(self) -> None:
        if self._limit is not None:
            self._limit.cancel()

    def _give_up(self) -> None:
        if self.flow.read_paused:  # then it is the app that is slow
            self._due = self.loop.time() + self.grace
        if (left := self._due - self.loop.time()) > 0:
            self._wait(left)
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(_LATE)
        self.transport.close()
