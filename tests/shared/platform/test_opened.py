import asyncio

import pytest

from shared.platform import opened
from shared.platform.opened import Platform, WrongSettings
from shared.platform.store import Unreachable
from tests.application import SECRET, a_settings


@pytest.fixture
def environment(monkeypatch, tmp_path):
    for name, value in {"HOSTING": "local", "JWT_SECRET": SECRET, "DATA_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    opened.use(None)
    yield monkeypatch
    opened.use(None)


async def test_a_port_is_opened_once_by_however_many_ask_first(tmp_path):
    platform = Platform(a_settings(tmp_path))
    stores = await asyncio.gather(*(platform.stores() for _ in range(8)))
    assert len({id(each) for each in stores}) == 1
    await platform.close()


async def test_after_closing_a_port_is_opened_anew(tmp_path):
    platform = Platform(a_settings(tmp_path))
    first = await platform.stores()
    await platform.close()
    second = await platform.stores()
    assert second is not first
    await second.ping()
    await platform.close()


async def test_a_port_that_cannot_be_opened_may_be_asked_for_again(tmp_path):
    (tmp_path / "data").write_text("not a folder")
    platform = Platform(a_settings(tmp_path / "data", store="sqlite"))
    for _ in range(2):
        with pytest.raises(Unreachable):
            await platform.stores()
    (tmp_path / "data").unlink()
    await (await platform.stores()).ping()
    await platform.close()


def test_the_process_has_one_platform(environment):
    assert opened.platform() is opened.platform()
    assert opened.platform().settings.jwt_secret.get_secret_value() == SECRET


def test_all_faults_are_told_at_once_in_plain_words(environment):
    environment.setenv("ACCESS_TOKEN_MINUTES", "900")
    environment.setenv("STORE", "oracle")
    environment.setenv("JWT_SECRET", "short")
    environment.setenv("CORS_ORIGINS", "*")
    environment.setenv("CORS_CREDENTIALS", "true")
    with pytest.raises(WrongSettings) as wrong:
        opened.platform()
    message = str(wrong.value)
    for words in ("ACCESS_TOKEN_MINUTES: Input should be less", "STORE: ", "- JWT_SECRET is", "- CORS_ORIGINS=*"):
        assert words in message
    assert "short\n" not in message
