"""Where time, ids and randomness come from, so that a test can hold them."""

import asyncio
import hashlib
import secrets
from datetime import UTC, datetime

import uuid_utils
from uuid_utils import UUID


class Clock:
    """The real seam: UTC time, time-ordered ids, unguessable tokens."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def uuid7(self) -> UUID:
        return uuid_utils.uuid7()

    def token(self, size: int = 32) -> str:
        """URL-safe text of `size` random bytes."""
        return secrets.token_urlsafe(size)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def new_id(self, prefix: str) -> str:
        """An identifier such as `evt_0192f0c1…`: prefix, underscore, UUIDv7 in hex with hyphens."""
        return f"{prefix}_{self.uuid7()}"


def derived_id(prefix: str, *parts: str) -> str:
    """The one id that these parts always give: a UUID of version 8 over SHA-256."""
    digest = bytearray(hashlib.sha256("\x1f".join(parts).encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return f"{prefix}_{UUID(bytes=bytes(digest))}"
