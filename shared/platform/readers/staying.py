"""Processes that stay with the file they have read, so that its pages can be drawn without opening it again."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from shared.platform.readers.process import Process


class Staying:
    """At most `most` processes by the name of their file, the oldest giving way, each for some seconds."""

    def __init__(self, most: int, seconds: float, ended: Callable[[], None]) -> None:
        """`ended` is called after each that nobody took."""
        self._most = most
        self._seconds = seconds
        self._ended = ended
        self._processes: OrderedDict[str, Process] = OrderedDict()
        self._ending: set[asyncio.Task[None]] = set()

    def put(self, name: str, process: Process) -> None:
        """Keep a process; another with a file of this name goes."""
        self._send_away(self.take(name))
        while len(self._processes) >= self._most:
            self._send_away(self._processes.popitem(last=False)[1])
        self._processes[name] = process
        asyncio.get_running_loop().call_later(self._seconds, self._expire, name, process)

    def take(self, name: str) -> Process | None:
        """The process that has this file open, which is then the caller's to end."""
        return self._processes.pop(name, None)

    def __contains__(self, process: Process) -> bool:
        return process in self._processes.values()

    async def close(self) -> None:
        """End them all."""
        while self._processes:
            await self._processes.popitem()[1].end()
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _expire(self, name: str, process: Process) -> None:
        if self._processes.get(name) is process:
            self._send_away(self.take(name))

    def _send_away(self, process: Process | None) -> None:
        if process is not None:
            task = asyncio.create_task(self._end(process))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _end(self, process: Process) -> None:
        await process.end()
        self._ended()
