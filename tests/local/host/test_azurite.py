import os
import signal
import stat

import pytest

from local.host.azurite import Azurite
from local.host.errors import AzuriteFailed
from tests.conftest import MODULES
from tests.local.host.conftest import container_client


@pytest.fixture
def opened(tmp_path):
    """Opens Azurites on one folder and stops what runs in the end."""

    def open_one() -> Azurite:
        azurite = Azurite.open(tmp_path / "data", MODULES)
        azurite.wait()
        return azurite

    yield open_one
    Azurite.open(tmp_path / "data", MODULES).stop()


def test_the_next_one_finds_the_running_one(opened):
    first, second = opened(), opened()
    assert (first.pid, first.connection_string) == (second.pid, second.connection_string)


def test_a_stop_keeps_blobs_key_and_ports(opened):
    first = opened()
    with container_client(first.connection_string, "kept") as container:
        container.create_container()
        container.upload_blob("x", b"content")
    first.stop()
    second = opened()
    assert second.connection_string == first.connection_string
    assert second.pid != first.pid
    with container_client(second.connection_string, "kept") as container:
        assert container.download_blob("x").readall() == b"content"


def test_the_account_key_is_its_own_and_private(opened, tmp_path):
    azurite = opened()
    assert "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq" not in azurite.connection_string
    assert stat.S_IMODE((tmp_path / "data" / "azurite.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data" / "azurite.log").stat().st_mode) == 0o600


def test_one_that_was_killed_is_started_again_where_it_was(opened):
    azurite = opened()
    address = azurite.connection_string
    os.kill(azurite.pid, signal.SIGKILL)
    while azurite.runs:
        pass
    azurite.restart()
    assert azurite.connection_string == address
    with container_client(address, "kept") as container:
        container.create_container()


def test_the_next_one_waits_for_the_end_of_one_that_is_ending(opened):
    first = opened()
    with pytest.raises(AzuriteFailed):
        first.stop(0)
    second = opened()
    assert second.pid != first.pid


def test_it_has_a_session_of_its_own(opened):
    azurite = opened()
    assert os.getsid(azurite.pid) == azurite.pid


def test_a_folder_without_azurite_is_named(tmp_path):
    with pytest.raises(AzuriteFailed, match="not installed in"):
        Azurite.open(tmp_path / "data", tmp_path / "nothing")
