"""An empty store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.platform.store import Store, Stores
from tests.fakes import FakeClock
from tests.stores import open_stores


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
