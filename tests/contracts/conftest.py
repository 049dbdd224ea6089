"""The adapters that the contract of the store is held to."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from shared.clock import Clock
from shared.platform.store import Store, Stores
from shared.platform.store.sqlite import open_sqlite
from tests.fakes import FakeClock

Opener = Callable[[Clock], Awaitable[Stores]]


def sqlite(folder: Path) -> Opener:
    return lambda clock: open_sqlite(folder / "records.db", clock)


ADAPTERS = [sqlite]
"""Each gets a folder, and opens the same empty database every time that it is asked."""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=ADAPTERS, ids=lambda adapter: adapter.__name__)
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return request.param(tmp_path)


@pytest.fixture
async def stores(opener: Opener, clock: FakeClock) -> AsyncIterator[Stores]:
    opened = await opener(clock)
    yield opened
    await opened.close()


@pytest.fixture
async def others(opener: Opener) -> AsyncIterator[Stores]:
    """The same database as `stores`, as another process has it open."""
    opened = await opener(FakeClock(seed=1))
    yield opened
    await opened.close()


@pytest.fixture
def store(stores: Stores) -> Store:
    return stores.open("acme")
