"""Jobs of any kind: what their type lists is stored beside their own members, and old ones are still read."""

import json

import pytest

from shared.access import Actor, Role
from shared.domains.jobs.actions import new_job, share
from shared.domains.jobs.model import TYPES, Job, JobType, register
from shared.domains.jobs.queries import visible_to
from shared.domains.jobs.views import shown
from shared.domains.sources.model import EXTRACTION
from shared.platform.store import Record, save

OLD = {
    "kind": "job", "schemaVersion": 1, "tenantId": "default", "id": "job_1", "jobType": "extraction",
    "projectId": "proj_1", "eventId": "evt_1", "sourceId": "src_1", "sourceType": "paper", "fileName": "a.pdf",
    "artifactId": None, "createdBy": "usr_1", "team": ["ada@example.org"], "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-01-01T00:00:00Z", "awaitingUpload": True, "duplicateOf": None,
}  # fmt: skip


async def never(*_):
    return ""


class Ledger(Record):
    kind = "ledger"


@pytest.fixture
def export():
    """A type of job that no domain of the app has."""
    yield register(JobType("export", details=("ledgerId", "format"), closed=never))
    del TYPES["export"]


def an_actor(user_id: str, email: str, *roles: Role) -> Actor:
    return Actor(user_id, "default", email, frozenset(roles))


async def test_a_job_of_a_new_kind_needs_nothing_of_the_others(hub, export):
    store = await hub.store()
    ledger = Ledger(id="led_1")
    job = new_job(store, export, ledger, by="usr_1", readers=["Ada@example.org"], details={"ledgerId": "led_1"})
    saved = await save(store, job, "JobRequested")
    assert await store.get(Job, job.id) == saved
    view = json.loads(shown(saved, store.clock.now()).model_dump_json(by_alias=True))
    assert (view["subject"], view["ledgerId"], view["format"]) == ("ledger/led_1", "led_1", None)
    assert "projectId" not in view
    assert saved.type.orchestration == "export_v1"


async def test_readers_see_a_job_and_follow_those_of_its_subject(hub, export):
    store = await hub.store()
    ledger = Ledger(id="led_1")
    await save(store, new_job(store, export, ledger, by="usr_1", readers=["Ada@example.org"]), "JobRequested")

    async def seen(actor: Actor) -> int:
        return int(await store.count(Job, visible_to(actor)))

    one, ada, eve = (
        an_actor(*who) for who in [("usr_1", "x@y.org"), ("usr_2", "ADA@example.org"), ("usr_3", "e@y.org")]
    )
    assert [await seen(who) for who in (one, ada, eve)] == [1, 1, 0]
    await share(store, ledger, ["usr_3"])
    assert [await seen(who) for who in (one, ada, eve)] == [1, 0, 1]
    assert await seen(an_actor("usr_9", "o@y.org", Role.ORGANIZER)) == 1


def test_a_type_is_registered_once_and_leaves_the_jobs_own_members_alone(export):
    with pytest.raises(TypeError, match="twice"):
        register(JobType("export", details=(), closed=never))
    with pytest.raises(TypeError, match="percent"):
        register(JobType("another", details=("percent",), closed=never))


def test_a_job_of_the_first_version_is_read():
    job = Job.restored(OLD, "1")
    assert (job.about, job.type, job.waits_for) == ("project/proj_1", EXTRACTION, "upload")
    assert job.readers == ("ada@example.org", "usr_1")
    assert job.details == {
        "projectId": "proj_1", "eventId": "evt_1", "sourceId": "src_1", "sourceType": "paper", "fileName": "a.pdf"
    }  # fmt: skip
    again = Job.restored(json.loads(job.encoded("default")), "2")
    assert again == job.with_(etag="2")


async def test_a_job_of_a_type_that_nobody_has_registered_keeps_what_it_says_and_is_not_done_again(hub):
    stored = {**OLD, "jobType": "poster", "_self": "of the database"}
    job = Job.restored(stored, "1")
    assert (job.details["sourceId"], job.details["fileName"], "_self" in job.details) == ("src_1", "a.pdf", False)
    again = json.loads(job.encoded("default"))
    assert (again["sourceId"], again["schemaVersion"], again["readers"]) == ("src_1", 2, ["ada@example.org", "usr_1"])
    store = await hub.store()
    assert await job.type.closed(store, job) == "Nobody does poster any more."
    assert json.loads(shown(job, store.clock.now()).model_dump_json(by_alias=True))["jobType"] == "poster"
