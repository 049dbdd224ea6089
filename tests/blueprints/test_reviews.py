"""Reviews over HTTP: who is asked to judge what, what awaits them, and how the load is shared."""

import pytest

from shared.access import Role
from tests.hub import CLAIM

DUE = "2027-01-10T12:00:00Z"


@pytest.fixture
async def organizer(hub):
    return await hub.the(Role.ORGANIZER)


@pytest.fixture
async def presenter(hub):
    return await hub.the(Role.PRESENTER)


@pytest.fixture
async def judge(hub):
    """A reviewer of another domain than everybody else."""
    return await hub.person(Role.REVIEWER, email="judge@elsewhere.org")


@pytest.fixture
async def project(hub):
    return await hub.project(team=["ada@example.org"])


@pytest.fixture
def reviewers(project):
    return f"/v1/projects/{project['id']}/reviewers"


async def submitted(hub, project):
    """The path of an artifact of the project in review."""
    path = f"/v1/knowledge/{await hub.artifact(project['id'], CLAIM)}"
    await (await hub.the(Role.PRESENTER)).post(f"/v1/projects/{project['id']}/submit")
    await hub.settle()
    return path


async def ids(person, **asked):
    return [one["projectId"] for one in (await person.get("/v1/reviews", **asked))["value"]]


async def test_who_is_asked_to_judge_is_asked_once_and_until_the_last_date_given(organizer, judge, reviewers):
    body = {"userId": judge.user.id, "dueAt": DUE}
    first = await organizer.post(reviewers, body, status=201)
    assert (first["userId"], first["email"], first["warnings"]) == (judge.user.id, "judge@elsewhere.org", [])
    assert await organizer.post(reviewers, body) == first
    assert (await organizer.post(reviewers, {"userId": judge.user.id}))["dueAt"] == first["dueAt"]
    later = await organizer.post(reviewers, {**body, "dueAt": "2027-02-01T00:00:00Z"})
    assert later["dueAt"].startswith("2027-02-01")
    assert (await organizer.get(reviewers))["value"] == [later]


async def test_the_same_domain_as_the_team_is_a_warning(hub, organizer, reviewers):
    same = await hub.person(Role.REVIEWER, email="same@EXAMPLE.org")
    asked = await organizer.post(reviewers, {"userId": same.user.id}, status=201)
    assert "example.org" in asked["warnings"][0]


async def test_nobody_of_the_team_is_asked_nor_who_left_it(hub, organizer, presenter, project, reviewers):
    member = await hub.person(Role.REVIEWER, email="ada@example.org")
    left = await hub.person(Role.REVIEWER, Role.PRESENTER, email="left@example.org")
    path = f"/v1/projects/{project['id']}"
    await presenter.patch(path, {"team": ["ada@example.org", "left@example.org"]})
    await left.post(f"{path}/leave")
    for person in (member, left):
        problem = await organizer.post(reviewers, {"userId": person.user.id}, status=422)
        assert problem["code"] == "reviewer.conflict_of_interest"
    assert (await organizer.get(reviewers))["value"] == []


async def test_whoever_judges_nothing_is_refused_like_who_is_not_there(hub, organizer, reviewers):
    foreign = await hub.person(Role.REVIEWER, tenant="theirs")
    users = [(await hub.person(role)).user.id for role in (Role.USER, Role.PRESENTER, Role.MODERATOR)]
    answers = [
        await organizer.post(reviewers, {"userId": each}, status=422) for each in [*users, foreign.user.id, "usr_0"]
    ]
    assert {(answer["code"], answer["detail"]) for answer in answers} == {("reviewer.role", answers[0]["detail"])}


async def test_who_is_asked_no_more_is_gone_and_whoever_never_was_is_404(organizer, judge, reviewers):
    await organizer.post(reviewers, {"userId": judge.user.id})
    assert (await organizer.ask("DELETE", f"{reviewers}/{judge.user.id}")).status_code == 204
    assert (await organizer.get(reviewers))["value"] == []
    answer = await organizer.ask("DELETE", f"{reviewers}/{judge.user.id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "reviewer.not_found")


async def test_only_who_assigns_sees_who_is_asked(hub, presenter, judge, project, reviewers):
    for person in (presenter, judge, await hub.the(Role.MODERATOR)):
        answer = await person.ask("GET", reviewers)
        assert answer.status_code in {403, 404}
        await person.get(f"/v1/events/{project['eventId']}/reviews", status=403)
    await presenter.get("/v1/reviews", status=403)


async def test_what_awaits_somebody_comes_by_its_due_date_with_what_is_overdue(hub, organizer, judge):
    early, late, endless = [await hub.project() for _ in range(3)]
    for one, due in ((late, DUE), (early, "2020-01-01T00:00:00Z"), (endless, None)):
        await organizer.post(f"/v1/projects/{one['id']}/reviewers", {"userId": judge.user.id, "dueAt": due})
        await submitted(hub, one)
    listed = (await judge.get("/v1/reviews"))["value"]
    assert [one["projectId"] for one in listed] == [early["id"], late["id"], endless["id"]]
    assert [one["overdue"] for one in listed] == [True, False, False]
    assert [one["counts"]["review"] for one in listed] == [1, 1, 1]


async def test_what_was_decided_is_done_and_awaits_nobody(hub, organizer, judge, project, reviewers):
    artifact = await submitted(hub, project)
    await organizer.post(reviewers, {"userId": judge.user.id})
    assert (await ids(judge), await ids(judge, state="done")) == ([project["id"]], [])
    await judge.patch(f"{artifact}/status", {"status": "approved"})
    assert (await ids(judge), await ids(judge, state="done")) == ([], [project["id"]])
    assert await ids(judge, state="all") == [project["id"]]


async def test_what_nobody_is_asked_to_judge_awaits_everyone_who_may(hub, organizer, judge, project, reviewers):
    await submitted(hub, project)
    other = await hub.person(Role.REVIEWER)
    member = await hub.person(Role.REVIEWER, email="ada@example.org")
    assert [await ids(each) for each in (judge, other, member)] == [[project["id"]], [project["id"]], []]
    assert (await judge.get("/v1/reviews"))["value"][0]["assigned"] is False
    await organizer.post(reviewers, {"userId": judge.user.id})
    assert [await ids(each) for each in (judge, other)] == [[project["id"]], []]


async def test_what_changed_since_the_last_look_is_new(hub, presenter, judge, project):
    artifact = await submitted(hub, project)
    assert (await judge.get("/v1/reviews"))["value"][0]["new"] == 1
    hub.clock.advance(minutes=1)
    before = await judge.get(f"/v1/projects/{project['id']}")
    await judge.post(f"/v1/projects/{project['id']}/looks", status=204)
    assert await judge.get(f"/v1/projects/{project['id']}") == before
    looked = (await judge.get("/v1/reviews"))["value"][0]
    assert (looked["new"], [one["new"] for one in looked["artifacts"]]) == (0, [False])
    hub.clock.advance(minutes=1)
    await judge.patch(f"{artifact}/status", {"status": "changes_requested", "comment": "More."})
    await presenter.patch(artifact, {"title": "Again"})
    await presenter.patch(f"{artifact}/status", {"status": "review"})
    assert [one["new"] for one in (await judge.get("/v1/reviews"))["value"][0]["artifacts"]] == [True]


async def test_who_assigns_sees_what_awaits_another_and_nobody_else_does(hub, organizer, judge, project, reviewers):
    await submitted(hub, project)
    await organizer.post(reviewers, {"userId": judge.user.id})
    assert await ids(organizer, reviewer=judge.user.id) == [project["id"]]
    assert await ids(organizer, reviewer="usr_0") == []
    other = await hub.person(Role.REVIEWER)
    await other.get("/v1/reviews", status=403, reviewer=judge.user.id)


async def test_the_load_is_shared_out_evenly_without_conflicts_once(hub, organizer):
    event = await hub.event()
    for number in range(6):
        await hub.project(event["id"], title=f"P{number}", team=["j0@elsewhere.org"] if number < 2 else [])
    judges = [await hub.person(Role.REVIEWER, email=f"j{at}@elsewhere.org") for at in range(3)]
    path = f"/v1/events/{event['id']}/assign-reviewers"
    planned = await organizer.post(path, {"perProject": 2, "dryRun": True}, status=200)
    progress = (await organizer.get(f"/v1/events/{event['id']}/reviews"))["value"]
    assert [one["reviewers"] for one in progress] == [[]] * 6
    shared = await organizer.post(path, {"perProject": 2, "dueAt": DUE}, status=200)
    assert {**shared, "dryRun": True} == planned
    assert sorted(one["projects"] for one in shared["loads"]) == [4, 4, 4]
    of_team = {one["projectId"] for one in progress[:2]}
    assert not [one for one in shared["assigned"] if one["userId"] == judges[0].user.id and one["projectId"] in of_team]
    again = await organizer.post(path, {"perProject": 2}, status=200)
    assert (again["assigned"], again["kept"], again["short"]) == ([], 12, [])
    progress = (await organizer.get(f"/v1/events/{event['id']}/reviews"))["value"]
    assert {len(one["reviewers"]) for one in progress} == {2}


async def test_who_shares_the_teams_domain_is_asked_only_where_nobody_else_is(hub, organizer, project):
    near = await hub.person(Role.REVIEWER, email="near@example.org")
    far = await hub.person(Role.REVIEWER, email="far@elsewhere.org")
    path = f"/v1/events/{project['eventId']}/assign-reviewers"
    one = await organizer.post(path, {"perProject": 1, "dryRun": True}, status=200)
    assert [each["userId"] for each in one["assigned"]] == [far.user.id]
    three = await organizer.post(path, {"perProject": 3, "dryRun": True}, status=200)
    assert {each["userId"]: len(each["warnings"]) for each in three["assigned"]} == {far.user.id: 0, near.user.id: 1}
    assert [(each["reviewers"], each["wanted"]) for each in three["short"]] == [(2, 3)]


async def test_progress_tells_what_is_undecided_and_overdue(hub, organizer, judge, project, reviewers):
    artifact = await submitted(hub, project)
    await organizer.post(reviewers, {"userId": judge.user.id, "dueAt": "2020-01-01T00:00:00Z"})
    path = f"/v1/events/{project['eventId']}/reviews"
    (one,) = (await organizer.get(path))["value"]
    assert (one["undecided"], one["overdue"], one["reviewers"][0]["userId"]) == (1, True, judge.user.id)
    await judge.patch(f"{artifact}/status", {"status": "approved"})
    (one,) = (await organizer.get(path, _filter="status eq 'submitted'"))["value"]
    assert (one["undecided"], one["overdue"], one["counts"]["approved"]) == (0, False, 1)
