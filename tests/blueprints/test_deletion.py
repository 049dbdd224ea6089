"""Deleting events and projects over HTTP, and bringing them back: what goes, what returns, and for whom."""

import asyncio

import pytest

from shared.access import Role
from shared.domains.jobs.model import JobStatus
from tests.hub import CLAIM, PLACELESS, Person

PDF = b"%PDF-1.7\n%to be deleted\n%%EOF\n"
TALK = {"title": "Keynote", "startTime": "2026-05-04T09:00:00Z", "endTime": "2026-05-04T10:00:00Z"}


@pytest.fixture
async def presenter(hub):
    return await hub.the(Role.PRESENTER)


@pytest.fixture
async def organizer(hub):
    return await hub.the(Role.ORGANIZER)


@pytest.fixture
async def admin(hub):
    return await hub.the(Role.ADMIN)


@pytest.fixture
async def event(hub):
    return await hub.event()


@pytest.fixture
async def published(hub, event):
    """The paths of a published project and of its artifact."""
    return await publish(hub, event["id"])


async def publish(hub, event_id):
    project = await hub.project(event_id)
    artifact = await hub.artifact(project["id"], CLAIM)
    path = f"/v1/projects/{project['id']}"
    organizer = await hub.the(Role.ORGANIZER)
    await (await hub.the(Role.PRESENTER)).post(f"{path}/submit")
    await hub.settle()
    await (await hub.the(Role.REVIEWER)).patch(f"/v1/knowledge/{artifact}/status", {"status": "approved"})
    await hub.settle()
    await organizer.post(f"{path}/approve")
    await organizer.post(f"{path}/publish")
    await hub.settle()
    return path, f"/v1/knowledge/{artifact}"


async def delete(person, path, status=204, **headers):
    answer = await person.ask("DELETE", path, **headers)
    assert answer.status_code == status, answer.text


async def signed_in(hub, person):
    """The same, signed in anew."""
    return Person(hub.app.client, person.user, hub.app.bearer(person.user, "default"))


async def found(person):
    return [one["id"] for one in (await person.get("/v1/knowledge/search", q="SeatSense accuracy"))["results"]]


async def everything_of(hub, event, published):
    """Every address under which something of the event can be read."""
    session = await (await hub.the(Role.ORGANIZER)).post(f"/v1/events/{event['id']}/sessions", TALK)
    project, artifact = published
    event_path = f"/v1/events/{event['id']}"
    of_event = [event_path, f"{event_path}/sessions", f"{event_path}/projects", f"/v1/sessions/{session['id']}"]
    return [*of_event, project, f"{project}/knowledge", artifact, f"{artifact}/evidence/1"]


async def test_a_deleted_event_is_gone_with_all_that_hangs_on_it_and_comes_back_with_it(hub, admin, event, published):
    paths = await everything_of(hub, event, published)
    people = [admin, await hub.person(*Role), await hub.the(Role.PRESENTER), await hub.the(Role.USER)]
    before = [[(await person.ask("GET", path)).status_code for path in paths] for person in people]
    assert {status for each in before for status in each} == {200}
    await hub.settle()
    there = await found(people[-1])
    nodes = [f"/v1/graph/nodes/{path.split('/')[3]}/neighbours" for path in (paths[0], paths[3], *published)]
    drawn = [await people[-1].get(node) for node in nodes]
    assert there
    await delete(admin, paths[0])
    for person in people:
        assert {(await person.ask("GET", path)).status_code for path in paths} == {404}
    await hub.settle()
    for person in people:
        assert {(await person.ask("GET", node)).status_code for node in nodes} == {404}
        assert await found(person) == []
        assert event["id"] not in str(await person.get("/v1/events"))
    await delete(admin, paths[0], status=404)
    await hub.again()
    assert await found(admin) == []
    restored = await admin.post(f"{paths[0]}/restore", status=200)
    assert (restored["status"], restored["sessionCount"], restored["projectCount"]) == ("live", 1, 1)
    for person in people:
        assert {(await person.ask("GET", path)).status_code for path in paths} == {200}
    await hub.settle()
    assert await found(people[-1]) == there
    await hub.again()
    assert await found(people[-1]) == there
    assert [await people[-1].get(node) for node in nodes] == drawn


async def test_what_had_been_deleted_before_its_event_stays_deleted(hub, admin, presenter, event):
    first, second = [f"/v1/projects/{(await hub.project(event['id'], title=title))['id']}" for title in ("A", "B")]
    await delete(presenter, first)
    await hub.settle()
    await delete(admin, f"/v1/events/{event['id']}")
    assert (await presenter.post(f"{first}/restore", status=409))["code"] == "project.state"
    assert (await presenter.post(f"{second}/restore", status=409))["code"] == "project.state"
    await hub.settle()
    await admin.post(f"/v1/events/{event['id']}/restore")
    await hub.settle()
    await presenter.get(first, status=404)
    await presenter.get(second)
    await presenter.post(f"{first}/restore", status=200)


async def test_a_process_that_dies_after_the_event_is_deleted_leaves_nothing_of_it(hub, admin, event, monkeypatch):
    project = await hub.project(event["id"])

    async def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("shared.domains.projects.deletion.follow_event", dies)
        with pytest.raises(KeyboardInterrupt):
            await admin.ask("DELETE", f"/v1/events/{event['id']}")
    await hub.settle()
    await admin.get(f"/v1/projects/{project['id']}", status=404)


async def test_only_administrators_delete_and_restore_events_and_list_deleted_ones(hub, admin, organizer, event):
    path = f"/v1/events/{event['id']}"
    for role in set(Role) - {Role.ADMIN}:
        person = await hub.the(role)
        await delete(person, path, status=403)
        await person.get("/v1/events", deleted="true", status=403)
    assert (await admin.get("/v1/events", deleted="true"))["value"] == []
    await delete(admin, path)
    await organizer.post(f"{path}/restore", status=403)
    (deleted,) = (await admin.get("/v1/events", deleted="true", _filter="displayName eq 'Open Days'"))["value"]
    assert (deleted["id"], deleted["deletedAt"] is not None) == (event["id"], True)
    await admin.get("/v1/events", deleted="perhaps", status=400)
    await admin.post(f"{path}/restore")
    assert (await admin.post(f"{path}/restore", status=409))["code"] == "event.state"


async def test_a_stale_delete_is_refused(hub, admin, presenter, event):
    project = f"/v1/projects/{(await hub.project(event['id']))['id']}"
    for person, path in ((presenter, project), (admin, f"/v1/events/{event['id']}")):
        tag = (await person.ask("GET", path)).headers["etag"]
        await person.patch(path, {"description": "Changed."})
        await delete(person, path, status=412, if_match=tag)
        await delete(person, path, if_match=(await person.ask("GET", path)).headers["etag"])


async def test_the_name_of_a_deleted_event_is_free_and_restoring_waits_for_it(hub, admin, event):
    path = f"/v1/events/{event['id']}"
    await delete(admin, path)
    other = await hub.event()
    assert (await admin.post(f"{path}/restore", status=409))["code"] == "event.exists"
    await admin.get(path, status=404)
    await admin.patch(f"/v1/events/{other['id']}", {"displayName": "Others"})
    await admin.post(f"{path}/restore")
    await admin.post("/v1/events", {name: event[name] for name in ("displayName", "startDate", "endDate")}, status=409)


async def test_of_many_who_restore_an_event_one_does(admin, event):
    path = f"/v1/events/{event['id']}"
    await delete(admin, path)
    answers = await asyncio.gather(*(admin.ask("POST", f"{path}/restore") for _ in range(5)))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 409, 412}


async def test_jobs_of_what_is_deleted_are_cancelled_and_not_tried_again(hub, admin, presenter, event):
    project = await hub.project(event["id"])
    await hub.readable(PDF, PLACELESS)
    job = (await hub.upload(project["id"], PDF))["jobId"]
    while await hub.deliver():
        pass
    await delete(admin, f"/v1/events/{event['id']}")
    await hub.settle()
    assert (await presenter.get(f"/v1/jobs/{job}"))["status"] == JobStatus.CANCELLED
    assert (await presenter.post(f"/v1/jobs/{job}/retry", status=409))["code"] == "job.state"
    await admin.post(f"/v1/events/{event['id']}/restore")
    await presenter.post(f"/v1/jobs/{job}/retry", status=202)
    await hub.settle()
    assert (await presenter.get(f"/v1/jobs/{job}"))["status"] == JobStatus.SUCCEEDED


async def test_a_late_extraction_brings_nothing_back(hub, presenter, event):
    """The artifact is saved after its project has gone, and is there when the project comes back."""
    project = await hub.project(event["id"])
    path = f"/v1/projects/{project['id']}"
    artifact = await hub.artifact(project["id"], CLAIM)
    await delete(presenter, path)
    await hub.settle()
    await presenter.get(f"/v1/knowledge/{artifact}", status=404)
    assert await found(await hub.the(Role.REVIEWER)) == []
    await presenter.post(f"{path}/restore", status=200)
    await hub.settle()
    assert await found(await hub.the(Role.REVIEWER)) == [artifact]


@pytest.mark.parametrize("state", ["draft", "published"])
async def test_who_may_delete_a_project_may_restore_it_for_thirty_days(hub, presenter, organizer, event, state):
    if state == "published":
        path, _ = await publish(hub, event["id"])
    else:
        path = f"/v1/projects/{(await hub.project(event['id']))['id']}"
    before = await presenter.get(path)
    for person, other in ((presenter, organizer), (organizer, presenter)):
        await delete(person, path)
        await hub.settle()
        await delete(other, path, status=404)
        (deleted,) = (await other.get(f"/v1/events/{event['id']}/projects", deleted="true"))["value"]
        assert path.endswith(deleted["id"])
        restored = await other.post(f"{path}/restore", status=200)
        assert {**restored, "@odata.etag": 0, "updatedAt": 0} == {**before, "@odata.etag": 0, "updatedAt": 0}
        assert (await other.post(f"{path}/restore", status=409))["code"] == "project.state"
    await delete(presenter, path)
    hub.clock.advance(days=30)
    later = await signed_in(hub, presenter)
    await later.post(f"{path}/restore", status=404)
    assert (await later.get(f"/v1/events/{event['id']}/projects", deleted="true"))["@odata.count"] == 0


async def test_a_deleted_project_is_nobodys_who_may_not_delete_it(hub, presenter, event):
    project = await hub.project(event["id"])
    path, listed = f"/v1/projects/{project['id']}", f"/v1/events/{event['id']}/projects"
    await delete(presenter, path)
    other = await hub.person(Role.PRESENTER)
    await other.post(f"{path}/restore", status=404)
    assert (await other.get(listed, deleted="true"))["@odata.count"] == 0
    for role in (Role.USER, Role.REVIEWER, Role.MODERATOR):
        person = await hub.the(role)
        await person.post(f"{path}/restore", status=403)
        await person.get(listed, deleted="true", status=403)


async def test_a_project_that_comes_into_a_deleted_event_goes_with_it(hub, admin, presenter, event, monkeypatch):
    """The event is deleted while the project is being created."""
    from shared.domains.projects import actions

    create = actions.create

    async def late(store, *given):
        await delete(admin, f"/v1/events/{event['id']}")
        return await create(store, *given)

    with monkeypatch.context() as patched:
        patched.setattr(actions, "create", late)
        made = await presenter.post(f"/v1/events/{event['id']}/projects", {"title": "Late"})
    await hub.settle()
    await presenter.get(f"/v1/projects/{made['id']}", status=404)
    await admin.post(f"/v1/events/{event['id']}/restore")
    await presenter.get(f"/v1/projects/{made['id']}")
