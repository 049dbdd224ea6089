"""What is done with a project once its artifacts are judged: compile, approve, publish."""

from shared.access import Actor, Permission
from shared.clock import derived_id
from shared.domains.accounts.model import User
from shared.domains.compilation.model import (
    COMPILATION,
    NotCompiled,
    NothingApproved,
    ReviewOpen,
    Summary,
    SummaryStatus,
)
from shared.domains.compilation.queries import approved, compiling, extracting, is_current, summary_of
from shared.domains.events.model import Event, EventStatus
from shared.domains.jobs import actions as jobs
from shared.domains.jobs.model import Job
from shared.domains.knowledge.model import UNDECIDED, ConflictOfInterest
from shared.domains.knowledge.queries import of_project
from shared.domains.projects.model import Project, ProjectState, ProjectStatus
from shared.domains.projects.queries import load
from shared.domains.projects.work import job_on
from shared.platform.store import Store, Write, save
from shared.platform.store.predicates import one_of


async def compile_(store: Store, actor: Actor, project_id: str, job_id: str = "") -> Job:
    """Begin the compilation of what is approved so far."""
    project = await load(store, actor, project_id, Permission.COMPILE_PROJECT)
    if project.status is ProjectStatus.PUBLISHED:
        raise ProjectState("The project is published, and stays as it was approved.")
    if not await approved(store, project.id):
        raise NothingApproved("Approve at least one artifact of the project, then compile it.")
    return await jobs.request(store, job_on(store, project, COMPILATION, by=actor.id, job_id=job_id))


async def compile_when_decided(store: Store, project_id: str) -> None:
    """Begin the compilation of a project in review once its last open artifact is decided; each state of it once."""
    project = await store.get(Project, project_id)
    if project is None or project.status not in {ProjectStatus.SUBMITTED, ProjectStatus.APPROVED}:
        return
    artifacts = await approved(store, project_id)
    if not artifacts or await of_project(store, project_id, one_of("status", UNDECIDED)):
        return
    state = sorted(f"{artifact.id}/{artifact.revision}" for artifact in artifacts)
    job_id = derived_id("job", project.id, str(project.revision), *state)
    await jobs.request(store, job_on(store, project, COMPILATION, by=store.origin.actor, job_id=job_id))


async def approve(store: Store, actor: Actor, project_id: str) -> Project:
    """Accept a submitted project whose artifacts are all decided."""
    project = await load(store, actor, project_id, Permission.PUBLISH_PROJECT)
    if project.status is not ProjectStatus.SUBMITTED:
        raise ProjectState(f"The project is {project.status}; only a submitted one can be approved.")
    await _check_decided(store, project)
    now = store.clock.now()
    accepted = project.with_(status=ProjectStatus.APPROVED, approved_at=now, updated_at=now)
    return await save(store, accepted, "ProjectApproved", {"eventId": project.event_id})


async def publish(store: Store, actor: Actor, project_id: str) -> Project:
    """Make an approved project and the summary of its approved artifacts public."""
    project = await load(store, actor, project_id, Permission.PUBLISH_PROJECT)
    if project.status is not ProjectStatus.APPROVED:
        raise ProjectState(f"The project is {project.status}; only an approved one can be published.")
    await _check_event(store, project)
    summary = await _current_summary(store, project)
    now = store.clock.now()
    public = project.with_(status=ProjectStatus.PUBLISHED, published_at=now, updated_at=now)
    final = summary.with_(status=SummaryStatus.PUBLISHED, published_at=now, modified_at=now)
    facts = {"eventId": project.event_id, "revision": project.revision}
    write = Write(project.id).replace(public).replace(final).change("ProjectPublished", project.subject, facts)
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
