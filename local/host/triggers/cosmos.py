"""Change-feed (Cosmos DB) triggers over whatever stands in for the container.

As in the real host a batch that fails is retried by the function's retry policy; without one, or when it is used up,
the feed goes on and the batch is lost to the function. A batch that a crash or a stop interrupted is delivered again.
"""

import asyncio
import contextlib
import json
from typing import Any, Protocol

from local.host.conversion import decode
from local.host.function import Function
from local.host.triggers.retries import attempt_with_retries
from local.host.triggers.trigger import Runtime, Trigger

_POLL_DELAY_MS = 5000
_MOST_ITEMS = 100


class ChangeSource(Protocol):
    """A container's change feed."""

    async def read(self, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str]:
        """At most `limit` documents changed after a position (None: from the beginning), in order, and the new one."""
        ...

    async def wait(self) -> None:
        """Return when there may be news."""
        ...


class CosmosTrigger(Trigger):
    """One function's reading of the feed, from its saved position."""

    def __init__(self, function: Function, runtime: Runtime, source: ChangeSource) -> None:
        data = function.trigger.data
        self._function = function
        self._runtime = runtime
        self._source = source
        self._limit = int(data.get("maxItemsPerInvocation") or _MOST_ITEMS)
        self._delay = int(data.get("feedPollDelay") or _POLL_DELAY_MS) / 1000
        self._from_beginning = bool(data.get("startFromBeginning", False))

    async def open(self) -> None:
        if not self._from_beginning and self._runtime.state.position(self._function.name) is None:
            self._runtime.state.save_position(self._function.name, await self._end())

    async def run(self) -> None:
        name, state, stopping = self._function.name, self._runtime.state, self._runtime.stopping
        position = state.position(name)
        while not stopping.is_set():
            documents, after = await self._source.read(position, self._limit)
            if not documents:
                await self._news()
                continue
            if not await self._deliver(documents):
                return
            state.save_position(name, after)
            position = after

    async def _deliver(self, documents: list[dict[str, Any]]) -> bool:
        """Whether the position may advance: not when the host stopped between retries."""
        value = decode(self._function.inputs[self._function.trigger.name], json.dumps(documents), "json", {})
        outcome = await attempt_with_retries(self._runtime, self._function, value)
        return outcome.ok or not self._runtime.stopping.is_set()

    async def _end(self) -> str:
        """Where the feed stands now: a function that does not start from the beginning sees what comes later."""
        documents, position = await self._source.read(None, 1000)
        while documents:
            documents, position = await self._source.read(position, 1000)
        return position

    async def _news(self) -> None:
        """Wait for news, at most the poll delay, or for the stop."""
        waiters = {asyncio.ensure_future(self._source.wait()), asyncio.ensure_future(self._runtime.stopping.wait())}
        try:
            await asyncio.wait(waiters, timeout=self._delay, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiter in waiters:
                waiter.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await waiter
