"""The change feed: who hears of what, and what happens when they cannot take it."""

import json

import azure.functions as func
import pytest

from blueprints import changes
from shared.access import Role
from shared.platform.changes import Consumer
from shared.platform.changes.relay import Relay
from shared.platform.opened import Platform
from shared.platform.store import Change
from shared.platform.store.cosmos_containers import LEASES
from tests.counting import calls_of
from tests.hub import FUNCTIONS


def test_the_feed_is_bound_by_the_names_that_the_cosmos_extension_reads():
    """Those of version 4 of the extension; COSMOS is a connection string, or begins COSMOS__accountEndpoint."""
    app = func.FunctionApp()
    app.register_functions(changes.bp)
    bindings = [json.loads(raw) for function in app.get_functions() for raw in function.get_raw_bindings()]
    (feed,) = [binding for binding in bindings if binding["type"] == "cosmosDBTrigger"]
    assert feed == {
        "type": "cosmosDBTrigger",
        "direction": "IN",
        "name": "documents",
        "connection": "COSMOS",
        "databaseName": "%COSMOS_DATABASE%",
        "containerName": Change.container,
        "leaseContainerName": LEASES["id"],
        "feedPollDelay": 500,
        "startFromBeginning": True,
    }


def test_every_consumer_has_a_name_of_its_own(hub):
    names = [consumer.name for consumer in hub.consumers]
    assert sorted(names) == sorted(set(names))
    assert {"jobs", "review", "compilation", "search", "search-summaries", "audit", "job-teams"} <= set(names)


async def test_what_a_consumer_could_not_take_it_takes_later(hub, monkeypatch):
    project = await hub.project()
    await hub.artifact(project["id"])
    presenter = await hub.the(Role.PRESENTER)

    async def down():
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(hub.app.platform, "search", down)
        await hub.settle()
    assert (await presenter.get("/v1/knowledge/search", q="accuracy"))["results"] == []
    await hub.sweep()
    assert (await presenter.get("/v1/knowledge/search", q="accuracy"))["results"]


async def lose_search(hub, folder):
    """Another index, made when it is opened, instead of the one there was."""
    there = hub.app.platform
    await there._open.pop("search").close()
    new = {"data_dir": folder, "cosmos_database": f"{there.settings.cosmos_database}-new"}
    there._open["search"] = await Platform(there.settings.model_copy(update=new), hub.clock).search()


async def test_a_search_index_that_is_lost_is_made_anew(hub, tmp_path):
    project = await hub.project()
    await hub.artifact(project["id"])
    presenter = await hub.the(Role.PRESENTER)
    await hub.settle()
    before = (await presenter.get("/v1/knowledge/search", q="accuracy"))["results"]
    await lose_search(hub, tmp_path / "new")
    assert (await presenter.get("/v1/knowledge/search", q="accuracy"))["results"] == []
    await FUNCTIONS["renew_search"](None)
    await hub.sweep()
    assert (await presenter.get("/v1/knowledge/search", q="accuracy"))["results"] == before
    assert before


async def test_a_search_index_that_is_whole_is_left_alone(hub):
    await hub.artifact((await hub.project())["id"])
    await hub.settle()
    await FUNCTIONS["renew_search"](None)
    await hub.sweep()
    stores = await hub.app.platform.stores()
    with calls_of(stores) as calls:
        await FUNCTIONS["renew_search"](None)
    assert calls == ["get"]


async def test_what_the_feed_missed_the_sweep_finds(hub):
    project = await hub.project()
    await hub.artifact(project["id"])
    presenter = await hub.the(Role.PRESENTER)
    await presenter.post(f"/v1/projects/{project['id']}/submit")
    log = (await hub.app.platform.stores()).log
    _, hub._position = await log.read(None, 1000)
    await hub.settle()
    page = await presenter.get(f"/v1/projects/{project['id']}/knowledge")
    assert [one["status"] for one in page["value"]] == ["draft"]
    await hub.sweep()
    page = await presenter.get(f"/v1/projects/{project['id']}/knowledge")
    assert [one["status"] for one in page["value"]] == ["review"]


async def test_every_change_is_audited_once(hub):
    project = await hub.project()
    await hub.settle()
    await hub.sweep()
    admin = await hub.the(Role.ADMIN)
    logs = await admin.get("/v1/admin/audit/logs", _filter=f"subject eq 'project/{project['id']}'")
    assert [entry["action"] for entry in logs["value"]] == ["ProjectCreated"]


@pytest.mark.parametrize("documents", [[], [{"kind": "event", "id": "evt_1"}], [{}]])
async def test_documents_that_are_no_changes_are_passed_over(hub, documents):
    heard = []

    async def hear(store, change):
        heard.append(change)

    await Relay(await hub.app.platform.stores(), [Consumer("all", hear)], hub.relay._delivery._park).offer(documents)
    assert heard == []
