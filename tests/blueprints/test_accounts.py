from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from blueprints import accounts
from shared.access import Role
from tests.application import PASSWORD, Application, running


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Application]:
    async with running(tmp_path, [accounts.api.blueprint]) as application:
        yield application


async def test_password_gets_tokens(app):
    user = await app.user(Role.ORGANIZER, email="Ada@Example.org")
    answer = await app.client.post("/auth/token", json={"email": "ada@example.ORG", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    session = answer.json()
    assert set(session) == {"access_token", "token_type", "expires_in", "refresh_token"}
    me = await app.client.get("/v1/me", headers={"Authorization": f"Bearer {session['access_token']}"})
    assert me.json()["id"] == user.id
