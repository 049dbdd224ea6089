"""Approving a project whose artifacts are judged, and publishing it with its compiled summary."""

from typing import Literal

from shared.access import Allowed, Permission
from shared.domains.accounts.model import User
from shared.domains.compilation.model import NotCompiled, NothingApproved, ReviewOpen, Summary, SummaryStatus
from shared.domains.compilation.queries import approved, compiling, extracting, is_current, summary_of
from shared.domains.events.model import Event, EventStatus
from shared.domains.knowledge.actions import keep_published
from shared.domains.knowledge.model import UNDECIDED, ConflictOfInterest
from shared.domains.knowledge.queries import of_project
from shared.domains.projects.actions import moved
from shared.domains.projects.model import Project, ProjectState, ProjectStatus, Revision, revision_id
from shared.platform.store import Store, Write, save
from shared.platform.store.predicates import one_of

Publishable = Allowed[Project, Literal[Permission.PUBLISH_PROJECT]]


async def approve(store: Store, allowed: Publishable) -> Project:
    """Accept a submitted project whose artifacts are all decided."""
    project = allowed.thing
    if project.status is not ProjectStatus.SUBMITTED:
        raise ProjectState(f"The project is {project.status}; only a submitted one can be approved.")
    await _check_decided(store, project)
    now = store.clock.now()
    accepted = project.with_(status=ProjectStatus.APPROVED, approved_at=now, updated_at=now)
    return await save(store, accepted, "ProjectApproved", moved(project, accepted))


async def publish(store: Store, allowed: Publishable) -> Project:
    """Make an approved project and the summary of its approved artifacts public."""
    project = allowed.thing
    if project.status is not ProjectStatus.APPROVED:
        raise ProjectState(f"The project is {project.status}; only an approved one can be published.")
    await _check_event(store, project)
    summary = await _current_summary(store, project)
    now = store.clock.now()
    public = project.with_(status=ProjectStatus.PUBLISHED, published_at=now, updated_at=now, last_published=None)
    final = summary.with_(status=SummaryStatus.PUBLISHED, published_at=now, modified_at=now)
    write = Write(project.id).replace(public).replace(final)
    write.change("ProjectPublished", project.subject, moved(project, public))
    saved, _ = await store.commit(write)
    assert isinstance(saved, Project)  # noqa: S101 -- commit answers in the order of its operations
    return saved


async def unpublish(store: Store, allowed: Allowed[Project, Literal[Permission.UNPUBLISH_PROJECT]]) -> Project:
    """Begin the next revision of a published project as a draft; everybody reads the published one until then."""
    project = allowed.thing
    if project.status is not ProjectStatus.PUBLISHED:
        raise ProjectState(f"The project is {project.status}; only a published one can be taken up again.")
    artifacts = await approved(store, project.id)
    await keep_published(store, artifacts, project.revision)
    was = project.kept({artifact.id: artifact.revision for artifact in artifacts})
    draft = project.with_(
        status=ProjectStatus.DRAFT, revision=project.revision + 1, last_published=was, feedback="", submitted_at=None,
        approved_at=None, updated_at=store.clock.now(),
    )  # fmt: skip
    kept = Revision(id=revision_id(project.id, was.revision), project_id=project.id, was=was)
    write = Write(project.id).replace(draft).put(kept)
    write.change("ProjectUnpublished", project.subject, moved(project, draft))
    saved, _ = await store.commit(write)
    assert isinstance(saved, Project)  # noqa: S101 -- commit answers in the order of its operations
    return saved


async def _check_event(store: Store, project: Project) -> None:
    event = await store.get(Event, project.event_id)
    if event is None or event.status is EventStatus.DRAFT:
        raise ProjectState("The project's event is a draft, which nobody sees; publish the event first.")


async def _current_summary(store: Store, project: Project) -> Summary:
    await _check_decided(store, project)
    summary = await summary_of(store, project)
    if summary is not None and is_current(summary, await approved(store, project.id)):
        return summary
    if await compiling(store, project):
        raise NotCompiled("The summary is being compiled; publish when its job has succeeded.")
    raise NotCompiled("Compile the project (POST …/compile), read the draft summary, then publish.")


async def _check_decided(store: Store, project: Project) -> None:
    undecided = await of_project(store, project.id, one_of("status", UNDECIDED))
    if undecided:
        names = ", ".join(f"{artifact.id} ({artifact.status})" for artifact in undecided)
        raise ReviewOpen(f"Approve or reject these artifacts first: {names}.")
    if await extracting(store, project):
        raise ReviewOpen("A source is still being read; wait for its job or cancel it.")
    artifacts = await approved(store, project.id)
    if not artifacts:
        raise NothingApproved("Approve at least one artifact of the project first.")
    for reviewer in {artifact.reviewed_by for artifact in artifacts if artifact.reviewed_by}:
        await _check_apart(store, project, reviewer)


async def _check_apart(store: Store, project: Project, reviewer: str) -> None:
    """Nobody joins the team of what they have approved."""
    user = await store.get(User, reviewer)
    if user is not None and user.email in project.team:
        raise ConflictOfInterest(f"{user.email} approved artifacts of this project; take them out of its team first.")
