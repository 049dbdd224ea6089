"""A process's permits, and where they are drawn from."""

import asyncio
import hashlib
from collections import OrderedDict
from datetime import UTC, datetime
from typing import ClassVar

from shared.platform.limits import TIERS, RateLimited, Standing, Window
from shared.platform.shapes import Piece
from shared.platform.store import AlreadyExists, Stale, Store, Write
from shared.platform.store.due import PROGRESS
from shared.platform.store.records import Expiring

REMEMBERED = 10_000
"""Principals whose permits a process holds; who is forgotten loses what was drawn for them."""
SHARE = 20
"""A block is this part of a window's limit, and near its end a quarter of what is left."""


class Count(Piece):
    """How many permits of the window that began then (seconds since 1970) were drawn."""

    window: str
    began: int
    drawn: int


class Drawn(Expiring):
    """The permits of one principal that processes have drawn; in the tenant `system`, under the principal's hash."""

    kind: ClassVar[str] = "drawn_permits"
    container: ClassVar[str] = PROGRESS

    counts: tuple[Count, ...] = ()

    def latest(self, window: Window) -> int:
        """When the window began that was drawn from last: by a process whose clock is ahead, that of now."""
        return max([each.began for each in self.counts if each.window == window.name], default=0)

    def drawn(self, window: Window, began: int) -> int:
        return next((each.drawn for each in self.counts if (each.window, each.began) == (window.name, began)), 0)


class Purse:
    """What one process holds of one window: permits to spend, and what the store had left when they were drawn."""

    __slots__ = ("began", "beyond", "permits", "window")

    def __init__(self, window: Window) -> None:
        self.window = window
        self.began = self.permits = self.beyond = 0

    def turn(self, now: int) -> None:
        """Begin the window of now, if that is later than the one before; nothing is known of it yet."""
        began = now - now % self.window.seconds
        if began > self.began:
            self.began, self.permits, self.beyond = began, 0, self.window.limit

    def standing(self, now: int) -> Standing:
        return Standing(self.window, self.permits + self.beyond, self.began + self.window.seconds - now)


class Purses:
    """All that one process holds of one principal."""

    __slots__ = ("all", "lock", "tier")

    def __init__(self, tier: str) -> None:
        self.tier = tier
        self.all = [Purse(window) for window in TIERS[tier]]
        self.lock = asyncio.Lock()

    def spend(self, now: int) -> bool:
        """Whether there was a permit of every window, which is gone then."""
        for purse in self.all:
            purse.turn(now)
        if not all(purse.permits for purse in self.all):
            return False
        for purse in self.all:
            purse.permits -= 1
        return True

    @property
    def spent(self) -> list[Purse]:
        """The windows that nothing is left of anywhere."""
        return [purse for purse in self.all if not purse.permits and not purse.beyond]

    def standings(self, now: int) -> list[Standing]:
        return [purse.standing(now) for purse in self.all]


class Permits:
    """Lets requests through, each by a permit of every window of its principal's tier."""

    def __init__(self, system: Store) -> None:
        self._system = system
        self._held: OrderedDict[str, Purses] = OrderedDict()

    async def take(self, principal: str, tier: str) -> list[Standing]:
        """Spend a permit, and say what is left; raises RateLimited, with the fields that say so."""
        held = self._of(principal, tier)
        if not held.spend(self._now()):
            async with held.lock:
                while not held.spend(self._now()):
                    if spent := held.spent:
                        raise _limited(held, spent, self._now())
                    await self._draw(principal, held)
        return held.standings(self._now())

    def _now(self) -> int:
        return int(self._system.clock.now().timestamp())

    def _of(self, principal: str, tier: str) -> Purses:
        held = self._held.get(principal)
        if held is None or held.tier != tier:
            held = self._held[principal] = Purses(tier)
            if len(self._held) > REMEMBERED:
                self._held.popitem(last=False)
        self._held.move_to_end(principal)
        return held

    async def _draw(self, principal: str, held: Purses) -> None:
        """Draw a block of each window that has no permit left, unless another has none anywhere."""
        key = hashlib.sha256(principal.encode()).hexdigest()
        while True:
            there = await self._system.get(Drawn, key)
            known = there or Drawn(id=key, expires_at=datetime.min.replace(tzinfo=UTC))
            for purse in held.all:
                purse.turn(known.latest(purse.window))
                purse.beyond = max(purse.window.limit - known.drawn(purse.window, purse.began), 0)
            if held.spent:
                return
            blocks = [0 if purse.permits else _block(purse) for purse in held.all]
            if await self._saved(_with(known, held, blocks)):
                for purse, block in zip(held.all, blocks, strict=True):
                    purse.permits += block
                    purse.beyond -= block
                return

    async def _saved(self, drawn: Drawn) -> bool:
        write = Write(drawn.id)
        try:
            await self._system.commit(write.replace(drawn) if drawn.etag else write.create(drawn))
        except (AlreadyExists, Stale):
            return False
        return True


def _block(purse: Purse) -> int:
    return max(min(purse.window.limit // SHARE, purse.beyond // 4), 1)


def _with(known: Drawn, held: Purses, blocks: list[int]) -> Drawn:
    counts = [
        Count(window=purse.window.name, began=purse.began, drawn=purse.window.limit - purse.beyond + block)
        for purse, block in zip(held.all, blocks, strict=True)
    ]
    ends = max(purse.began + purse.window.seconds for purse in held.all)
    return known.with_(counts=counts, expires_at=datetime.fromtimestamp(ends, UTC))


def _limited(held: Purses, spent: list[Purse], now: int) -> RateLimited:
    wait = max(purse.standing(now).reset for purse in spent)
    names = " and ".join(purse.window.name for purse in spent)
    return RateLimited(
        f"All requests of this {names} are made; wait {wait} s, or ask an administrator for another tier.",
        headers={"Retry-After": str(wait)},
        standings=held.standings(now),
    )
