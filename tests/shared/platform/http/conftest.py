from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.access import Role
from shared.platform.http import Refusal
from tests.application import Application, running
from tests.shared.platform.http.notes import BLUEPRINTS, heard


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Application]:
    heard.clear()
    async with running(tmp_path, BLUEPRINTS) as application:
        yield application


@pytest.fixture
async def user(app: Application) -> dict[str, str]:
    return await app.signed_in()


@pytest.fixture
async def organizer(app: Application) -> dict[str, str]:
    return await app.signed_in(Role.ORGANIZER)


@pytest.fixture
def refusals() -> list[Refusal]:
    return heard
