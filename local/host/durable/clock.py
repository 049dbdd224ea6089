"""Time, held by tests and real elsewhere."""

import asyncio
from datetime import UTC, datetime
from typing import Protocol

LONGEST_SLEEP = 60.0
"""Seconds after which a sleeper looks at the wall clock again, which a suspended laptop may have moved."""


class Clock(Protocol):
    """What the engine asks of time."""

    def now(self) -> datetime:
        """Return the current time, in UTC."""
        ...

    async def sleep_until(self, when: datetime) -> None:
        """Return once `now()` has reached `when`."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep_until(self, when: datetime) -> None:
        while (left := (when - self.now()).total_seconds()) > 0:  # noqa: ASYNC110 -- it is time that is awaited
            await asyncio.sleep(min(left, LONGEST_SLEEP))


def stamp(when: datetime) -> str:
    """Render a time as the SDK writes and reads it: UTC, microseconds, `Z`."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse(text: str) -> datetime:
    """Read what `stamp` wrote."""
    return datetime.fromisoformat(text)
