from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.application import Application, running


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Application]:
    async with running(tmp_path, []) as application:
        yield application


@pytest.fixture
def platform(app: Application):
    return app.platform


@pytest.fixture
async def store(app: Application):
    return await app.store()
