"""Projects over HTTP: whose they are, who sees them, and the states they go through."""

import asyncio

import pytest

from shared.access import Role
from shared.domains.projects.model import Project
from shared.platform.store import Write

NEW = {"title": "Seats", "team": ["Ada@Example.org"], "tags": ["libraries"], "keywords": ["seats"]}


@pytest.fixture
async def presenter(hub):
    return await hub.the(Role.PRESENTER)


@pytest.fixture
async def organizer(hub):
    return await hub.the(Role.ORGANIZER)


@pytest.fixture
async def event(hub):
    return await hub.event()


async def test_a_project_begins_as_its_creators_draft(hub, presenter, event):
    answer = await presenter.ask("POST", f"/v1/events/{event['id']}/projects", NEW)
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/projects/{made['id']}"
    assert (made["status"], made["createdBy"], made["team"]) == ("draft", presenter.user.id, ["ada@example.org"])
    assert (made["knowledgeArtifactIds"], made["publishedSummary"], made["draftSummary"]) == ([], None, None)
    assert made["@odata.etag"]


@pytest.mark.parametrize("size", [0, 50])
async def test_lists_may_have_fifty_entries(presenter, event, size):
    body = {**NEW, "tags": [f"t{number}" for number in range(size)]}
    await presenter.post(f"/v1/events/{event['id']}/projects", body, status=201)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"title": "x" * 301}, "/title"),
        ({"team": ["not an address"]}, "/team/0"),
        ({"team": [f"p{n}@example.org" for n in range(51)]}, "/team"),
        ({"tags": [f"t{n}" for n in range(51)]}, "/tags"),
        ({"keywords": [f"t{n}" for n in range(51)]}, "/keywords"),
        ({"sessionIds": [f"sess_{n}" for n in range(51)]}, "/sessionIds"),
        ({"sessionIds": ["x" * 1000]}, "/sessionIds/0"),
        ({"researchArea": "x" * 1000}, "/researchArea"),
        ({"projectType": "song"}, "/projectType"),
        ({"status": "approved"}, "/status"),
        ({"id": "proj_1"}, "/id"),
        ({"eventId": "evt_1"}, "/eventId"),
        ({"tenantId": "other"}, "/tenantId"),
        ({"revision": 7}, "/revision"),
        ({"colour": "red"}, "/colour"),
    ],
)
async def test_what_breaks_the_schema_is_400_naming_the_field(hub, presenter, event, wrong, pointer):
    problem = await presenter.post(f"/v1/events/{event['id']}/projects", {**NEW, **wrong}, status=400)
    assert pointer in [fault["pointer"] for fault in problem["errors"]]
    path = f"/v1/projects/{(await hub.project(event['id']))['id']}"
    if "status" not in wrong:
        await presenter.patch(path, wrong, status=400)


async def test_an_archived_event_takes_no_more_projects(organizer, presenter, event):
    await organizer.post(f"/v1/events/{event['id']}/archive")
    problem = await presenter.post(f"/v1/events/{event['id']}/projects", NEW, status=409)
    assert problem["code"] == "project.state"


async def test_a_draft_event_takes_projects_only_of_those_who_see_it(organizer, presenter):
    body = {"displayName": "Hidden", "startDate": "2026-05-04", "endDate": "2026-05-04"}
    draft = await organizer.post("/v1/events", body)
    await presenter.post(f"/v1/events/{draft['id']}/projects", NEW, status=404)
    await presenter.get(f"/v1/events/{draft['id']}/projects", status=404)
    await organizer.post(f"/v1/events/{draft['id']}/projects", NEW, status=201)


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@Example.ORG"])
async def test_the_team_owns_the_project_by_its_address_in_any_case(hub, presenter, event, email):
    made = await presenter.post(f"/v1/events/{event['id']}/projects", NEW)
    member = await hub.person(Role.PRESENTER, email=email)
    path = f"/v1/projects/{made['id']}"
    assert (await member.patch(path, {"abstract": "Ours."}))["abstract"] == "Ours."
    assert (await member.post(f"{path}/submit"))["status"] == "submitted"
    listed = await member.get(f"/v1/events/{event['id']}/projects")
    assert [each["id"] for each in listed["value"]] == [made["id"]]


async def test_who_leaves_the_team_loses_the_project(hub, presenter, event):
    made = await presenter.post(f"/v1/events/{event['id']}/projects", NEW)
    member = await hub.person(Role.PRESENTER, email="ada@example.org")
    await presenter.patch(f"/v1/projects/{made['id']}", {"team": []})
    await member.get(f"/v1/projects/{made['id']}", status=404)
    assert (await member.get(f"/v1/events/{event['id']}/projects"))["@odata.count"] == 0


async def test_a_team_member_without_the_role_reads_but_does_not_write(hub, presenter, event):
    made = await presenter.post(f"/v1/events/{event['id']}/projects", NEW)
    member = await hub.person(Role.USER, email="ada@example.org")
    await member.get(f"/v1/projects/{made['id']}")
    await member.patch(f"/v1/projects/{made['id']}", {"title": "x"}, status=403)
    await member.post(f"/v1/projects/{made['id']}/submit", status=403)


async def test_a_foreign_and_a_missing_project_answer_alike(hub):
    project = await hub.project()
    other = await hub.person(Role.PRESENTER)
    for method, path, body in [
        ("GET", "/v1/projects/{}", None),
        ("PATCH", "/v1/projects/{}", {"title": "x"}),
        ("POST", "/v1/projects/{}/submit", None),
        ("POST", "/v1/projects/{}/compile", None),
        ("POST", "/v1/projects/{}/uploads", {"fileName": "a.pdf", "size": 1}),
    ]:
        foreign = await other.ask(method, path.format(project["id"]), body)
        missing = await other.ask(method, path.format("proj_0"), body)
        assert told(foreign, project["id"]) == told(missing, "proj_0")
        assert foreign.status_code == 404


def told(answer, named):
    body = {name: str(value).replace(named, "…") for name, value in answer.json().items() if name != "correlationId"}
    headers = {
        name: value for name, value in answer.headers.items() if name not in {"x-correlation-id", "content-length"}
    }
    return answer.status_code, body, headers


async def test_a_key_makes_one_project_and_gives_the_same_answer(presenter, event):
    path = f"/v1/events/{event['id']}/projects"
    first, again = [await presenter.ask("POST", path, NEW, idempotency_key="k1") for _ in range(2)]
    assert (first.status_code, first.content) == (again.status_code, again.content)
    await presenter.post(path, {**NEW, "title": "Other"}, status=422, idempotency_key="k1")
    assert (await presenter.get(path))["@odata.count"] == 1


async def test_a_patch_merges_and_a_stale_one_is_412(presenter, hub):
    project = await hub.project(abstract="Old", tags=["a"])
    path = f"/v1/projects/{project['id']}"
    tag = (await presenter.ask("GET", path)).headers["etag"]
    edited = await presenter.patch(path, {"tags": []}, if_match=tag)
    assert (edited["abstract"], edited["tags"]) == ("Old", [])
    assert (await presenter.patch(path, {"title": "New"}, status=412, if_match=tag))["code"] == "etag.stale"
    await presenter.patch(path, {"title": "New"}, if_match='W/"whatever"', status=412)
    await presenter.patch(path, {"title": "New"}, if_match="*")


async def test_an_unchanged_status_is_accepted_and_another_named_409(presenter, hub):
    path = f"/v1/projects/{(await hub.project())['id']}"
    assert (await presenter.patch(path, {"status": "draft", "title": "New"}))["title"] == "New"
    assert "draft" in (await presenter.patch(path, {"status": "published"}, status=409))["detail"]


async def test_returning_needs_words_that_the_team_then_reads(hub, organizer, presenter):
    path = f"/v1/projects/{(await hub.project())['id']}"
    await presenter.post(f"{path}/submit")
    await organizer.post(f"{path}/return", {"comment": "  "}, status=400)
    await organizer.post(f"{path}/return", {}, status=400)
    await organizer.post(f"{path}/return", {"comment": "Say more."})
    project = await presenter.get(path)
    assert (project["status"], project["feedback"]) == ("draft", "Say more.")
    assert (await presenter.post(f"{path}/submit"))["feedback"] == ""


@pytest.mark.parametrize("role", [Role.USER, Role.MODERATOR])
async def test_only_the_published_are_listed_and_counted_for_others(hub, event, role):
    hidden, public = [await hub.project(event["id"], title=title) for title in ("Hidden", "Public")]
    await published(hub, public["id"])
    other = await hub.the(role)
    page = await other.get(f"/v1/events/{event['id']}/projects")
    assert (page["@odata.count"], [each["id"] for each in page["value"]]) == (1, [public["id"]])
    for where in ("status eq 'draft'", "title eq 'Hidden'", "startswith(title, 'H')"):
        assert (await other.get(f"/v1/events/{event['id']}/projects", _filter=where))["@odata.count"] == 0
    await other.get(f"/v1/projects/{hidden['id']}", status=404)
    assert (await other.get(f"/v1/events/{event['id']}"))["projectCount"] == 1


async def published(hub, project_id):
    """Publish by the store alone, where what is published does not matter."""
    store = await hub.store()
    project = await store.get(Project, project_id)
    public = project.with_(status="published", published_at=hub.clock.now())
    await store.commit(Write(project.id).replace(public))


async def test_the_feedback_of_a_published_project_is_its_teams(hub, presenter):
    project = await hub.project()
    store = await hub.store()
    kept = await store.get(Project, project["id"])
    await store.commit(Write(kept.id).replace(kept.with_(feedback="Poor start.")))
    await published(hub, project["id"])
    path = f"/v1/projects/{project['id']}"
    assert (await presenter.get(path))["feedback"] == "Poor start."
    assert (await (await hub.the(Role.USER)).get(path))["feedback"] == ""


async def test_a_published_project_is_not_edited(hub, organizer):
    project = await hub.project()
    await published(hub, project["id"])
    problem = await organizer.patch(f"/v1/projects/{project['id']}", {"title": "x"}, status=409)
    assert "published" in problem["detail"]


async def test_of_two_submissions_at_once_one_is_told_so(hub, presenter):
    path = f"/v1/projects/{(await hub.project())['id']}/submit"
    answers = await asyncio.gather(*(presenter.ask("POST", path) for _ in range(4)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes[0] == 200
    assert codes[1:] == [409, 409, 409]
