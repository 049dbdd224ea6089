"""A store on a file of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.platform.store import Store
from shared.platform.store.sqlite import SqliteStores, open_sqlite
from tests.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def stores(tmp_path: Path, clock: FakeClock) -> AsyncIterator[SqliteStores]:
    opened = await open_sqlite(tmp_path / "records.db", clock)
    yield opened
    await opened.close()


@pytest.fixture
def store(stores: SqliteStores) -> Store:
    return stores.open("acme")
