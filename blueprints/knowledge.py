"""Knowledge over HTTP: artifacts, their evidence, their review, and the search over them."""

from datetime import datetime
from typing import Annotated, Literal

from azurefunctions.extensions.http.fastapi import Response
from pydantic import Field, StringConstraints

from blueprints.surface import surface
from shared.access import Actor, Permission
from shared.domains.extraction import passages
from shared.domains.extraction.passages import EvidenceView
from shared.domains.jobs.views import JobView
from shared.domains.jobs.views import shown as show_job
from shared.domains.knowledge import actions, queries, striking
from shared.domains.knowledge.actions import Correction, Discussed, Editable
from shared.domains.knowledge.model import (
    ArtifactNotFound,
    ArtifactState,
    ArtifactStatus,
    BadCorrection,
    Comment,
    CommentMissing,
    ConflictOfInterest,
    EvidenceNotFound,
    Feedback,
    NothingSupported,
    StatementNotFound,
)
from shared.domains.knowledge.queries import Seen
from shared.domains.knowledge.striking import Decision, Judged
from shared.domains.knowledge.views import ArtifactView, shown
from shared.domains.projects import queries as projects
from shared.domains.projects.model import ProjectNotFound
from shared.domains.sources import rereading
from shared.domains.sources.model import ReadAlready
from shared.domains.sources.rereading import Extractable
from shared.platform.blobs import Blobs
from shared.platform.http import Accepted, Api, Created, Listed, Listing, Order, Selection
from shared.platform.shapes import IfMatch, Input, NewId, Query
from shared.platform.store import Store

api = Api(surface, "Knowledge")

SEEN = (Permission.VIEW_APPROVED_ARTIFACTS, Permission.VIEW_ALL_ARTIFACTS)
JUDGING = (
    Permission.SUBMIT_PROJECT,
    Permission.APPROVE_ARTIFACT,
    Permission.REJECT_ARTIFACT,
    Permission.REQUEST_CHANGES,
)
LISTING = Listing(
    fields={"status": str, "sourceType": str, "sourceId": str, "extractedAt": datetime},
    orders=(Order("extractedAt"),),
)


class Expand(Query):
    """`$expand=statements` adds each artifact's statements with their evidence."""

    expand: Literal["statements"] | None = Field(default=None, alias="$expand")


class Judgement(Input):
    """The next state of an artifact; `review` submits it, the others judge it."""

    status: Literal["review", "approved", "rejected", "changes_requested"]
    comment: Annotated[str, Field(max_length=4000)] = ""


class StatementDecision(Input):
    """Whether a statement stands; striking it needs a reason."""

    decision: Decision
    comment: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=4000), Field(examples=["The baseline is missing."])
    ] = ""


class NewFeedback(Input):
    """What somebody says of an artifact, or of the statement named."""

    text: Comment
    statement_id: str | None = None
    rating: Annotated[Annotated[int, Field(ge=1, le=5)] | None, Field(examples=[4])] = None


@api.get("v1/projects/{project_id}/artifacts", allow=SEEN, raises=(ProjectNotFound,), listing=LISTING)
@api.get("v1/projects/{project_id}/knowledge", allow=SEEN, raises=(ProjectNotFound,), listing=LISTING)
async def list_knowledge(
    project_id: str, query: Expand, actor: Actor, store: Store, selection: Selection
) -> Listed[ArtifactView]:
    """List the artifacts of a project that the caller may see."""
    project = await projects.load_for_artifacts(store, actor, project_id)
    page = await queries.list_of(store, project, selection, whole=query.expand is not None)
    return page.map(lambda artifact: shown(actor, artifact, project.thing))


@api.get("v1/knowledge/{artifact_id}", allow=SEEN, raises=(ArtifactNotFound,))
async def get_artifact(artifact_id: str, actor: Actor, store: Store) -> ArtifactView:
    """An artifact with its statements and their evidence."""
    return shown(actor, *(await _seen(store, actor, artifact_id)).thing)


@api.patch(
    "v1/knowledge/{artifact_id}",
    allow=Permission.EDIT_DRAFT_ARTIFACT,
    raises=(ArtifactNotFound, ArtifactState, BadCorrection),
)
async def correct_artifact(
    artifact_id: str, body: Correction, if_match: IfMatch, actor: Actor, store: Store, blobs: Blobs
) -> ArtifactView:
    """Correct a draft's text; corrected statements are verified in the source again."""
    filed: Editable = await queries.load(store, actor, artifact_id, Permission.EDIT_DRAFT_ARTIFACT)
    return shown(actor, await passages.correct(store, blobs, filed, body, if_match), filed.thing.project)


@api.patch(
    "v1/knowledge/{artifact_id}/status",
    allow=JUDGING,
    raises=(ArtifactNotFound, ArtifactState, CommentMissing, ConflictOfInterest, NothingSupported),
)
async def judge_artifact(
    artifact_id: str, body: Judgement, if_match: IfMatch, actor: Actor, store: Store
) -> ArtifactView:
    """Submit a draft for review, or approve, reject or send back what is in review."""
    to = ArtifactStatus(body.status)
    filed = await queries.load(store, actor, artifact_id, actions.permission_for(to))
    judged = await actions.judge(store, filed, to, body.comment, if_match)
    return shown(actor, judged, filed.thing.project)


@api.patch(
    "v1/knowledge/{artifact_id}/statements/{statement_id}",
    allow=Permission.APPROVE_ARTIFACT,
    raises=(
        ArtifactNotFound, StatementNotFound, ArtifactState, ConflictOfInterest, CommentMissing, NothingSupported,
    ),
)  # fmt: skip
async def decide_statement(
    artifact_id: str, statement_id: str, body: StatementDecision, if_match: IfMatch, actor: Actor, store: Store
) -> ArtifactView:
    """Strike a statement, so that only the team and its judges see it, or let it stand again; until publication."""
    filed: Judged = await queries.load(store, actor, artifact_id, Permission.APPROVE_ARTIFACT)
    said = (statement_id, body.decision, body.comment)
    return shown(actor, await striking.decide(store, filed, *said, if_match), filed.thing.project)


@api.post(
    "v1/knowledge/{artifact_id}/reread",
    allow=Permission.EXTRACT_KNOWLEDGE,
    raises=(ArtifactNotFound, ArtifactState, ReadAlready),
)
async def reread_source(artifact_id: str, actor: Actor, store: Store) -> Accepted[JobView]:
    """Read the source of a draft again, when an older reader has read it: the draft is replaced by what comes of it."""
    filed: Extractable = await queries.load(store, actor, artifact_id, Permission.EXTRACT_KNOWLEDGE)
    job = await rereading.reread(store, filed)
    return Accepted(show_job(job, store.clock.now()), f"/v1/jobs/{job.id}")


@api.get("v1/knowledge/{artifact_id}/feedback", allow=Permission.GIVE_FEEDBACK, raises=(ArtifactNotFound,))
async def list_feedback(artifact_id: str, actor: Actor, store: Store) -> Listed[Feedback]:
    """What was said of an artifact, oldest first."""
    page = await queries.feedback(store, await queries.load(store, actor, artifact_id, Permission.GIVE_FEEDBACK))
    return Listed(page.items, len(page.items))


@api.post(
    "v1/knowledge/{artifact_id}/feedback",
    allow=Permission.GIVE_FEEDBACK,
    raises=(ArtifactNotFound, StatementNotFound),
)
async def give_feedback(
    artifact_id: str, body: NewFeedback, actor: Actor, store: Store, new_id: NewId
) -> Created[Feedback]:
    """Say something of an artifact, or of one of its statements."""
    filed: Discussed = await queries.load(store, actor, artifact_id, Permission.GIVE_FEEDBACK)
    said = (body.text, body.statement_id, body.rating)
    given = await actions.give_feedback(store, filed, *said, new_id("fbk"))
    return Created(given, f"/v1/knowledge/{artifact_id}/feedback")


@api.get("v1/knowledge/{artifact_id}/evidence/{n}", allow=SEEN, raises=(ArtifactNotFound, EvidenceNotFound))
async def get_evidence(artifact_id: str, n: int, actor: Actor, store: Store, blobs: Blobs) -> EvidenceView:
    """An evidence: its quotation, its place, and the passage around it."""
    return await passages.around(store, blobs, await _seen(store, actor, artifact_id), n)


@api.get(
    "v1/knowledge/{artifact_id}/evidence/{n}/page.png",
    allow=SEEN,
    raises=(ArtifactNotFound, EvidenceNotFound),
    produces=("image/png",),
)
async def get_evidence_page(artifact_id: str, n: int, actor: Actor, store: Store, blobs: Blobs) -> Response:
    """The page of an evidence as a picture, its quotation marked."""
    filed = await _seen(store, actor, artifact_id)
    return Response(await passages.page(store, blobs, filed, n), media_type="image/png")


async def _seen(store: Store, actor: Actor, artifact_id: str) -> Seen:
    return await queries.load(
        store, actor, artifact_id, Permission.VIEW_APPROVED_ARTIFACTS, Permission.VIEW_ALL_ARTIFACTS
    )
