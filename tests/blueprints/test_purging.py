"""Removing deleted things for good, thirty days on: nothing is left of them, and nothing of others goes."""

import json
from hashlib import sha256

import pytest

from shared.access import Role
from shared.domains.audit.model import AuditEntry
from shared.domains.purging.purge import DELETED
from shared.platform.blobs import Container
from shared.platform.changes.inbox import InboxClaim
from shared.platform.store import Change, every
from shared.platform.store.due import Due
from shared.platform.store.records import MODELS
from tests.hub import FUNCTIONS, PLACELESS

PDF = b"%PDF-1.7\n%to be purged\n%%EOF\n"
BYTES = f"default/{sha256(PDF).hexdigest()}"
KEPT = (Change, InboxClaim, AuditEntry)
"""What stays of anything: its history, and what the relay notes of that."""


@pytest.fixture
async def presenter(hub):
    return await hub.the(Role.PRESENTER)


@pytest.fixture
async def event(hub):
    return await hub.event()


@pytest.fixture
async def project(hub, event, presenter):
    """A project with a source read, feedback, a quarantined file and an unused address."""
    project = await hub.project(event["id"])
    await hub.readable(PDF, PLACELESS)
    await hub.upload(project["id"], PDF)
    await hub.settle()
    (artifact,) = (await presenter.get(f"/v1/projects/{project['id']}/knowledge"))["value"]
    await presenter.post(f"/v1/knowledge/{artifact['id']}/feedback", {"text": "Fine."})
    await presenter.post(f"/v1/projects/{project['id']}/uploads", {"fileName": "never.pdf", "size": 9}, status=201)
    await hub.blobs.put(Container.QUARANTINE, f"default/{project['id']}/src_1", b"x")
    await hub.settle()
    return project["id"]


async def delete(hub, path):
    admin = await hub.the(Role.ADMIN)
    assert (await admin.ask("DELETE", path)).status_code == 204
    await hub.settle()


async def sweep(hub, **later):
    hub.clock.advance(**later)
    await FUNCTIONS["purge_deleted"](None)


async def noted(hub):
    return [due.ref async for due in every(await hub.store("system"), Due) if due.what == DELETED]


async def mentions(hub, *ids):
    """The kinds of what is stored that names one of these, history aside."""
    found = set()
    for model in [model for model in MODELS.values() if model not in KEPT and model.__module__.startswith("shared.")]:
        for tenant in ("default", "system"):
            async for record in every(await hub.store(tenant), model):
                text = json.dumps([record.id, record.aggregate_id, record.model_dump(mode="json")])
                found |= {model.kind for known in ids if known in text}
    return found - {"relay_cursor", "due"}


async def test_nothing_is_left_of_a_project_but_its_history(hub, event, project, presenter):
    (artifact,) = (await presenter.get(f"/v1/projects/{project}/knowledge"))["value"]
    ids = (project, artifact["id"], artifact["sourceId"], artifact["jobId"])
    assert {"project", "artifact", "feedback", "source", "job"} <= await mentions(hub, *ids)
    await delete(hub, f"/v1/projects/{project}")
    await sweep(hub, days=29, hours=23)
    assert "artifact" in await mentions(hub, *ids)
    assert (Container.SOURCES, BYTES) in hub.blobs.blobs
    await sweep(hub, hours=2)
    assert await mentions(hub, *ids) == set()
    assert [name for _, name in hub.blobs.blobs if project in name or BYTES in name] == []
    told = [change.event_type async for change in every(await hub.store(), Change, aggregate=project)]
    assert told[-1] == "ProjectPurged"
    assert await noted(hub) == []
    await hub.settle()
    await hub.again()
    assert await mentions(hub, *ids) == set()
    assert "event" in await mentions(hub, event["id"])


async def test_an_event_goes_with_all_of_its_projects(hub, event, project):
    organizer = await hub.the(Role.ORGANIZER)
    body = {"title": "Talk", "startTime": "2026-05-04T09:00:00Z", "endTime": "2026-05-04T10:00:00Z"}
    session = await organizer.post(f"/v1/events/{event['id']}/sessions", body)
    await delete(hub, f"/v1/events/{event['id']}")
    await sweep(hub, days=30, minutes=1)
    assert await mentions(hub, event["id"], project, session["id"]) == set()
    assert await noted(hub) == []


async def test_what_was_restored_stays(hub, project, presenter):
    await delete(hub, f"/v1/projects/{project}")
    await presenter.post(f"/v1/projects/{project}/restore", status=200)
    await hub.settle()
    await sweep(hub, days=31)
    assert {"project", "artifact"} <= await mentions(hub, project)
    assert (Container.SOURCES, BYTES) in hub.blobs.blobs


async def test_a_note_of_an_earlier_deletion_removes_nothing_too_soon(hub, project, presenter):
    """As if the feed were late with what was restored and deleted again."""
    await delete(hub, f"/v1/projects/{project}")
    hub.clock.advance(days=20)
    person = await hub.person(Role.ADMIN)
    await person.post(f"/v1/projects/{project}/restore", status=200)
    assert (await person.ask("DELETE", f"/v1/projects/{project}")).status_code == 204
    await sweep(hub, days=11)
    assert "deleted_project" in await mentions(hub, project)


async def test_bytes_that_another_project_has_too_stay(hub, event, project):
    other = await hub.project(event["id"], title="Other")
    await hub.upload(other["id"], PDF)
    await hub.settle()
    await delete(hub, f"/v1/projects/{project}")
    await sweep(hub, days=31)
    assert (Container.SOURCES, BYTES) in hub.blobs.blobs
    assert [name for kind, name in hub.blobs.blobs if kind == Container.EVIDENCE and name.startswith(BYTES)]
    assert "deleted_project" not in await mentions(hub, project)


async def test_bytes_that_are_being_taken_in_again_wait_for_the_next_night(hub, project):
    await delete(hub, f"/v1/projects/{project}")
    hub.clock.advance(days=31)
    await hub.blobs.put(Container.SOURCES, BYTES, PDF)
    await sweep(hub)
    assert (Container.SOURCES, BYTES) in hub.blobs.blobs
    assert "deleted_project" in await mentions(hub, project)
    await sweep(hub, days=2)
    assert (Container.SOURCES, BYTES) not in hub.blobs.blobs
    assert "deleted_project" not in await mentions(hub, project)
