"""One running hub for all journeys of a process, and one to be killed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.app import AZURITE
from local.host.azurite import Azurite
from tests.journeys.hub import Hub


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    running = Hub(tmp_path_factory.mktemp("hub"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def mortal_hub(tmp_path: Path) -> Iterator[Hub]:
    running = Hub(tmp_path)
    running.start()
    yield running
    running.stop()
    Azurite.open(tmp_path, AZURITE).stop()
