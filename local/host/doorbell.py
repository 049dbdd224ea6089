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


class Bell:
    """One poller's: what is rung before it waits is kept for it."""

    def __init__(self, *, is_live: bool) -> None:
        self.is_live = is_live
        self._event = asyncio.Event()
        self._items: set[str] = set()
        self._closed = False

    def ring(self, item: str = "") -> None:
        """`item` is the blob that was written, if known."""
        self._items.add(item)
        self._event.set()

    def close(self) -> None:
        """Wake the poller, for good."""
        self._closed = True
        self._event.set()

    async def wait(self, seconds: float) -> set[str]:
        """Return what was rung since the last call; empty after `seconds`, and when the host stops."""
        if not self._closed:
            try:
                await asyncio.wait_for(self._event.wait(), seconds)
            except TimeoutError:
                return set()
        self._event.clear()
        items, self._items = self._items, set()
        return items


class Doorbell:
    """Rings the bells of a queue or container when Azurite's log says that it was written to."""

    def __init__(self, log: Path | None = None) -> None:
        self._log = log
        self._bells: defaultdict[str, list[Bell]] = defaultdict(list)

    def watch(self, name: str) -> Bell:
        """A new bell for a queue or container. It is live if writes are heard; if not, its poller must ask often."""
        bell = Bell(is_live=self._log is not None)
        self._bells[name].append(bell)
        return bell

    def close(self) -> None:
        for bells in self._bells.values():
            for bell in bells:
                bell.close()

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
                read = _read(self._log, position)
                position += len(read)
                *lines, rest = (rest + read).split(b"\n")
                self._hear(lines)
                if position > _LOG_LIMIT:
                    _empty(self._log)
            await asyncio.sleep(0.025)

    def _hear(self, lines: list[bytes]) -> None:
        for line in lines:
            if (match := _WRITE.search(line)) is not None:
                for bell in self._bells.get(unquote(match[1].decode()), ()):
                    bell.ring(unquote((match[2] or b"").decode()))


def _read(log: Path, position: int) -> bytes:
    with log.open("rb") as file:
        file.seek(position)
        return file.read()


def _empty(log: Path) -> None:
    with log.open("r+b") as file:
        file.truncate(0)
