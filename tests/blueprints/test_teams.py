"""Teams of projects over HTTP: who leaves, who takes over, and what a team is told of its other projects."""

import pytest

from shared.access import Role
from shared.domains.projects.model import Project
from shared.platform.store import Change, Write, every


@pytest.fixture
async def presenter(hub):
    return await hub.the(Role.PRESENTER)


@pytest.fixture
async def member(hub):
    return await hub.person(Role.PRESENTER, email="ada@example.org")


@pytest.fixture
async def event(hub):
    return await hub.event()


@pytest.fixture
async def project(hub, event, member):
    """The path of a project with one member in its team."""
    made = await hub.project(event["id"], title="Free Seats", team=[member.user.email])
    return f"/v1/projects/{made['id']}"


async def publish_by_the_store(hub, path):
    store = await hub.store()
    project = await store.get(Project, path.rpartition("/")[2])
    public = project.with_(status="published", published_at=hub.clock.now())
    await store.commit(Write(project.id).replace(public))


async def test_a_member_leaves_and_stays_unfit_to_judge(hub, presenter, member, project):
    assert (await member.ask("POST", f"{project}/leave")).status_code == 204
    await member.get(project, status=404)
    kept = await presenter.get(project)
    assert kept["team"] == []
    store = await hub.store()
    assert (await store.get(Project, kept["id"])).recused == (member.user.email,)


async def test_a_member_without_the_presenters_role_leaves_a_published_project_too(hub, presenter, project):
    guest = await hub.person(Role.USER, email="guest@example.org")
    await presenter.patch(project, {"team": ["guest@example.org", "ada@example.org"]})
    await publish_by_the_store(hub, project)
    assert (await guest.ask("POST", f"{project}/leave")).status_code == 204
    assert (await guest.post(f"{project}/leave", status=409))["code"] == "project.state"
    assert (await presenter.get(project))["team"] == ["ada@example.org"]


async def test_who_leaves_loses_the_jobs_too(hub, presenter, member, project):
    await presenter.post(f"{project}/uploads", {"fileName": "a.pdf", "size": 9}, status=201)
    await hub.settle()
    assert (await member.get("/v1/jobs"))["@odata.count"] == 1
    await member.post(f"{project}/leave")
    await hub.settle()
    assert (await member.get("/v1/jobs"))["@odata.count"] == 0


async def test_the_owner_hands_over_and_then_may_leave(hub, presenter, member, project):
    assert (await presenter.post(f"{project}/leave", status=409))["code"] == "project.state"
    handed = await presenter.post(f"{project}/owner", {"email": "ADA@example.org"}, status=200)
    assert (handed["createdBy"], handed["team"]) == (member.user.id, [presenter.user.email])
    assert (await presenter.post(f"{project}/leave")) is None
    await presenter.get(project, status=404)
    assert (await member.patch(project, {"title": "Mine"}))["title"] == "Mine"


async def test_only_the_owner_and_who_may_edit_any_project_hand_over(hub, presenter, member, project):
    problem = await member.post(f"{project}/owner", {"email": member.user.email}, status=403)
    assert problem["code"] == "project.not_creator"
    await (await hub.the(Role.REVIEWER)).post(f"{project}/owner", {"email": member.user.email}, status=403)
    organizer = await hub.the(Role.ORGANIZER)
    assert (await organizer.post(f"{project}/owner", {"email": member.user.email}))["createdBy"] == member.user.id


@pytest.mark.parametrize(
    "who", ["nobody@example.org", "outsider@example.org", "guest@example.org", "later@example.org"]
)
async def test_whoever_cannot_own_it_is_refused_alike(hub, presenter, project, who):
    await hub.person(Role.PRESENTER, email="outsider@example.org")
    await hub.person(Role.USER, email="guest@example.org")
    await presenter.patch(project, {"team": ["guest@example.org", "later@example.org"]})
    before = await presenter.get(project)
    problem = await presenter.post(f"{project}/owner", {"email": who}, status=422)
    assert (problem["code"], who in str(problem)) == ("project.not_in_team", False)
    assert await presenter.get(project) == before


async def test_a_team_is_warned_of_a_second_project_of_the_same_title(hub, presenter, member, event, project):
    projects = f"/v1/events/{event['id']}/projects"
    again = await member.post(projects, {"title": "  frée   SEATS! "}, status=201)
    assert again["warnings"] == [
        f"Your team has a project of this title in the event already: {project.rpartition('/')[2]}."
    ]
    path = f"/v1/projects/{again['id']}"
    assert (await member.patch(path, {"title": "Other"}))["warnings"] == []
    assert (await member.patch(path, {"title": "Free seats"}))["warnings"]
    assert (await member.get(path))["warnings"] == []


async def test_nobody_is_told_of_a_namesake_of_another_team_or_event(hub, event, project):
    stranger, other = await hub.person(Role.PRESENTER), await hub.event(displayName="Others")
    body = {"title": "Free Seats"}
    assert (await stranger.post(f"/v1/events/{event['id']}/projects", body))["warnings"] == []
    presenter = await hub.the(Role.PRESENTER)
    assert (await presenter.post(f"/v1/events/{other['id']}/projects", body))["warnings"] == []


async def test_changes_say_what_changed_from_what_to_what_and_no_address(hub, presenter, event, project):
    organizer = await hub.the(Role.ORGANIZER)
    await presenter.patch(
        project, {"title": "New", "abstract": "x" * 5000, "team": ["b@example.org", "c@example.org"], "tags": []}
    )
    await organizer.patch(f"/v1/events/{event['id']}", {"location": "Brno", "endDate": "2026-05-06"})
    await organizer.post(f"/v1/events/{event['id']}/archive")
    told = {change.event_type: change.data async for change in every(await hub.store(), Change)}
    fields = told["ProjectUpdated"]["fields"]
    assert fields["title"] == {"from": "Free Seats", "to": "New"}
    assert fields["team"] == {"from": 1, "to": 2}
    assert set(fields) == {"title", "abstract", "team"}
    assert len(fields["abstract"]["to"]) < 300
    assert told["EventUpdated"]["fields"] == {
        "location": {"from": "", "to": "Brno"},
        "endDate": {"from": "2026-05-05", "to": "2026-05-06"},
    }
    assert told["EventArchived"]["fields"] == {"status": {"from": "live", "to": "archived"}}
    assert "@example.org" not in str(told["ProjectUpdated"])


async def test_moves_of_a_project_say_from_which_state_to_which(hub, presenter, project):
    organizer = await hub.the(Role.ORGANIZER)
    await presenter.post(f"{project}/submit", status=200)
    await organizer.post(f"{project}/return", {"comment": "More."}, status=200)
    told = {change.event_type: change.data async for change in every(await hub.store(), Change)}
    assert told["ProjectSubmitted"]["fields"] == {"status": {"from": "draft", "to": "submitted"}}
    assert told["ProjectReturned"]["fields"] == {"status": {"from": "submitted", "to": "draft"}}


async def test_the_audit_names_the_fields_that_were_changed(hub, presenter, project):
    await presenter.patch(project, {"title": "New"})
    await hub.settle()
    admin = await hub.the(Role.ADMIN)
    (entry,) = (await admin.get("/v1/admin/audit/logs", _filter="action eq 'ProjectUpdated'"))["value"]
    assert entry["fields"] == ["fields", "fields.title"]
    assert "New" not in str(entry)
