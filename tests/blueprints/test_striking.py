"""Statements struck one by one: who may, until when, and who still sees them."""

import asyncio
import re

import pytest

from shared.access import Role
from tests.hub import CLAIM, INVENTED, METHOD

CLAIMED = {"decision": "struck", "comment": "No baseline is named."}


@pytest.fixture
async def presenter(hub):
    return await hub.the(Role.PRESENTER)


@pytest.fixture
async def reviewer(hub):
    return await hub.the(Role.REVIEWER)


@pytest.fixture
async def organizer(hub):
    return await hub.the(Role.ORGANIZER)


@pytest.fixture
async def project(hub):
    return await hub.project(team=["ada@example.org"])


@pytest.fixture
async def artifact(hub, presenter, project):
    """The path of an artifact in review whose summary says what its claim says."""
    said = {"summary": {"sentence": CLAIM.text, "paragraph": f"{CLAIM.text} {METHOD.text}"}}
    path = f"/v1/knowledge/{await hub.artifact(project['id'], CLAIM, METHOD, INVENTED, said=said)}"
    await presenter.post(f"/v1/projects/{project['id']}/submit")
    await hub.settle()
    return path


@pytest.fixture
def claim(artifact):
    """The path of its claim."""
    return f"{artifact}/statements/{CLAIM.id}"


async def publish(hub, organizer, project):
    await hub.settle()
    await organizer.post(f"/v1/projects/{project['id']}/approve", status=200)
    await organizer.post(f"/v1/projects/{project['id']}/publish", status=200)
    await hub.settle()


async def found(person, words):
    """What a search shows, without its marks."""
    results = (await person.get("/v1/knowledge/search", q=words))["results"]
    return re.sub(r"</?\w+>|\*\*", "", str(results))


async def test_what_is_struck_is_kept_with_its_reason_for_the_team_and_its_judges(
    hub, presenter, reviewer, organizer, artifact, claim
):
    struck = await reviewer.patch(claim, CLAIMED)
    assert (struck["claims"], struck["methods"], struck["status"]) == ([], [METHOD.text], "review")
    for person in (presenter, reviewer, organizer):
        seen = {one["id"]: one["struck"] for one in (await person.get(artifact))["statements"]}
        assert seen["stm_method"] is None
        assert (seen["stm_claim"]["comment"], seen["stm_claim"]["by"]) == (CLAIMED["comment"], reviewer.user.id)
    stranger = await (await hub.person(Role.PRESENTER)).get(artifact)
    assert [one["id"] for one in stranger["statements"]] == ["stm_method", "stm_invented"]
    assert CLAIM.text not in str(stranger)


async def test_nobody_else_reads_finds_or_hears_of_it_once_it_is_published(
    hub, reviewer, organizer, project, artifact, claim
):
    await reviewer.patch(claim, CLAIMED)
    await reviewer.patch(f"{artifact}/status", {"status": "approved"})
    await publish(hub, organizer, project)
    attendee = await hub.the(Role.USER)
    seen = await attendee.get(artifact)
    assert [one["id"] for one in seen["statements"]] == ["stm_method"]
    assert (seen["summary"]["sentence"], seen["summary"]["paragraph"]) == ("", METHOD.text)
    assert "92.5" not in str(await attendee.get(f"/v1/projects/{project['id']}"))
    assert "achieves an accuracy of 92.5" not in await found(attendee, "SeatSense achieves accuracy LibBadge")
    answer = await attendee.post("/v1/chat", {"message": "Which accuracy does SeatSense achieve on LibBadge?"})
    assert "achieves an accuracy of 92.5" not in answer["response"]
    await attendee.get(f"{artifact}/evidence/1", status=404)
    expanded = await attendee.get(f"/v1/projects/{project['id']}/artifacts", _expand="statements")
    assert CLAIM.text not in str(expanded)


async def test_a_strike_after_the_approval_compiles_again(hub, reviewer, organizer, project, artifact, claim):
    await reviewer.patch(f"{artifact}/status", {"status": "approved"})
    await hub.settle()
    await organizer.post(f"/v1/projects/{project['id']}/approve", status=200)
    assert "92.5" in str((await organizer.get(f"/v1/projects/{project['id']}"))["draftSummary"])
    await reviewer.patch(claim, CLAIMED)
    problem = await organizer.post(f"/v1/projects/{project['id']}/publish", status=409)
    assert problem["code"] == "project.not_compiled"
    await hub.settle()
    await organizer.post(f"/v1/projects/{project['id']}/publish", status=200)
    assert "92.5" not in str(await organizer.get(f"/v1/projects/{project['id']}"))


async def test_what_is_struck_may_stand_again(hub, reviewer, organizer, project, artifact, claim):
    await reviewer.patch(claim, CLAIMED)
    kept = await reviewer.patch(claim, {"decision": "kept"})
    assert kept["claims"] == [CLAIM.text]
    await reviewer.patch(f"{artifact}/status", {"status": "approved"})
    await publish(hub, organizer, project)
    attendee = await hub.the(Role.USER)
    assert "achieves an accuracy of 92.5" in await found(attendee, "SeatSense achieves accuracy LibBadge")
    assert "92.5" in str((await attendee.get(f"/v1/projects/{project['id']}"))["publishedSummary"])


async def test_the_same_decision_again_changes_nothing(reviewer, artifact, claim):
    assert (await reviewer.patch(claim, {"decision": "kept"}))["revision"] == 1
    first = await reviewer.ask("PATCH", claim, CLAIMED)
    again = await reviewer.ask("PATCH", claim, CLAIMED)
    assert (first.json(), first.headers["etag"]) == (again.json(), again.headers["etag"])
    assert (await reviewer.patch(claim, {**CLAIMED, "comment": "Too bold."}))["revision"] == 3


async def test_nothing_is_approved_of_which_all_is_struck(reviewer, artifact, claim):
    for statement in ("stm_claim", "stm_method"):
        await reviewer.patch(f"{artifact}/statements/{statement}", CLAIMED)
    problem = await reviewer.patch(f"{artifact}/status", {"status": "approved"}, status=409)
    assert problem["code"] == "artifact.unsupported"


async def test_the_last_statement_of_what_is_approved_stays(reviewer, artifact, claim):
    await reviewer.patch(f"{artifact}/status", {"status": "approved"})
    await reviewer.patch(claim, CLAIMED)
    problem = await reviewer.patch(f"{artifact}/statements/stm_method", CLAIMED, status=409)
    assert problem["code"] == "artifact.unsupported"
    assert (await reviewer.get(artifact))["methods"] == [METHOD.text]


async def test_a_reworded_statement_is_judged_anew_and_another_stays_struck(presenter, reviewer, artifact, claim):
    for statement in ("stm_claim", "stm_method"):
        await reviewer.patch(f"{artifact}/statements/{statement}", CLAIMED)
    await reviewer.patch(f"{artifact}/status", {"status": "changes_requested", "comment": "See there."})
    reworded = {"id": "stm_claim", "text": "SeatSense achieves 92.5% on LibBadge."}
    corrected = await presenter.patch(artifact, {"statements": [reworded, {"id": "stm_method"}]})
    assert [bool(one["struck"]) for one in corrected["statements"]] == [False, True]


async def test_the_team_strikes_nothing_whatever_its_roles(hub, presenter, artifact, claim):
    member = await hub.person(Role.REVIEWER, Role.ADMIN, email="ada@example.org")
    assert (await member.patch(claim, CLAIMED, status=403))["code"] == "review.conflict_of_interest"
    await presenter.patch(claim, CLAIMED, status=403)
    for role in (Role.USER, Role.MODERATOR):
        await (await hub.the(role)).patch(claim, CLAIMED, status=403)
    assert len((await presenter.get(artifact))["claims"]) == 1


@pytest.mark.parametrize(
    ("statement", "body", "status"),
    [
        ("stm_claim", {"decision": "struck"}, 422), ("stm_claim", {"decision": "struck", "comment": " "}, 422),
        ("stm_claim", {"decision": "gone", "comment": "x"}, 400), ("stm_claim", {}, 400),
        ("stm_claim", {**CLAIMED, "comment": "x" * 4001}, 400), ("stm_0", CLAIMED, 404),
    ],
)  # fmt: skip
async def test_a_decision_that_cannot_be_meant_changes_nothing(reviewer, artifact, statement, body, status):
    before = await reviewer.get(artifact)
    await reviewer.patch(f"{artifact}/statements/{statement}", body, status=status)
    assert await reviewer.get(artifact) == before


async def test_a_draft_and_what_is_published_are_not_struck(hub, presenter, reviewer, organizer, project, artifact):
    draft = f"/v1/knowledge/{await hub.artifact((await hub.project())['id'])}/statements/stm_claim"
    assert (await reviewer.patch(draft, CLAIMED, status=409))["code"] == "artifact.state"
    await reviewer.patch(f"{artifact}/status", {"status": "approved"})
    await publish(hub, organizer, project)
    claim = f"{artifact}/statements/stm_claim"
    assert (await reviewer.patch(claim, CLAIMED, status=409))["code"] == "artifact.state"
    await presenter.post(f"/v1/projects/{project['id']}/unpublish")
    assert "next revision" in (await reviewer.patch(claim, CLAIMED, status=409))["detail"]
    await presenter.post(f"/v1/projects/{project['id']}/submit")
    await reviewer.patch(claim, CLAIMED)
    await hub.settle()
    attendee = await hub.the(Role.USER)
    assert (await attendee.get(artifact))["claims"] == [CLAIM.text], "the published revision stays as it was approved"


async def test_of_many_who_strike_at_once_each_is_told_or_done(hub, reviewer, artifact):
    judges = [reviewer, *[await hub.person(Role.REVIEWER) for _ in range(3)]]
    etag = (await reviewer.ask("GET", artifact)).headers["etag"]
    paths = [f"{artifact}/statements/{one}" for one in ("stm_claim", "stm_method")] * 2
    asked = (judge.ask("PATCH", path, CLAIMED, if_match=etag) for judge, path in zip(judges, paths, strict=True))
    answers = [answer.status_code for answer in await asyncio.gather(*asked)]
    assert sorted(answers) == [200, 412, 412, 412]
    struck = [one["id"] for one in (await reviewer.get(artifact))["statements"] if one["struck"]]
    assert len(struck) == 1
