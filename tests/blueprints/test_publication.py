"""From the last decision to the published summary, and what can be found on the way."""

import asyncio

import pytest

from shared.access import Role
from shared.domains.compilation.model import Summary
from shared.domains.compilation.queries import summary_of
from shared.domains.knowledge.content import StatementKind
from shared.domains.projects.model import Project
from shared.platform.search.query import parse
from shared.platform.store import Write
from tests.embedding_server import Meanings, meaning
from tests.hub import CLAIM, INVENTED, METHOD, quoting

RESULT = quoting(
    StatementKind.RESULT,
    "The calendar improves the accuracy by 3.2 points during examination weeks.",
    "the calendar improves the accuracy by 3.2 points during examination weeks",
    statement_id="stm_result",
)


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
async def attendee(hub):
    return await hub.the(Role.USER)


@pytest.fixture
async def project(hub):
    return await hub.project()


@pytest.fixture
async def artifacts(hub, presenter, project):
    """The paths of two artifacts in review."""
    made = [await hub.artifact(project["id"], *some) for some in ((CLAIM, METHOD, INVENTED), (RESULT,))]
    await presenter.post(f"/v1/projects/{project['id']}/submit")
    await hub.settle()
    return [f"/v1/knowledge/{one}" for one in made]


async def judge(person, path, status="approved"):
    return await person.patch(f"{path}/status", {"status": status, "comment": "So it is."})


async def compilations(organizer):
    return (await organizer.get("/v1/jobs", _filter="jobType eq 'compilation'"))["value"]


async def test_the_last_decision_compiles_once(hub, reviewer, organizer, project, artifacts):
    await judge(reviewer, artifacts[0])
    await hub.settle()
    assert await compilations(organizer) == []
    await judge(reviewer, artifacts[1], "rejected")
    await hub.settle()
    (job,) = await compilations(organizer)
    assert (job["status"], job["percent"], job["error"]) == ("succeeded", 100, None)
    await hub.again()
    assert len(await compilations(organizer)) == 1
    assert (await organizer.get(f"/v1/projects/{project['id']}"))["draftSummary"]["status"] == "draft"


async def test_two_last_decisions_at_once_compile_once(hub, reviewer, organizer, project, artifacts):
    """Both changes are delivered when nothing is open any more."""
    for path in artifacts:
        await judge(reviewer, path)
    await hub.settle()
    assert len(await compilations(organizer)) == 1


async def test_nothing_is_compiled_when_all_is_rejected(hub, reviewer, organizer, project, artifacts):
    for path in artifacts:
        await judge(reviewer, path, "rejected")
    await hub.settle()
    assert await compilations(organizer) == []
    problem = await organizer.post(f"/v1/projects/{project['id']}/approve", status=409)
    assert problem["code"] == "project.nothing_approved"


async def test_submitting_again_compiles_what_was_decided_before(
    hub, reviewer, organizer, presenter, project, artifacts
):
    for path in artifacts:
        await judge(reviewer, path)
    await organizer.post(f"/v1/projects/{project['id']}/return", {"comment": "A better title."})
    await hub.settle()
    assert await compilations(organizer) == []
    await presenter.post(f"/v1/projects/{project['id']}/submit")
    await hub.settle()
    assert len(await compilations(organizer)) == 1


async def test_every_sentence_is_traced_to_verified_evidence(hub, reviewer, organizer, project, artifacts):
    for path in artifacts:
        await judge(reviewer, path)
    await hub.settle()
    summary = (await organizer.get(f"/v1/projects/{project['id']}"))["draftSummary"]
    assert summary["whatIsNew"] == CLAIM.text
    assert {one["field"] for one in summary["sentences"]} >= {"whatIsNew", "keyMethods", "evidenceAndExamples", "faq"}
    ids = {path.rpartition("/")[2] for path in artifacts}
    for sentence in summary["sentences"]:
        assert sentence["evidence"]
        for cited in sentence["evidence"]:
            assert cited["artifactId"] in ids
            evidence = await organizer.get(f"/v1/knowledge/{cited['artifactId']}/evidence/{cited['n']}")
            assert (evidence["verified"], evidence["quotation"]) == (True, cited["quotation"])
    assert INVENTED.text not in str(summary)
    assert set(summary["missing"]) == {"talk", "repository"}


async def test_a_project_is_approved_once_all_is_decided(hub, reviewer, organizer, project, artifacts):
    await judge(reviewer, artifacts[0])
    problem = await organizer.post(f"/v1/projects/{project['id']}/approve", status=409)
    assert (problem["code"], "review" in problem["detail"]) == ("project.review_open", True)
    await judge(reviewer, artifacts[1])
    assert (await organizer.post(f"/v1/projects/{project['id']}/approve"))["status"] == "approved"
    await organizer.post(f"/v1/projects/{project['id']}/approve", status=409)


async def test_publishing_waits_for_the_summary_and_refuses_a_stale_one(hub, reviewer, organizer, project, artifacts):
    path = f"/v1/projects/{project['id']}"
    await organizer.post(f"{path}/publish", status=409)
    for artifact in artifacts:
        await judge(reviewer, artifact)
    await organizer.post(f"{path}/approve")
    assert (await organizer.post(f"{path}/publish", status=409))["code"] == "project.not_compiled"
    await organizer.post(f"{path}/compile", status=202)
    assert "being compiled" in (await organizer.post(f"{path}/publish", status=409))["detail"]
    await hub.settle()
    await make_stale(hub, project)
    assert (await organizer.post(f"{path}/publish", status=409))["code"] == "project.not_compiled"
    await organizer.post(f"{path}/compile", status=202)
    await hub.settle()
    assert (await organizer.post(f"{path}/publish"))["status"] == "published"


async def make_stale(hub, project):
    store = await hub.store()
    kept = await store.get(Project, project["id"])
    assert kept is not None
    summary = await summary_of(store, kept)
    assert summary is not None
    old = summary.with_(sources=dict.fromkeys(summary.sources, 0))
    await store.commit(Write(summary.project_id).replace(old))


async def test_a_key_makes_one_compilation(hub, reviewer, organizer, project, artifacts):
    await judge(reviewer, artifacts[0])
    path = f"/v1/projects/{project['id']}/compile"
    first, again = [await organizer.ask("POST", path, idempotency_key="k1") for _ in range(2)]
    assert (first.status_code, first.content) == (202, again.content)
    assert first.headers["location"] == again.headers["location"] == f"/v1/jobs/{first.json()['jobId']}"
    assert len(await compilations(organizer)) == 1


async def test_whoever_asks_while_it_is_compiled_gets_the_same_job_and_later_a_new_one(
    hub, reviewer, organizer, project, artifacts
):
    await judge(reviewer, artifacts[0])
    path = f"/v1/projects/{project['id']}/compile"
    answers = await asyncio.gather(*(organizer.ask("POST", path) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["jobId"] for answer in answers}) == len(await compilations(organizer)) == 1
    await hub.settle()
    await organizer.post(path, status=202)
    assert len(await compilations(organizer)) == 2


async def test_nothing_approved_is_nothing_to_compile(organizer, project, artifacts):
    problem = await organizer.post(f"/v1/projects/{project['id']}/compile", status=409)
    assert problem["code"] == "project.nothing_approved"


@pytest.mark.parametrize("role", [Role.USER, Role.PRESENTER, Role.REVIEWER, Role.MODERATOR])
async def test_only_organizers_and_administrators_publish(hub, project, role):
    other = await hub.person(role)
    for verb in ("approve", "publish"):
        await other.post(f"/v1/projects/{project['id']}/{verb}", status=403)


async def published(hub, reviewer, organizer, project, artifacts):
    for path in artifacts:
        await judge(reviewer, path)
    await hub.settle()
    await organizer.post(f"/v1/projects/{project['id']}/approve")
    await organizer.post(f"/v1/projects/{project['id']}/publish")
    await hub.settle()


async def test_the_published_summary_is_everyones(hub, reviewer, organizer, attendee, project, artifacts):
    path = f"/v1/projects/{project['id']}"
    await attendee.get(path, status=404)
    await published(hub, reviewer, organizer, project, artifacts)
    seen = await attendee.get(path)
    assert (seen["status"], seen["artifacts"], seen["draftSummary"]) == ("published", 2, None)
    summary = seen["publishedSummary"]
    assert (summary["status"], summary["revision"]) == ("published", 1)
    assert summary["publishedAt"] == summary["modifiedAt"] == seen["publishedAt"]
    assert len(seen["knowledgeArtifactIds"]) == 2


async def test_the_draft_of_a_summary_is_its_teams_and_judges(hub, reviewer, organizer, presenter, project, artifacts):
    for path in artifacts:
        await judge(reviewer, path)
    await hub.settle()
    for person in (presenter, reviewer, organizer):
        seen = await person.get(f"/v1/projects/{project['id']}")
        assert (bool(seen["draftSummary"]), seen["publishedSummary"]) == (True, None)


async def test_attendees_see_supported_statements_and_nothing_of_the_review(
    hub, reviewer, organizer, attendee, project, artifacts
):
    await published(hub, reviewer, organizer, project, artifacts)
    artifact = await attendee.get(artifacts[0])
    assert [one["id"] for one in artifact["statements"]] == ["stm_claim", "stm_method"]
    assert (artifact["reviewComment"], artifact["evaluation"], artifact["hiddenText"]) == ("", None, [])
    whole = await reviewer.get(artifacts[0])
    (hidden,) = [one for one in whole["statements"] if not one["supported"]]
    await attendee.get(f"{artifacts[0]}/evidence/{hidden['evidence'][0]['n']}", status=404)
    expanded = await attendee.get(f"/v1/projects/{project['id']}/knowledge", _expand="statements")
    assert INVENTED.text not in str(expanded)


async def test_attendees_see_no_quotation_that_the_source_does_not_say(hub, reviewer, organizer, presenter, attendee):
    """Even where another quotation supports the statement."""
    project = await hub.project()
    both = quoting(
        CLAIM.kind, CLAIM.text, CLAIM.evidence[0].quotation, "the best paper of all time", statement_id="stm_b"
    )
    path = f"/v1/knowledge/{await hub.artifact(project['id'], both)}"
    await presenter.post(f"/v1/projects/{project['id']}/submit")
    await hub.settle()
    await published(hub, reviewer, organizer, project, [path])
    assert len((await reviewer.get(path))["statements"][0]["evidence"]) == 2
    assert "best paper" not in str(await attendee.get(path))
    await attendee.get(f"{path}/evidence/2", status=404)
    assert (await attendee.get(f"{path}/evidence/1"))["verified"]
    project = await attendee.get(f"/v1/projects/{project['id']}")
    assert "best paper" not in str(project)


async def test_a_rejected_artifact_stays_hidden_when_its_project_is_published(
    hub, reviewer, organizer, presenter, attendee, project, artifacts
):
    await judge(reviewer, artifacts[0])
    await judge(reviewer, artifacts[1], "rejected")
    await hub.settle()
    await organizer.post(f"/v1/projects/{project['id']}/approve")
    await organizer.post(f"/v1/projects/{project['id']}/publish")
    await hub.settle()
    await attendee.get(artifacts[1], status=404)
    page = await attendee.get(f"/v1/projects/{project['id']}/knowledge")
    assert (page["@odata.count"], len(page["value"])) == (1, 1)
    listed = f"/v1/events/{project['eventId']}/projects"
    counts = [(await person.get(listed))["value"][0]["artifacts"] for person in (attendee, reviewer, presenter)]
    assert counts == [1, 2, 2]
    assert (await found(attendee, "examination weeks calendar"))["artifact"] <= {artifacts[0].rpartition("/")[2]}


async def test_what_is_published_grows_by_no_later_approval(hub, reviewer, organizer, presenter, project, artifacts):
    """An extraction that ended after the publication leaves a draft, which stays one."""
    await published(hub, reviewer, organizer, project, artifacts)
    late = f"/v1/knowledge/{await hub.artifact(project['id'])}"
    await hub.settle()
    await presenter.patch(late, {"title": "x"}, status=409)
    problem = await presenter.patch(f"{late}/status", {"status": "review"}, status=409)
    assert "published" in problem["detail"]
    await reviewer.patch(f"{late}/status", {"status": "approved"}, status=409)


async def found(person, words):
    """What each kind of find leads to."""
    kinds: dict[str, set[str]] = {"artifact": set(), "passage": set(), "summary": set()}
    for result in (await person.get("/v1/knowledge/search", q=words, limit=50))["results"]:
        kinds[result["kind"]].add(result["id"])
        assert 0 < result["relevanceScore"] <= 1
    return kinds


async def finds(person, words="SeatSense accuracy LibBadge"):
    return bool((await person.get("/v1/knowledge/search", q=words))["results"])


async def test_search_finds_what_may_be_seen_after_each_step(hub, presenter, reviewer, organizer, attendee, project):
    path = f"/v1/knowledge/{await hub.artifact(project['id'])}"
    await hub.settle()
    insiders, outsiders = [presenter, reviewer, organizer], [attendee, await hub.person(Role.MODERATOR)]

    async def seen_by_all(*, all_: bool):
        await hub.settle()
        assert [await finds(person) for person in insiders] == [True] * 3
        assert [await finds(person) for person in outsiders] == [all_] * 2

    await seen_by_all(all_=False)
    await presenter.post(f"/v1/projects/{project['id']}/submit")
    await seen_by_all(all_=False)
    await judge(reviewer, path)
    await seen_by_all(all_=False)
    await organizer.post(f"/v1/projects/{project['id']}/approve")
    await seen_by_all(all_=False)
    await organizer.post(f"/v1/projects/{project['id']}/publish")
    await seen_by_all(all_=True)
    for person in (presenter, attendee):
        assert not await finds(person, "halves")


async def test_search_follows_corrections_and_the_team(hub, presenter, project):
    path = f"/v1/knowledge/{await hub.artifact(project['id'], CLAIM)}"
    member = await hub.person(Role.USER, email="late@example.org")
    await hub.settle()
    assert not await finds(member)
    hub.clock.advance(1)
    await presenter.patch(f"/v1/projects/{project['id']}", {"team": ["late@example.org"]})
    await presenter.patch(path, {"title": "Zebrafish"})
    await hub.settle()
    assert await finds(member, "zebrafish")
    hub.clock.advance(1)
    await presenter.patch(f"/v1/projects/{project['id']}", {"team": []})
    await hub.settle()
    assert not await finds(member, "zebrafish")


async def test_search_is_narrowed_and_its_words_bounded(hub, presenter, project):
    await hub.artifact(project["id"])
    await hub.settle()
    for filters, expected in [
        ({"projectId": project["id"]}, True), ({"projectId": "proj_0"}, False), ({"sourceType": "talk"}, False),
        ({"eventId": project["eventId"], "sourceType": "paper"}, True),
    ]:  # fmt: skip
        assert bool((await presenter.get("/v1/knowledge/search", q="accuracy", **filters))["results"]) is expected
    for wrong in ({"q": "x" * 1001}, {}, {"q": "x", "limit": 0}, {"q": "x", "limit": 101}, {"q": "x", "tenantId": "t"}):
        await presenter.get("/v1/knowledge/search", status=400, **wrong)
    for odd in ("", '"', "-", "* OR ' --", "\u202e", "NEAR(a b)"):
        await presenter.get("/v1/knowledge/search", q=odd)


async def test_a_summary_of_another_revision_is_another(hub, reviewer, organizer, project, artifacts):
    await published(hub, reviewer, organizer, project, artifacts)
    problem = await organizer.post(f"/v1/projects/{project['id']}/compile", status=409)
    assert problem["code"] == "project.state"
    (kept,) = (await (await hub.store()).query(Summary)).items
    assert kept.status == "published"


async def test_nothing_is_published_in_an_event_that_nobody_sees(hub, presenter, reviewer, organizer):
    body = {"displayName": "Hidden", "startDate": "2026-05-04", "endDate": "2026-05-05"}
    event = await organizer.post("/v1/events", body)
    project = await organizer.post(f"/v1/events/{event['id']}/projects", {"title": "Seats"})
    path = f"/v1/projects/{project['id']}"
    made = await hub.artifact(project["id"], CLAIM)
    await organizer.post(f"{path}/submit")
    await hub.settle()
    await judge(reviewer, f"/v1/knowledge/{made}")
    await hub.settle()
    await organizer.post(f"{path}/approve")
    refused = await organizer.post(f"{path}/publish", status=409)
    assert refused["code"] == "project.state"
    await organizer.post(f"/v1/events/{event['id']}/publish")
    assert (await organizer.post(f"{path}/publish"))["status"] == "published"


def use(hub, monkeypatch, model):
    """Let this be the hub's embedding model."""

    async def opened():
        return model

    monkeypatch.setattr(hub.app.platform, "embeddings", opened)
    return model


async def nearness(hub, words):
    index = await hub.app.platform.search()
    found = await index.candidates("default", parse(words), vector=meaning(words))
    return {one.entry.kind: near for one, near in zip(found.candidates, found.nearness, strict=True)}


async def test_what_is_indexed_gets_vectors_in_one_call_of_the_model(
    hub, monkeypatch, presenter, reviewer, organizer, project
):
    model = use(hub, monkeypatch, Meanings())
    path = f"/v1/knowledge/{await hub.artifact(project['id'])}"
    await hub.settle()
    assert len(model.asked) == 1
    await presenter.post(f"/v1/projects/{project['id']}/submit")
    await hub.settle()
    await judge(reviewer, path)
    await hub.settle()
    found = await nearness(hub, "SeatSense accuracy")
    assert found.keys() == {"artifact", "passage", "summary"}
    assert None not in found.values()
    model.asked.clear()
    assert await finds(organizer)
    assert model.asked == [["SeatSense accuracy LibBadge"]]


async def test_a_model_that_fails_stops_no_indexing_and_no_search(hub, monkeypatch, presenter, project):
    model = use(hub, monkeypatch, Meanings(OSError("down")))
    await hub.artifact(project["id"])
    await hub.settle()
    await hub.sweep()
    assert len(model.asked) == 1
    assert await finds(presenter)
    assert set((await nearness(hub, "SeatSense accuracy")).values()) == {None}
