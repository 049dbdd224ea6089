"""What follows from changes: who joins or leaves a project's team gains or loses its jobs."""

from shared.domains.jobs.model import Job
from shared.domains.projects.model import Project
from shared.platform.changes import Change, Consumer
from shared.platform.store import Stale, Store, Write, every
from shared.platform.store.predicates import eq


async def share_jobs(store: Store, change: Change) -> None:
    """Give the project's jobs its present team."""
    project = await store.get(Project, change.aggregate)
    if project is None or "team" not in change.data["fields"]:
        return
    async for job in every(store, Job, eq("projectId", project.id)):
        await _share(store, job, project.team)


async def _share(store: Store, job: Job | None, team: tuple[str, ...]) -> None:
    while job is not None and job.team != team:
        try:
            await store.commit(Write(job.id).replace(job.with_(team=team)))
        except Stale:
            job = await store.get(Job, job.id)
        else:
            return


SHARE_JOBS = Consumer("job-teams", share_jobs, frozenset({"ProjectUpdated"}))
