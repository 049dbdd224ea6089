"""The queue port: text messages that wake a queue trigger, at least once and in no order."""

from enum import StrEnum
from typing import Protocol


class Queue(StrEnum):
    """The queues of the app; each has a `…-poison` beside it."""

    AUDIT_WRITES = "audit-writes"


MAX_BYTES = 48 * 1024
"""UTF-8 bytes of a message: what Base64 makes 64 KiB of."""


class Queues(Protocol):
    """The sending side; queue triggers receive."""

    async def send(self, queue: Queue, text: str, *, delay: float = 0) -> None:
        """Put a message, visible after `delay` seconds; raises ValueError beyond MAX_BYTES."""
        ...

    async def ping(self) -> None: ...

    async def close(self) -> None: ...
