"""The queue port: text messages that wake a queue trigger, at least once and in no order."""

from enum import StrEnum
from typing import Protocol


class Queue(StrEnum):
    """The queues of the app; each has a `…-poison` beside it."""

    AUDIT_WRITES = "audit-writes"


class Queues(Protocol):
    async def send(self, queue: Queue, text: str, *, delay: float = 0) -> None:
        """Put a message, visible after `delay` seconds; at most 48 KiB of text."""
        ...

    async def ping(self) -> None: ...

    async def close(self) -> None: ...
