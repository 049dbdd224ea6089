"""Waits for the next timer."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable

from local.host.durable.clock import Clock, parse, stamp
from local.host.durable.tasks import TaskKey


class Timers:
    """Calls `fire` with the timers whose time has come. Cancelled ones are reported too: the database knows better."""

    def __init__(self, clock: Clock, fire: Callable[[list[TaskKey]], Awaitable[None]]) -> None:
        self._clock = clock
        self._fire = fire
        self._heap: list[tuple[str, TaskKey]] = []
        self._sooner = asyncio.Event()

    def add(self, due: str, key: TaskKey) -> None:
        heapq.heappush(self._heap, (due, key))
        if self._heap[0] == (due, key):
            self._sooner.set()

    async def run(self) -> None:
        while True:
            self._sooner.clear()
            keys = self._pop_due()
            if keys:
                await self._fire(keys)
            else:
                await self._rest()

    def _pop_due(self) -> list[TaskKey]:
        now, keys = stamp(self._clock.now()), []
        while self._heap and self._heap[0][0] <= now:
            keys.append(heapq.heappop(self._heap)[1])
        return keys

    async def _rest(self) -> None:
        """Wait until the first timer is due or an earlier one is added."""
        waits: list[asyncio.Future[object]] = [asyncio.ensure_future(self._sooner.wait())]
        if self._heap:
            waits.append(asyncio.ensure_future(self._clock.sleep_until(parse(self._heap[0][0]))))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
