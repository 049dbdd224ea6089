"""What can be asked about artifacts, by those who may see them."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeVar

from shared.access import Actor, Allowed, P, Permission, allow
from shared.domains.knowledge.content import Statement, StatementText
from shared.domains.knowledge.model import (
    Artifact,
    ArtifactFields,
    ArtifactId,
    ArtifactNotFound,
    ArtifactStatus,
    ArtifactSummary,
    Feedback,
    PublishedArtifact,
    PublishedSummary,
    published_id,
)
from shared.domains.projects.model import Project
from shared.domains.projects.queries import Browsable, sees_revision
from shared.platform.store import Page, Predicate, Store
from shared.platform.store.listing import Listed, Selection, listed
from shared.platform.store.predicates import In, Or, all_of, eq

A = TypeVar("A", bound=ArtifactFields)
Kept = TypeVar("Kept", PublishedArtifact, PublishedSummary)


class Filed(NamedTuple):
    """An artifact, and the project it belongs to, which decides who may do what to it."""

    artifact: Artifact
    project: Project


Seen = Allowed[Filed, Literal[Permission.VIEW_APPROVED_ARTIFACTS, Permission.VIEW_ALL_ARTIFACTS]]


def sees_all(actor: Actor, project: Project) -> bool:
    """Whether the actor sees what is not approved, and statements without support."""
    return actor.may(Permission.VIEW_ALL_ARTIFACTS) or actor.owns(project)


async def load(store: Store, actor: Actor, artifact_id: str, *permissions: P) -> Allowed[Filed, P]:
    """An artifact, whole, that the actor may see, with the proof that they may do one of these; show it `as_seen`."""
    artifact = await store.get(Artifact, artifact_id)
    project = await store.get(Project, artifact.project_id) if artifact else None
    if artifact and project and is_kept_from(actor, project):
        artifact = await published_version(store, artifact.id, project)
        project = project.as_published()
    if artifact is None or project is None or not _visible(actor, artifact, project):
        raise ArtifactNotFound(f"There is no artifact {artifact_id} that you may see.")
    return allow(actor, Filed(artifact, project), *permissions, of=project)


def as_seen(filed: Seen) -> Artifact:
    """The whole artifact for those who see all, its public face for others."""
    return as_seen_by(filed.actor, *filed.thing)


def as_seen_by(actor: Actor, artifact: A, project: Project) -> A:
    """The same, of an artifact that the actor has come by otherwise; what is struck is for the team and its judges."""
    if not sees_all(actor, project):
        return public(artifact)
    return artifact if sees_revision(actor, project) else without_struck(artifact)


async def of_project(store: Store, project_id: str, where: Predicate | None = None) -> tuple[Artifact, ...]:
    """All artifacts of a project, oldest first: for the app itself, which sees everything."""
    mine = eq("projectId", project_id)
    page = await store.query(Artifact, all_of(mine, where) if where else mine, limit=1000)
    return page.items


def is_kept_from(actor: Actor, project: Project) -> bool:
    """Whether the actor sees the artifacts as they were published last, because a new revision is under way."""
    return project.last_published is not None and not sees_all(actor, project)


async def published_version(store: Store, artifact_id: str, project: Project) -> Artifact | None:
    """An artifact as the project's last published revision has it; None when that has no such artifact."""
    kept = await store.get(PublishedArtifact, published_id(artifact_id), artifact_id)
    return unkept(kept) if kept and in_last_published(project, kept.of, kept.revision) else None


async def as_found(store: Store, artifact: Artifact, project: Project) -> Filed:
    """An artifact and its project for search and graph: as they were published while the next revision is made."""
    kept = await published_version(store, artifact.id, project)
    return Filed(kept, project.as_published()) if kept else Filed(artifact, project)


def in_last_published(project: Project, artifact_id: str, revision: int) -> bool:
    """Whether the last published revision, while the next is under way, has this version of an artifact."""
    return project.last_published is not None and project.last_published.artifacts.get(artifact_id) == revision


def unkept(kept: Kept) -> Kept:
    """A published artifact under its artifact's own id."""
    return kept.model_copy(update={"id": kept.of, "etag": kept.tag})


async def list_of(
    store: Store, browsable: Browsable, selection: Selection, *, whole: bool
) -> Listed[Artifact | ArtifactSummary | PublishedSummary]:
    """The artifacts of a project that the actor sees."""
    actor, project = browsable.actor, browsable.thing
    scope = project_scope(actor, project)
    if is_kept_from(actor, project):
        if whole:
            return (await listed(store, PublishedArtifact, selection, scope)).map(unkept)
        return (await listed(store, PublishedSummary, selection, scope)).map(unkept)
    model: type[Artifact | ArtifactSummary] = Artifact if whole else ArtifactSummary
    return (await listed(store, model, selection, scope)).map(lambda artifact: artifact)


async def ids_of(store: Store, actor: Actor, project: Project) -> tuple[str, ...]:
    """The ids of the artifacts of a project that the actor sees."""
    if is_kept_from(actor, project):
        return tuple(sorted(_last_artifacts(project)))
    page = await store.query(ArtifactId, project_scope(actor, project), limit=1000)
    return tuple(artifact.id for artifact in page.items)


def project_scope(actor: Actor, project: Project) -> Predicate:
    """The artifacts of a project that the actor may see: all, or the approved ones of what is published.

    Of `PublishedArtifact` where `is_kept_from` says so.
    """
    mine = eq("projectId", project.id)
    if sees_all(actor, project):
        return mine
    if project.last_published is not None:
        return all_of(mine, eq("publishedIn", project.last_published.revision))
    return all_of(mine, eq("status", ArtifactStatus.APPROVED)) if project.published else Or(())


async def counted(store: Store, actor: Actor, projects: Sequence[Project]) -> Mapping[str, int]:
    """How many artifacts of each of these projects the actor sees, in two calls at most."""
    whole = tuple(project.id for project in projects if sees_all(actor, project))
    others = tuple(project.id for project in projects if project.published and not sees_all(actor, project))
    counts = await store.counts(Artifact, "projectId", In("projectId", whole)) if whole else {}
    approved = all_of(In("projectId", others), eq("status", ArtifactStatus.APPROVED))
    kept = {project.id: len(_last_artifacts(project)) for project in projects if is_kept_from(actor, project)}
    return {**counts, **kept, **(await store.counts(Artifact, "projectId", approved) if others else {})}


def _last_artifacts(project: Project) -> Mapping[str, int]:
    return project.last_published.artifacts if project.last_published else {}


async def feedback(store: Store, filed: Allowed[Filed, Literal[Permission.GIVE_FEEDBACK]]) -> Page[Feedback]:
    """What was said of an artifact, oldest first."""
    return await store.query(Feedback, aggregate=filed.thing.artifact.id, limit=1000)


def public(artifact: A) -> A:
    """The artifact as attendees see it: supported statements with verified evidence only, nothing of the review."""
    statements = tuple(_proven(statement) for statement in artifact.supported)
    content = without_struck(artifact).content.model_copy(update={"statements": statements, "warnings": ()})
    return artifact.model_copy(
        update={"content": content, "hidden_text": (), "review_comment": "", "reviewed_by": None, "evaluation": None}
    )


def without_struck(artifact: A) -> A:
    """The artifact without the statements that a judge has struck, in its summary neither."""
    content = artifact.content
    struck = [statement for statement in content.statements if statement.struck]
    if not struck:
        return artifact
    words = {said for statement in struck for said in _words_of(statement)}
    words -= {said for statement in content.statements if not statement.struck for said in _words_of(statement)}
    said = re.compile("|".join(rf"{re.escape(each)}[.!?]?" for each in sorted(words, key=len, reverse=True)) or "(?!)")
    summary = {name: " ".join(said.sub("", text).split()) for name, text in content.summary}
    left = {
        "statements": tuple(statement for statement in content.statements if not statement.struck),
        "summary": content.summary.model_copy(update=summary),
    }
    return artifact.model_copy(update={"content": content.model_copy(update=left)})


def _words_of(statement: StatementText) -> tuple[str, ...]:
    quoted = tuple(one.quotation for one in statement.evidence) if isinstance(statement, Statement) else ()
    return (statement.text, *quoted)


def _proven(statement: StatementText) -> StatementText:
    if not isinstance(statement, Statement):
        return statement
    return statement.model_copy(update={"evidence": tuple(one for one in statement.evidence if one.verified)})


def _visible(actor: Actor, artifact: Artifact, project: Project) -> bool:
    if sees_all(actor, project):
        return True
    return project.published and artifact.status is ArtifactStatus.APPROVED
