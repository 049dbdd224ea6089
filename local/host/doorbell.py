"""Wakes the pollers of queues and containers as soon as somebody writes to them.

Azurite's access log tells each write once it has happened, so an idle host need not ask every few milliseconds, and a
container with many blobs need not be listed to find the new one. Without such a log (another storage account) the
pollers ask often.
"""

import asyncio
import re
from collections import defaultdict
from pathlib import Path
from urllib.parse import unquote

_WRITE = re.compile(rb'"(?:PUT|POST) /[^/ ]+/([^/?& ]+)(?:/([^? ]*))?(?:\?[^ ]*)? HTTP/[\d.]+" 2\d\d')
_LOG_LIMIT = 16 * 2**20


class Doorbell:
    """`watch` a name, then `wait` for it, from one poller per name; `ring` from anywhere on the loop."""

    def __init__(self, log: Path | None = None) -> None:
        self._log = log
        self._events: dict[str, asyncio.Event] = {}
        self._rung: defaultdict[str, set[str]] = defaultdict(set)
        self._closed = False

    @property
    def is_live(self) -> bool:
        """Whether writes are heard; if not, pollers must ask often."""
        return self._log is not None

    def watch(self, name: str) -> None:
        """From now on rings of `name` are kept until they are waited for."""
        self._events.setdefault(name, asyncio.Event())

    def ring(self, name: str, item: str = "") -> None:
        """Something was written to the queue or container `name`; `item` is the blob, if known."""
        if name in self._events:
            self._rung[name].add(item)
            self._events[name].set()

    async def wait(self, name: str, seconds: float) -> set[str]:
        """Return what was written since the last call; empty after `seconds`, and when the host stops."""
        event = self._events[name]
        if not self._closed:
            try:
                await asyncio.wait_for(event.wait(), seconds)
            except TimeoutError:
                return set()
        event.clear()
        return self._rung.pop(name, set())

    def close(self) -> None:
        """Wake everybody, for good."""
        self._closed = True
        for event in self._events.values():
            event.set()

    async def listen(self) -> None:
        """Follow the log; runs until cancelled, returns at once when there is none."""
        if self._log is None:
            return
        position, rest = self._log.stat().st_size, b""
        while True:
            size = self._log.stat().st_size
            if size < position:
                position, rest = 0, b""
            if size > position:
                with self._log.open("rb") as file:
                    file.seek(position)
                    read = file.read()
                position += len(read)
                *lines, rest = (rest + read).split(b"\n")
                self._hear(lines)
                if position > _LOG_LIMIT:
                    _empty(self._log)
            await asyncio.sleep(0.025)

    def _hear(self, lines: list[bytes]) -> None:
        for line in lines:
            if (match := _WRITE.search(line)) is not None:
                self.ring(unquote(match[1].decode()), unquote((match[2] or b"").decode()))


def _empty(log: Path) -> None:
    with log.open("r+b") as file:
        file.truncate(0)
