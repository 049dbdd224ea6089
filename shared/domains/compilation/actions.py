"""Compiling: by request, and once the last artifact of a project in review is decided."""

from typing import Literal

from shared.access import Allowed, Permission
from shared.clock import derived_id
from shared.domains.compilation.model import (
    COMPILATION,
    NothingApproved,
)
from shared.domains.compilation.queries import approved
from shared.domains.jobs import actions as jobs
from shared.domains.jobs.model import Job
from shared.domains.jobs.queries import open_jobs
from shared.domains.knowledge.model import UNDECIDED
from shared.domains.knowledge.queries import of_project
from shared.domains.projects.model import Project, ProjectState, ProjectStatus
from shared.domains.projects.work import job_on
from shared.platform.store import Store
from shared.platform.store.predicates import all_of, eq, one_of


async def compile_(store: Store, allowed: Allowed[Project, Literal[Permission.COMPILE_PROJECT]]) -> Job:
    """Begin the compilation of what is approved so far; while one is under way it is that one."""
    project = allowed.thing
    if project.status is ProjectStatus.PUBLISHED:
        raise ProjectState("The project is published, and stays as it was approved.")
    if not await approved(store, project.id):
        raise NothingApproved("Approve at least one artifact of the project, then compile it.")
    under_way = await store.query(Job, open_jobs(COMPILATION, project.subject), limit=1)
    if under_way.items:
        return under_way.items[0]
    before = await store.count(Job, all_of(eq("subject", project.subject), eq("jobType", COMPILATION.name)))
    job_id = derived_id("job", project.id, "compilation", str(before))  # the same for all who ask at once
    return await jobs.request(store, job_on(store, project, COMPILATION, by=allowed.actor.id, job_id=job_id))


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
