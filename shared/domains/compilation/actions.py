"""Compiling: by request, and once the last artifact of a project in review is decided."""

from collections.abc import Sequence
from typing import Literal

from shared.access import Allowed, Permission
from shared.clock import derived_id
from shared.domains.compilation.model import (
    COMPILATION,
    NothingApproved,
)
from shared.domains.compilation.queries import approved
from shared.domains.jobs import actions as jobs
from shared.domains.jobs.model import OPEN, Job
from shared.domains.knowledge.model import UNDECIDED, Artifact
from shared.domains.knowledge.queries import of_project
from shared.domains.projects.model import Project, ProjectState, ProjectStatus
from shared.domains.projects.work import job_on
from shared.platform.store import Store
from shared.platform.store.predicates import Not, all_of, eq, one_of


async def compile_(store: Store, allowed: Allowed[Project, Literal[Permission.COMPILE_PROJECT]]) -> Job:
    """Begin the compilation of what is approved so far; one of the same that is under way already is that job."""
    project = allowed.thing
    if project.status is ProjectStatus.PUBLISHED:
        raise ProjectState("The project is published, and stays as it was approved.")
    artifacts = await approved(store, project.id)
    if not artifacts:
        raise NothingApproved("Approve at least one artifact of the project, then compile it.")
    decided = await store.get(Job, _job_id(project, artifacts))
    if decided is not None and decided.open:
        return decided
    job_id = _job_id(project, artifacts, str(await _ended(store, project)))
    return await jobs.request(store, job_on(store, project, COMPILATION, by=allowed.actor.id, job_id=job_id))


async def _ended(store: Store, project: Project) -> int:
    """How many compilations of the project have ended: the same number for all who ask at once."""
    of_project = (eq("subject", project.subject), eq("jobType", COMPILATION.name))
    return await store.count(Job, all_of(*of_project, Not(one_of("status", OPEN))))


async def compile_when_decided(store: Store, project_id: str) -> None:
    """Begin the compilation of a project in review once its last open artifact is decided; each state of it once."""
    project = await store.get(Project, project_id)
    if project is None or project.status not in {ProjectStatus.SUBMITTED, ProjectStatus.APPROVED}:
        return
    artifacts = await approved(store, project_id)
    if not artifacts or await of_project(store, project_id, one_of("status", UNDECIDED)):
        return
    job_id = _job_id(project, artifacts)
    await jobs.request(store, job_on(store, project, COMPILATION, by=store.origin.actor, job_id=job_id))


def _job_id(project: Project, artifacts: Sequence[Artifact], *more: str) -> str:
    """The same for the same state of what is compiled."""
    state = sorted(f"{artifact.id}/{artifact.revision}" for artifact in artifacts)
    return derived_id("job", project.id, str(project.revision), *state, *more)
