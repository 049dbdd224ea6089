"""The adapters that the contract of the store is held to."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.clock import Clock
from shared.platform.store import Store, Stores
from shared.platform.store.cosmos import open_cosmos
from shared.platform.store.sqlite import open_sqlite
from shared.settings import Settings
from tests.cosmos_server.databases import a_database, cosmos_account
from tests.fakes import FakeClock
from tests.neo4j_server.running import NoNeo4j
from tests.neo4j_server.running import running as neo4j

Opener = Callable[[Clock], Awaitable[Stores]]


@pytest.fixture(scope="session")
def cosmos_endpoint() -> Iterator[tuple[str, str]]:
    """Address and key of a Cosmos DB account: the one of COSMOS_ENDPOINT, else the test server."""
    with cosmos_account() as endpoint:
        yield endpoint


@pytest.fixture
def cosmos_settings(cosmos_endpoint: tuple[str, str]) -> Iterator[Settings]:
    """A database of its own."""
    with a_database(*cosmos_endpoint) as settings:
        yield settings


@pytest.fixture(scope="session")
def neo4j_uri(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """The address of one Neo4j that all of a run's processes share; without any the test is skipped."""
    base = tmp_path_factory.getbasetemp()
    try:
        with neo4j((base if worker_id == "master" else base.parent) / "neo4j") as address:
            yield address
    except NoNeo4j as error:
        pytest.skip(str(error))


def sqlite(request: pytest.FixtureRequest) -> Opener:
    folder: Path = request.getfixturevalue("tmp_path")
    return lambda clock: open_sqlite(folder / "records.db", clock)


def cosmos(request: pytest.FixtureRequest) -> Opener:
    settings: Settings = request.getfixturevalue("cosmos_settings")
    return lambda clock: open_cosmos(settings, clock)


ADAPTERS = [sqlite, cosmos]
"""Each opens the same empty database every time that it is asked."""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=ADAPTERS, ids=lambda adapter: adapter.__name__)
def opener(request: pytest.FixtureRequest) -> Any:
    return request.param(request)


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
