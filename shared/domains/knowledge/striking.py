"""Striking single statements: what a judge does not let stand is kept, for the team and its judges alone."""

from enum import StrEnum
from typing import Literal

from shared.access import Allowed, Permission
from shared.domains.knowledge.actions import check_no_conflict, check_unpublished, facts
from shared.domains.knowledge.content import Statement, Strike
from shared.domains.knowledge.model import (
    Artifact,
    ArtifactState,
    ArtifactStatus,
    CommentMissing,
    NothingSupported,
    StatementNotFound,
)
from shared.domains.knowledge.queries import Filed, in_last_published
from shared.domains.projects.model import ProjectStatus
from shared.errors import Fault
from shared.platform.shapes import IfMatch
from shared.platform.store import Store, save

Judged = Allowed[Filed, Literal[Permission.APPROVE_ARTIFACT]]


class Decision(StrEnum):
    """Whether a statement stands."""

    STRUCK = "struck"
    KEPT = "kept"


async def decide(
    store: Store, filed: Judged, statement_id: str, decision: Decision, comment: str, if_match: IfMatch
) -> Artifact:
    """Strike a statement of what is in review or approved, or let it stand again; what is decided so stays as it is.

    It makes a new revision of the artifact, so that a summary compiled of the old one is none any more.
    """
    (artifact, project), actor = filed.thing, filed.actor
    check_no_conflict(actor, project)
    statement = _statement(artifact, statement_id)
    if_match.check(artifact)
    _check_judged(filed.thing)
    strike = Strike(by=actor.id, comment=comment, at=store.clock.now()) if decision is Decision.STRUCK else None
    if strike and not comment:
        raise CommentMissing("Say in `comment` why it shall not stand.", errors=[Fault("/comment", "missing")])
    if (strike and strike.comment) == (statement.struck and statement.struck.comment):
        return artifact
    changed = _with(artifact, statement.model_copy(update={"struck": strike}))
    if artifact.status is ArtifactStatus.APPROVED and not changed.supported:
        raise NothingSupported(
            "Nothing would be left of what was approved: return the project, and say what to change."
        )
    decided = changed.with_(revision=artifact.revision + 1, updated_at=store.clock.now())
    change = "StatementStruck" if strike else "StatementKept"
    return await save(store, decided, change, {**facts(artifact), "statementId": statement.id, "by": actor.id})


def _statement(artifact: Artifact, statement_id: str) -> Statement:
    found = next((one for one in artifact.content.statements if one.id == statement_id), None)
    if found is None:
        raise StatementNotFound(f"The artifact has no statement {statement_id}.")
    return found


def _with(artifact: Artifact, statement: Statement) -> Artifact:
    statements = tuple(statement if one.id == statement.id else one for one in artifact.content.statements)
    return artifact.with_(content=artifact.content.model_copy(update={"statements": statements}))


def _check_judged(filed: Filed) -> None:
    artifact, project = filed
    check_unpublished(project)
    if artifact.status not in {ArtifactStatus.REVIEW, ArtifactStatus.APPROVED}:
        raise ArtifactState(f"The artifact is {artifact.status}; statements are struck in review, or once approved.")
    if project.status is ProjectStatus.DRAFT and in_last_published(project, artifact.id, artifact.revision):
        raise ArtifactState("The project's next revision is with its team; judge it once it is submitted.")
