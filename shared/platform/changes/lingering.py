"""Deliveries that go on when their batch has ended: of one process, by consumer, and not without bound."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from weakref import WeakKeyDictionary

from shared.platform import telemetry
from shared.platform.store import Stores

ROOM = 64
"""Deliveries to one consumer that may go on at once; what comes beyond waits for a sweep."""


class Lingering:
    """Who is slow, and what of it is still under way."""

    def __init__(self) -> None:
        self._tasks: dict[str, set[asyncio.Task[None]]] = {}

    def __contains__(self, consumer: str) -> bool:
        return bool(self._tasks.get(consumer))

    def full(self, consumer: str) -> bool:
        return len(self._tasks.get(consumer, ())) >= ROOM

    def add(self, consumer: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=f"delivery to {consumer}")
        self._tasks.setdefault(consumer, set()).add(task)
        task.add_done_callback(lambda ended: self._ended(consumer, ended))

    async def settled(self) -> None:
        """Return when nothing is under way."""
        while tasks := [task for each in self._tasks.values() for task in each]:
            await asyncio.wait(tasks)

    def _ended(self, consumer: str, task: asyncio.Task[None]) -> None:
        self._tasks[consumer].discard(task)
        if not task.cancelled() and (error := task.exception()):
            telemetry.logger(__name__).error(
                "a slow delivery broke off; the sweep goes on with it", consumer=consumer, error=type(error).__name__
            )


_by_stores: "WeakKeyDictionary[Stores, Lingering]" = WeakKeyDictionary()


def lingering(stores: Stores) -> Lingering:
    """Of all relays on these stores, as each invocation makes its own."""
    return _by_stores.setdefault(stores, Lingering())
