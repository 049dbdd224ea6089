"""A store, and consumers that can be watched and made to fail."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from shared.platform.changes import Change, Consumer, Parked
from shared.platform.changes.relay import Relay
from shared.platform.store import Store, Stores, Write
from tests.fakes import FakeClock
from tests.stores import open_stores


class Broken(Exception):
    """What a failing consumer raises."""


@dataclass
class Watched:
    """A consumer's memory: what it took, in order; it fails where `fails` says so."""

    fails: Callable[[Change], bool] = lambda _: False
    taken: list[tuple[str, int]] = field(default_factory=list)
    seen: list[Store] = field(default_factory=list)
    tries: int = 0

    async def handle(self, store: Store, change: Change) -> None:
        self.tries += 1
        self.seen.append(store)
        await asyncio.sleep(0)
        if self.fails(change):
            raise Broken(f"no {change.sequence}")
        self.taken.append((change.aggregate, change.sequence))

    def consumer(self, name: str, *types: str, from_start: bool = False) -> Consumer:
        return Consumer(name, self.handle, frozenset(types) or None, from_start)


class ParkingRelay(Relay):
    """A relay that remembers what it parked, by tenant, aggregate and consumer."""

    def __init__(self, stores: Stores, consumers: Sequence[Consumer], **options: Any) -> None:
        super().__init__(stores, consumers, self._remember, **options)
        self.parked: dict[tuple[str, str, str], Parked] = {}

    async def _remember(self, store: Store, parked: Parked) -> None:
        self.parked[store.tenant, parked.aggregate, parked.consumer] = parked


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def stores(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Stores]:
    opened = await open_stores(tmp_path, clock)
    yield opened
    await opened.close()


@pytest.fixture
def store(stores: Stores) -> Store:
    return stores.open("acme")


async def happen(store: Store, aggregate: str, *types: str) -> None:
    for event_type in types:
        await store.commit(Write(aggregate).change(event_type, f"thing/{aggregate}"))


async def feed(stores: Stores) -> list[dict[str, object]]:
    documents, _ = await stores.log.read(None, 10_000)
    return documents


async def park(relay: Relay, stores: Stores, clock: FakeClock) -> None:
    """Let a failing consumer use up its tries."""
    await relay.offer(await feed(stores))
    for _ in range(4):
        clock.advance(minutes=3)
        await relay.sweep()
