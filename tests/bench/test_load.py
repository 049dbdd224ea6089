import pytest

from bench.load import Load, by_clients
from tests.hub import a_hub


@pytest.fixture
async def load(tmp_path):
    async with a_hub(tmp_path) as hub:
        yield await Load.on(hub, projects=60)


async def test_eight_clients_get_their_answers(load):
    await by_clients(load.read, 400)
    await by_clients(load.mixed, 300)
    assert not load.failed
    assert load.answers.total() == 700


async def test_reads_that_are_all_too_slow_for_the_event_loop_are_answered_too(load, monkeypatch):
    monkeypatch.setattr("shared.platform.store.sqlite_reader.QUICK_SECONDS", 0)
    await by_clients(load.mixed, 300)
    assert not load.failed
