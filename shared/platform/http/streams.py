"""Answers that come bit by bit: server-sent events, with a sign of life while nothing happens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

import orjson
from azurefunctions.extensions.http.fastapi import StreamingResponse

from shared.errors import Problem
from shared.platform import telemetry
from shared.platform.http import problems

log = telemetry.logger(__name__)
EVENTS = "text/event-stream"
HEARTBEAT = 10.0
"""Seconds without an event after which a comment is sent, so that nobody between takes the line for dead."""
_BEGUN, _ALIVE = b": begun\n\n", b": still here\n\n"


@dataclass(frozen=True, slots=True)
class Sent:
    """A server-sent event: its name, and its data as JSON."""

    name: str
    data: bytes

    def framed(self) -> bytes:
        return b"event: %s\ndata: %s\n\n" % (self.name.encode(), self.data)


def streamed(
    events: AsyncIterator[Sent], *, instance: str, correlation_id: str, heartbeat: float = HEARTBEAT
) -> StreamingResponse:
    """The events as they come; a refusal or fault ends them with an event `error`, a problem document."""
    told = _told(events, instance, correlation_id)
    return StreamingResponse(_alive(told, heartbeat), media_type=EVENTS, headers={"X-Accel-Buffering": "no"})


async def _told(events: AsyncIterator[Sent], instance: str, correlation_id: str) -> AsyncIterator[Sent]:
    try:
        async for event in events:
            yield event
    except Problem as problem:
        yield _error(problem, instance, correlation_id)
    except Exception:
        log.exception("a stream failed", correlation_id=correlation_id)
        yield _error(problems.Unexpected(), instance, correlation_id)


def _error(problem: Problem, instance: str, correlation_id: str) -> Sent:
    return Sent("error", orjson.dumps(problems.document(problem, instance=instance, correlation_id=correlation_id)))


async def _alive(events: AsyncIterator[Sent], heartbeat: float) -> AsyncIterator[bytes]:
    """A first comment at once, then the events, and comments where none comes for a while."""
    yield _BEGUN
    upcoming = asyncio.ensure_future(_next(events))
    try:
        while True:
            done, _ = await asyncio.wait({upcoming}, timeout=heartbeat)
            if not done:
                yield _ALIVE
                continue
            event = upcoming.result()
            if event is None:
                return
            yield event.framed()
            upcoming = asyncio.ensure_future(_next(events))
    finally:
        upcoming.cancel()
        with suppress(asyncio.CancelledError):
            await upcoming


async def _next(events: AsyncIterator[Sent]) -> Sent | None:
    return await anext(events, None)
