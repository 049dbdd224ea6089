"""Fixtures for everybody."""

import fcntl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from local.host.azurite import Azurite

if TYPE_CHECKING:
    from tests.hub import Hub

settings.register_profile("untimed", deadline=None)  # how long an example takes tells of the machine
settings.load_profile("untimed")

MODULES = Path(__file__).parent.parent / "local" / "azurite" / "node_modules"


class Scheduling(LoadScopeScheduling):
    """Any test to any process, but all journeys to one: they share a hub, and take both processors."""

    def _split_scope(self, nodeid: str) -> str:
        return "journeys" if nodeid.startswith("tests/journeys/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    return Scheduling(config, log)


@pytest.fixture(autouse=True)
def neutral(monkeypatch: pytest.MonkeyPatch) -> None:
    """STORE is for `tests.stores`; what a test says about settings is not changed by it."""
    monkeypatch.delenv("STORE", raising=False)


@pytest.fixture
async def hub(tmp_path: Path) -> "AsyncIterator[Hub]":
    """A whole hub in this process."""
    from tests.hub import a_hub

    async with a_hub(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """The connection string of one Azurite that all of a run's processes share; use names of your own in it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "azurite"
    folder.mkdir(exist_ok=True)
    _count(folder, 1)
    running = Azurite.open(folder, MODULES)
    yield running.connection_string
    if _count(folder, -1) == 0:
        running.stop()


def _count(folder: Path, change: int) -> int:
    """Count the processes that use the Azurite, which is started under the lock by the first."""
    with (folder / "users").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        users = int(file.read() or 0) + change
        file.truncate(0)
        file.write(str(users))
        if change > 0:
            Azurite.open(folder, MODULES).wait()
        return users
