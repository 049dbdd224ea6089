"""Stand-ins for the seams, for every test."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from itertools import count

from uuid_utils import UUID

from shared.clock import Clock


class FakeClock(Clock):
    """Time that a test moves, ids and tokens that count up; sleeping moves the time."""

    def __init__(self, now: datetime = datetime(2026, 1, 1, tzinfo=UTC), seed: int = 0) -> None:
        self.time = now
        self.slept: list[float] = []
        self._seed = seed
        self._numbers = count(1)

    def now(self) -> datetime:
        return self.time

    def advance(self, seconds: float = 0, **spans: float) -> None:
        """Move by seconds, or by `minutes=…`, `hours=…`, `days=…`."""
        self.time += timedelta(seconds=seconds, **spans)

    def uuid7(self) -> UUID:
        """Ascending within one clock, and unlike those of clocks with another seed."""
        return UUID(int=(0x019B7600 << 96) | (7 << 76) | (2 << 62) | (self._seed << 40) | next(self._numbers))

    def token(self, size: int = 32) -> str:
        digest = hashlib.sha256(f"{self._seed}-{next(self._numbers)}".encode()).hexdigest()
        return (digest * (size // 32 + 1))[: size * 4 // 3]

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)
        await asyncio.sleep(0)


class HeldMail:
    """A mail port that keeps what it is sent: address, subject, text."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []

    async def send(self, to: str, subject: str, text: str) -> None:
        self.sent.append((to, subject, text))

    async def close(self) -> None: ...
