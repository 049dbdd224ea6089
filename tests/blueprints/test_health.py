import asyncio

import pytest

import shared
from blueprints import health
from tests.application import running


class Dependency:
    """A port that answers, fails or hangs."""

    def __init__(self, how: str) -> None:
        self.how = how

    async def ping(self) -> None:
        if self.how == "fails":
            raise ConnectionError("password=hunter2")
        if self.how == "hangs":
            await asyncio.Event().wait()

    async def close(self) -> None: ...


@pytest.fixture
async def app(tmp_path):
    async with running(tmp_path, [health.api.blueprint]) as application:
        yield application


def stand_in(app, **how):
    app.platform._open |= {name: Dependency(each) for name, each in how.items()}


async def test_health_touches_nothing(app):
    opened = dict(app.platform._open)
    answer = await app.client.get("/health")
    assert answer.json() == {"status": "healthy", "version": shared.__version__}
    assert app.platform._open == opened


async def test_ready_when_everything_answers(app):
    stand_in(app, blobs="answers", queues="answers")
    answer = await app.client.get("/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": {"store": "ready", "blobs": "ready", "queues": "ready"}}


async def test_not_ready_names_what_does_not_answer_and_no_more(app, monkeypatch):
    monkeypatch.setattr(health, "TIMEOUT", 0.3)
    await app.store()
    stand_in(app, blobs="fails", queues="hangs")
    answer = await app.client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"store": "ready", "blobs": "unavailable", "queues": "no answer"}
    assert "hunter2" not in answer.text
