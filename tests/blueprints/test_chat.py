"""Questions and their answers: where they come from, who may ask and read, and what is kept of them."""

import re

import pytest

from shared.access import Role
from shared.domains.knowledge.content import StatementKind
from shared.domains.knowledge.model import Artifact, ArtifactStatus
from shared.domains.projects.model import Project, ProjectStatus
from shared.platform.store import save
from tests.hub import CLAIM, METHOD, quoting

LIMITATION = quoting(
    StatementKind.LIMITATION,
    "A limitation of our study is that all data come from one university library.",
    statement_id="stm_limitation",
)
KEYNOTE = {
    "title": "Libraries of tomorrow", "speakers": ["Grace Page"], "sessionType": "keynote", "room": "Aula",
    "startTime": "2026-05-04T09:00:00Z", "endTime": "2026-05-04T10:00:00Z",
}  # fmt: skip
DEMO = {
    "title": "SeatSense live", "speakers": ["Ada Reader", "Ben Page"], "sessionType": "demo", "room": "Room 2",
    "startTime": "2026-05-05T12:00:00Z", "endTime": "2026-05-05T13:00:00Z",
}  # fmt: skip


async def published(hub, *statements, **fields):
    """A published project with one approved artifact; its id, and the artifact's."""
    project = await hub.project(**fields)
    artifact = await hub.artifact(project["id"], *(statements or (CLAIM, METHOD, LIMITATION)))
    await become(hub, project["id"], artifact)
    return project["id"], artifact


async def become(hub, project_id, artifact_id, *, public=True, approved=True):
    store, now = await hub.store(), hub.clock.now()
    artifact = await store.get(Artifact, artifact_id)
    status = ArtifactStatus.APPROVED if approved else ArtifactStatus.DRAFT
    await save(store, artifact.with_(status=status, updated_at=now), "ArtifactApproved", {"projectId": project_id})
    project = await store.get(Project, project_id)
    state = {"status": ProjectStatus.PUBLISHED, "published_at": now} if public else {"published_at": None}
    await save(store, project.with_(updated_at=now, **state), "ProjectPublished")
    hub.clock.advance(seconds=1)
    await hub.settle()


@pytest.fixture
async def attendee(hub):
    return await hub.the(Role.USER)


@pytest.fixture
async def paper(hub):
    return await published(hub)


async def ask(person, message, status=200, **context):
    return await person.post("/v1/chat", {"message": message, "context": context}, status=status)


async def test_a_question_is_answered_in_the_words_of_a_statement_with_its_citation(attendee, paper):
    _, artifact = paper
    answer = await ask(attendee, "What accuracy does SeatSense achieve on LibBadge?")
    assert answer["sources"] == [artifact]
    (first, *_) = answer["citations"]
    assert (first["n"], first["artifactId"], first["statementId"]) == (1, artifact, "stm_claim")
    assert first["quotation"] == "SeatSense achieves an accuracy of 92.5% on LibBadge"
    assert first["passage"]["sourceId"]
    assert "SeatSense achieves an accuracy of 92.5% on LibBadge. [1]" in answer["response"]
    assert answer["timestamp"]


async def test_every_number_in_an_answer_is_a_citation_and_the_other_way_round(attendee, paper):
    answer = await ask(attendee, "How was the SeatSense network trained?")
    numbers = [int(n) for n in re.findall(r"\[(\d+)\]", answer["response"])]
    assert numbers == [one["n"] for one in answer["citations"]] == list(range(1, len(numbers) + 1))
