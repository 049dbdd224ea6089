"""A second revision of a published project over HTTP: what its team makes of it, and what everybody reads meanwhile."""

import pytest

from shared.access import Role
from shared.domains.knowledge.content import StatementKind
from shared.platform import readers
from tests.hub import CLAIM, METHOD, quoting

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
async def event(hub):
    return await hub.event()


@pytest.fixture
async def artifact(hub, event):
    project = await hub.project(event["id"], title="First", abstract="Once.", tags=["old"])
    return await hub.artifact(project["id"], CLAIM, METHOD, title="SeatSense")


@pytest.fixture
async def project(hub, event, artifact, presenter):
    """The path of a published project of one artifact."""
    (one,) = (await presenter.get(f"/v1/events/{event['id']}/projects"))["value"]
    path = f"/v1/projects/{one['id']}"
    await publish(hub, path)
    return path


async def publish(hub, path):
    """Submit, approve what is to be judged, and publish."""
    reviewer, organizer = await hub.the(Role.REVIEWER), await hub.the(Role.ORGANIZER)
    await (await hub.the(Role.PRESENTER)).post(f"{path}/submit", status=200)
    await hub.settle()
    for one in (await reviewer.get(f"{path}/knowledge"))["value"]:
        if one["status"] == "review":
            await reviewer.patch(f"/v1/knowledge/{one['id']}/status", {"status": "approved"})
    await hub.settle()
    await organizer.post(f"{path}/approve", status=200)
    published = await organizer.post(f"{path}/publish", status=200)
    await hub.settle()
    return published


async def read(person, event, project, artifact):
    """All that somebody reads of the project, and finds."""
    listed = f"/v1/events/{event['id']}/projects"
    paths = [project, f"{project}/knowledge", f"{project}/revisions", f"/v1/knowledge/{artifact}", listed]
    answers = [await person.ask("GET", path) for path in [*paths, f"/v1/knowledge/{artifact}/evidence/1"]]
    assert {answer.status_code for answer in answers} == {200}
    expanded = await person.get(f"{project}/knowledge", _expand="statements")
    filtered = [
        await person.get(listed, _filter=where)
        for where in (
            "title eq 'First'", "title eq 'Second'", "status eq 'published'", "status eq 'draft'",
            "tags/any(t: t eq 'new')",
        )
    ]  # fmt: skip
    ordered = await person.get(listed, _orderBy="title desc")
    found = [
        (await person.get("/v1/knowledge/search", q=words))["results"] for words in ("accuracy", "Second", "calendar")
    ]
    drawn = [await person.get(f"/v1/graph/nodes/{node}/neighbours") for node in (artifact, project.rpartition("/")[2])]
    tags = [answer.headers.get("etag") for answer in answers]
    return [[answer.json() for answer in answers], tags, expanded, filtered, ordered, found, drawn]


async def revise(hub, project, artifact):
    """Everything that a team may do to a second revision before it is submitted."""
    presenter = await hub.the(Role.PRESENTER)
    await presenter.patch(project, {"title": "Second", "abstract": "Twice.", "tags": ["new"]})
    kept = {"id": "stm_claim"}
    await presenter.patch(f"/v1/knowledge/{artifact}", {"title": "SeatSense Second", "statements": [kept]})
    await hub.artifact(project.rpartition("/")[2], RESULT, title="Calendar Second")
    await hub.settle()


async def test_everybody_reads_the_published_revision_until_the_next_is(
    hub, event, project, artifact, presenter, reviewer
):
    attendee, moderator, organizer = [await hub.the(role) for role in (Role.USER, Role.MODERATOR, Role.ORGANIZER)]
    before = await read(attendee, event, project, artifact)
    assert before == await read(moderator, event, project, artifact)
    begun = await presenter.post(f"{project}/unpublish", status=200)
    assert (begun["status"], begun["revision"], begun["publishedSummary"] is not None) == ("draft", 2, True)
    await hub.settle()
    assert await read(attendee, event, project, artifact) == before
    await revise(hub, project, artifact)
    assert await read(attendee, event, project, artifact) == before
    await presenter.post(f"{project}/submit")
    await hub.settle()
    for one in (await reviewer.get(f"{project}/knowledge"))["value"]:
        await reviewer.patch(f"/v1/knowledge/{one['id']}/status", {"status": "approved"})
        assert await read(attendee, event, project, artifact) == before
    await hub.settle()
    assert await read(moderator, event, project, artifact) == before
    await organizer.post(f"{project}/approve", status=200)
    await hub.again()
    assert await read(attendee, event, project, artifact) == before
    published = await organizer.post(f"{project}/publish", status=200)
    await hub.settle()
    assert (published["revision"], published["publishedSummary"]["revision"]) == (2, 2)
    seen = await attendee.get(project)
    assert (seen["title"], seen["status"], seen["revision"], seen["artifacts"]) == ("Second", "published", 2, 2)
    assert "examination weeks" in str(seen["publishedSummary"])
    assert (await attendee.get(f"/v1/knowledge/{artifact}"))["title"] == "SeatSense Second"
    assert (await attendee.get("/v1/knowledge/search", q="calendar"))["results"]
    listed = await attendee.get(f"/v1/events/{event['id']}/projects", _filter="title eq 'Second'")
    assert listed["@odata.count"] == 1


async def test_a_chat_answers_from_the_published_revision(hub, event, project, artifact, presenter, attendee):
    questions = ["What accuracy does SeatSense achieve?", "Which projects are there in Open Days?", "What is Second?"]

    async def answers():
        told = [await attendee.post("/v1/chat", {"message": each}, status=200) for each in questions]
        return [(answer["response"], answer["sources"], answer["citations"]) for answer in told]

    before = await answers()
    assert "First" in str(before)
    await presenter.post(f"{project}/unpublish")
    await revise(hub, project, artifact)
    assert await answers() == before


async def test_the_team_and_its_judges_work_on_the_next_revision(
    hub, event, project, artifact, presenter, reviewer, organizer
):
    await presenter.post(f"{project}/unpublish")
    await revise(hub, project, artifact)
    for person in (presenter, reviewer, organizer):
        seen = await person.get(project)
        assert (seen["title"], seen["status"], seen["revision"], seen["artifacts"]) == ("Second", "draft", 2, 2)
        assert (await person.get(f"/v1/knowledge/{artifact}"))["status"] == "draft"
        drafts = await person.get(f"{project}/knowledge", _filter="status eq 'draft'")
        assert drafts["@odata.count"] == 2
    listed = f"/v1/events/{event['id']}/projects"
    assert (await organizer.get(listed, _filter="status eq 'draft'"))["@odata.count"] == 1
    assert (await presenter.get(listed))["value"][0]["title"] == "Second"


async def test_the_revisions_are_listed_for_those_who_may_see_them(hub, project, artifact, presenter, attendee):
    (first,) = (await presenter.get(f"{project}/revisions"))["value"]
    assert (first["revision"], first["status"], first["artifacts"]) == (1, "published", [artifact])
    await presenter.post(f"{project}/unpublish")
    await revise(hub, project, artifact)
    second, kept = (await presenter.get(f"{project}/revisions"))["value"]
    assert kept == first
    assert (second["revision"], second["status"], second["title"]) == (2, "draft", "Second")
    assert (second["publishedAt"], second["summary"], len(second["artifacts"])) == (None, None, 2)
    assert (await attendee.get(f"{project}/revisions"))["value"] == [first]
    await publish(hub, project)
    newest, oldest = (await presenter.get(f"{project}/revisions"))["value"]
    assert (newest["summary"]["revision"], oldest) == (2, first)
    assert [one["revision"] for one in (await attendee.get(f"{project}/revisions"))["value"]] == [2]


async def test_an_unchanged_revision_is_published_again_without_a_new_review(hub, project, artifact, presenter):
    await presenter.post(f"{project}/unpublish")
    published = await publish(hub, project)
    assert (published["revision"], published["knowledgeArtifactIds"]) == (2, [artifact])


async def test_an_artifact_approved_again_is_closed_again(hub, project, artifact, presenter, reviewer):
    await presenter.post(f"{project}/unpublish")
    await presenter.patch(f"/v1/knowledge/{artifact}", {"title": "Second"})
    await presenter.patch(f"/v1/knowledge/{artifact}/status", {"status": "review"})
    await reviewer.patch(f"/v1/knowledge/{artifact}/status", {"status": "approved"})
    problem = await presenter.patch(f"/v1/knowledge/{artifact}", {"title": "Third"}, status=409)
    assert problem["code"] == "artifact.state"


async def test_what_waits_for_its_second_review_is_closed(hub, project, artifact, presenter):
    await presenter.post(f"{project}/unpublish")
    await presenter.post(f"{project}/submit")
    await presenter.patch(f"/v1/knowledge/{artifact}", {"title": "Late"}, status=409)


async def test_a_source_read_again_in_the_next_revision_leaves_the_published_one(
    hub, event, project, artifact, presenter, attendee, monkeypatch
):
    before = await read(attendee, event, project, artifact)
    await presenter.post(f"/v1/knowledge/{artifact}/reread", status=409)
    await presenter.post(f"{project}/unpublish")
    monkeypatch.setattr(readers, "READER", readers.READER + 1)
    await presenter.post(f"/v1/knowledge/{artifact}/reread", status=202)
    await hub.settle()
    assert await read(attendee, event, project, artifact) == before


async def test_only_what_is_published_is_taken_up_again(hub, event, presenter):
    project = f"/v1/projects/{(await hub.project(event['id']))['id']}"
    problem = await presenter.post(f"{project}/unpublish", status=409)
    assert problem["code"] == "project.state"


async def test_a_project_deleted_under_revision_comes_back_so(hub, event, project, artifact, presenter, attendee):
    before = await read(attendee, event, project, artifact)
    await presenter.post(f"{project}/unpublish")
    await revise(hub, project, artifact)
    assert (await presenter.ask("DELETE", project)).status_code == 204
    await hub.settle()
    await attendee.get(project, status=404)
    assert (await attendee.get("/v1/knowledge/search", q="accuracy"))["results"] == []
    assert (await presenter.post(f"{project}/restore"))["title"] == "Second"
    await hub.settle()
    assert await read(attendee, event, project, artifact) == before


@pytest.mark.parametrize("role", [Role.PRESENTER, Role.MODERATOR])
async def test_what_judges_say_of_the_next_revision_is_not_for_strangers(
    hub, project, artifact, presenter, organizer, role
):
    await presenter.post(f"{project}/unpublish")
    await presenter.post(f"{project}/submit")
    await hub.settle()
    await organizer.post(f"{project}/return", {"comment": "Poor."})
    stranger = await hub.person(role)
    seen = await stranger.get(project)
    assert (seen["feedback"], seen["draftSummary"], seen["revision"]) == ("", None, 1)
    assert (await presenter.get(project))["feedback"] == "Poor."
