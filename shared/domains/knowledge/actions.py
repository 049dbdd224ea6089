"""What people do with an artifact: correct it, submit it, judge it, speak of it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.access import Actor, Allowed, Permission, allow
from shared.domains.knowledge.content import Content, Evidence, Statement, StatementKind, Text, Wording
from shared.domains.knowledge.model import (
    EDITABLE,
    Artifact,
    ArtifactState,
    ArtifactStatus,
    BadCorrection,
    CommentMissing,
    ConflictOfInterest,
    Feedback,
    NothingSupported,
    PublishedArtifact,
    StatementNotFound,
)
from shared.domains.knowledge.queries import Filed, in_last_published
from shared.domains.projects.model import Project, ProjectStatus
from shared.errors import Fault
from shared.platform.shapes import IfMatch, Input, Patch
from shared.platform.store import AlreadyExists, Store, Write, save

Keyword = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Verify = Callable[[Content], Awaitable[Content]]
"""Anchors a content's evidence in its source, and says which statements are supported."""


Discussed = Allowed[Filed, Literal[Permission.GIVE_FEEDBACK]]
Editable = Allowed[Filed, Literal[Permission.EDIT_DRAFT_ARTIFACT]]
Judging = Literal[
    Permission.SUBMIT_PROJECT, Permission.APPROVE_ARTIFACT, Permission.REJECT_ARTIFACT, Permission.REQUEST_CHANGES
]


class CorrectedStatement(Input):
    """A statement of the corrected list: an `id` keeps what is not given; without one it is new."""

    id: str | None = None
    kind: StatementKind | None = None
    text: Text | None = None
    quotations: list[Text] | None = Field(default=None, min_length=1, max_length=10)


class CorrectedSummary(Patch):
    """A source in one sentence and in one paragraph."""

    sentence: Annotated[str, Field(max_length=1000)] = ""
    paragraph: Annotated[str, Field(max_length=5000)] = ""


class Correction(Patch):
    """A merge patch on an artifact's text; `statements`, when given, is the whole list that shall remain."""

    title: Text = ""
    abstract: Annotated[str, Field(max_length=20_000)] = ""
    summary: CorrectedSummary = CorrectedSummary()
    keywords: Annotated[tuple[Keyword, ...], Field(max_length=50)] = ()
    statements: Annotated[tuple[CorrectedStatement, ...], Field(max_length=200)] = ()


def check_editable(filed: Filed) -> None:
    """Raise ArtifactState unless the artifact can be corrected, or read anew.

    What an earlier revision has published can: that stays as it was, and this becomes a draft of the next.
    """
    artifact, project = filed
    check_unpublished(project)
    if not (project.status is ProjectStatus.DRAFT and in_last_published(project, artifact.id, artifact.revision)):
        check_draft(artifact)


def check_draft(artifact: Artifact) -> None:
    if artifact.status not in EDITABLE:
        raise ArtifactState(f"The artifact is {artifact.status}; only a draft can be edited. Request changes first.")


def check_unpublished(project: Project) -> None:
    """What is published stays as it was approved."""
    if project.status is ProjectStatus.PUBLISHED:
        raise ArtifactState("The project is published, and stays as it was approved.")


async def correct(store: Store, filed: Editable, correction: Correction, verify: Verify) -> Artifact:
    """Correct what `check_editable` allows; every statement is verified again, and one sent back becomes a draft."""
    artifact, fields = filed.thing.artifact, correction.changes()
    if not fields:
        return artifact
    if "summary" in fields:
        fields["summary"] = artifact.content.summary.model_copy(update=fields["summary"])
    if "statements" in fields:
        fields["statements"] = _statements(store, artifact, correction.statements)
    corrected = artifact.with_(
        content=await verify(artifact.content.model_copy(update=fields)),
        status=ArtifactStatus.DRAFT,
        revision=artifact.revision + 1,
        updated_at=store.clock.now(),
    )
    return await save(
        store, corrected, "ArtifactCorrected", {**facts(artifact), "fields": sorted(fields), "by": filed.actor.id}
    )


def permission_for(to: ArtifactStatus) -> Judging:
    """What somebody needs to move an artifact there."""
    return _MOVES[to][0]


async def judge(
    store: Store, filed: Allowed[Filed, Judging], to: ArtifactStatus, comment: str, if_match: IfMatch
) -> Artifact:
    """Move an artifact to its next state: submit it, or, as somebody outside its team, decide on it.

    Its supported statements count as knowledge once it is approved; its unsupported ones never do.
    """
    (artifact, project), actor = filed.thing, filed.actor
    permission, change = _MOVES[to]
    allow(actor, filed.thing, permission, of=project)  # the proof may be of another move's
    if to is not ArtifactStatus.REVIEW:
        check_no_conflict(actor, project)
    if_match.check(artifact)
    check_unpublished(project)
    if to is ArtifactStatus.REVIEW:
        return await submit(store, artifact)
    if artifact.status is not ArtifactStatus.REVIEW:
        raise ArtifactState(f"The artifact is {artifact.status}; only one in review can be judged.")
    if to is ArtifactStatus.APPROVED and not artifact.supported:
        raise NothingSupported(
            "No statement that is not struck has verified evidence. Request changes, and say which quotations to give."
        )
    if to is not ArtifactStatus.APPROVED and not comment.strip():
        raise CommentMissing(
            "Say in `comment` what is wrong, or what to change.", errors=[Fault("/comment", "missing")]
        )
    return await _move(store, artifact, to, change, actor, comment)


async def keep_published(store: Store, artifacts: Sequence[Artifact], revision: int) -> None:
    """Keep the artifacts of a published revision for its readers, whatever the next revision makes of them."""
    for artifact in artifacts:
        await store.commit(Write(artifact.id).put(PublishedArtifact.kept(artifact, revision)))


async def submit(store: Store, artifact: Artifact) -> Artifact:
    """Ask for the review of one draft."""
    check_draft(artifact)
    return await _move(store, artifact, ArtifactStatus.REVIEW, "ArtifactSubmitted")


_MOVES: dict[ArtifactStatus, tuple[Judging, str]] = {
    ArtifactStatus.REVIEW: (Permission.SUBMIT_PROJECT, "ArtifactSubmitted"),
    ArtifactStatus.APPROVED: (Permission.APPROVE_ARTIFACT, "ArtifactApproved"),
    ArtifactStatus.REJECTED: (Permission.REJECT_ARTIFACT, "ArtifactRejected"),
    ArtifactStatus.CHANGES_REQUESTED: (Permission.REQUEST_CHANGES, "ChangesRequested"),
}


async def give_feedback(
    store: Store,
    filed: Discussed,
    text: str,
    statement_id: str | None,
    rating: int | None,
    feedback_id: str = "",
) -> Feedback:
    """Say something of the artifact, or of the statement that is named; once under one id."""
    actor, artifact = filed.actor, filed.thing.artifact
    if statement_id and all(one.id != statement_id for one in artifact.content.statements):
        raise StatementNotFound(f"The artifact has no statement {statement_id}.")
    feedback = Feedback(
        id=feedback_id or store.clock.new_id("fbk"),
        artifact_id=artifact.id,
        statement_id=statement_id,
        text=text,
        rating=rating,
        created_by=actor.id,
        created_at=store.clock.now(),
    )
    data = {**facts(artifact), "statementId": statement_id, "by": actor.id}
    try:
        await store.commit(Write(artifact.id).create(feedback).change("FeedbackGiven", artifact.subject, data))
    except AlreadyExists:  # the same request, again
        return await store.get(Feedback, feedback.id, artifact.id) or feedback
    return feedback


def check_no_conflict(actor: Actor, project: Project) -> None:
    """A member of the team never judges the project, whatever their roles; nor does who took themselves out of it."""
    if actor.owns(project) or actor.email in project.recused:
        raise ConflictOfInterest(
            "You belong to this project's team, so somebody else has to judge it: ask a reviewer outside the team, "
            "or have an administrator create a second account with the role reviewer."
        )


async def _move(
    store: Store, artifact: Artifact, status: ArtifactStatus, change: str, actor: Actor | None = None, comment: str = ""
) -> Artifact:
    now = store.clock.now()
    judged = artifact.with_(
        status=status,
        updated_at=now,
        reviewed_by=actor.id if actor else None,
        reviewed_at=now if actor else None,
        review_comment=comment,
    )
    return await save(store, judged, change, facts(judged))


def facts(artifact: Artifact) -> dict[str, object]:
    """What changes of an artifact tell: ids and states, never its text."""
    return {
        "projectId": artifact.project_id,
        "eventId": artifact.event_id,
        "sourceId": artifact.source_id,
        "sourceType": artifact.source_type,
        "status": artifact.status,
        "jobId": artifact.job_id,
    }


def _statements(store: Store, artifact: Artifact, wanted: Sequence[CorrectedStatement]) -> tuple[Statement, ...]:
    known = {statement.id: statement for statement in artifact.content.statements}
    faults = [
        Fault(f"/statements/{at}/id", f"the artifact has no statement {one.id}")
        for at, one in enumerate(wanted)
        if one.id is not None and one.id not in known
    ]
    faults += [
        Fault(f"/statements/{at}/id", f"{one.id} stands in the list already")
        for at, one in enumerate(wanted)
        if one.id is not None and any(one.id == other.id for other in wanted[:at])
    ]
    faults += [
        Fault(f"/statements/{at}", "a new statement needs kind, text and quotations")
        for at, one in enumerate(wanted)
        if one.id is None and not (one.kind and one.text and one.quotations)
    ]
    if faults:
        raise BadCorrection("Some statements cannot be corrected so.", errors=faults)
    return tuple(_statement(store, known.get(one.id or ""), one) for one in wanted)


def _statement(store: Store, old: Statement | None, wanted: CorrectedStatement) -> Statement:
    evidence = old.evidence if old else ()
    if wanted.quotations is not None:
        known = {one.quotation: one for one in evidence}
        evidence = tuple(known.get(text) or Evidence(quotation=text) for text in dict.fromkeys(wanted.quotations))
    if old is None:
        return Statement(
            id=store.clock.new_id("stm"),
            kind=wanted.kind or StatementKind.CLAIM,
            text=wanted.text or "",
            evidence=evidence,
            wording=Wording.PERSON,
            confidence=1.0,
        )
    text = wanted.text or old.text
    struck = old.struck if (text, evidence) == (old.text, old.evidence) else None  # another wording is judged anew
    wording = old.wording if text == old.text else Wording.PERSON
    changed = {
        "kind": wanted.kind or old.kind, "text": text, "evidence": evidence, "wording": wording, "struck": struck,
    }  # fmt: skip
    return old.model_copy(update=changed)
