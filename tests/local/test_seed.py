"""What a fresh hub is filled with."""

import json
import stat

import pytest

from local import app, seed
from local.client import Client
from tests.local.stub import a_stub


@pytest.fixture
def stub():
    with a_stub() as running:
        running.answers["POST /v1/admin/users"] = [(201, {"id": "usr_1"})]
        yield running


def test_an_account_is_made_for_each_role_once(stub, tmp_path):
    app.settings(tmp_path)
    first = seed.people(stub.url, tmp_path)
    assert seed.people(stub.url, tmp_path) == first
    made = [json.loads(body) for request, _, body in stub.asked if request == "POST /v1/admin/users"]
    assert [one["roles"] for one in made] == [["organizer"], ["presenter"], ["reviewer"], ["user"]]
    assert {one["email"]: one["password"] for one in made} == dict(first.values())
    assert stat.S_IMODE((tmp_path / "people.json").stat().st_mode) == 0o600


def test_the_event_is_published(stub):
    stub.answers["POST /v1/events"] = [(201, {"id": "evt_1"})]
    stub.answers["POST /v1/events/evt_1/publish"] = [(200, {"id": "evt_1", "status": "live"})]
    organizer = Client(stub.url, "olga@example.org", "secret")
    assert seed.live_event(organizer)["status"] == "live"
    organizer.close()
