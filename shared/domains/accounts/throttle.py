"""Guessing is slow: ten failed sign-ins in 15 minutes for an e-mail, or 200 for an address, close the door."""

import asyncio
import hashlib
from datetime import datetime, timedelta
from math import ceil

from shared.domains.accounts.model import FailedSignIns, TooManyFailures
from shared.domains.accounts.queries import normal_email
from shared.platform.store import AlreadyExists, Stale, Store, Write

FAILURES = 10
"""Of an account, known or not."""
FAILURES_OF_ADDRESS = 200
"""Of an address, which everybody at a venue may share."""
WINDOW = timedelta(minutes=15)


class Throttle:
    """Counts for one attempt; `system` is a store of the tenant `system`. The caller holds a hashing slot meanwhile."""

    def __init__(self, system: Store, email: str, address: str) -> None:
        self._system = system
        self._account = _key("email", normal_email(email))
        self._most = {self._account: FAILURES, _key("address", address): FAILURES_OF_ADDRESS}

    async def check(self) -> None:
        """Raise TooManyFailures when too many have failed."""
        now = self._system.clock.now()
        counts = await asyncio.gather(*(self._recent(key, now) for key in self._most))
        pairs = zip(counts, self._most.values(), strict=True)
        waits = [failed[-most] + WINDOW - now for failed, most in pairs if len(failed) >= most]
        if waits:
            seconds = ceil(max(waits).total_seconds())
            raise TooManyFailures("Wait before you try again.", headers={"Retry-After": str(max(seconds, 1))})

    async def failed(self) -> None:
        """Count a failure."""
        for key, most in self._most.items():
            while not await self._counted(key, most):
                pass

    async def succeeded(self) -> None:
        """Forget the account's failures; the address keeps its own."""
        there = await self._system.get(FailedSignIns, self._account)
        if there:
            await self._system.commit(Write(there.id).put(there.with_(at=())))

    async def _recent(self, key: str, now: datetime) -> tuple[datetime, ...]:
        there = await self._system.get(FailedSignIns, key)
        return tuple(at for at in there.at if at > now - WINDOW) if there else ()

    async def _counted(self, key: str, most: int) -> bool:
        now = self._system.clock.now()
        there = await self._system.get(FailedSignIns, key)
        recent = (*(at for at in there.at if at > now - WINDOW), now)[-most:] if there else (now,)
        record = FailedSignIns(id=key, at=recent, expires_at=now + WINDOW, etag=there.etag if there else "")
        write = Write(key)
        try:
            await self._system.commit(write.replace(record) if there else write.create(record))
        except (AlreadyExists, Stale):
            return False
        return True


def _key(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}\x1f{value}".encode()).hexdigest()
