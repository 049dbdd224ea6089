"""What follows from changes: jobs run and stop; who joins or leaves a project's team gains or loses its jobs."""

from collections.abc import Mapping
from typing import Protocol

from shared.domains.jobs.model import Job, JobStatus
from shared.domains.projects.model import Project
from shared.platform.changes import Change, Consumer
from shared.platform.store import Stale, Store, Write, every
from shared.platform.store.predicates import eq


class Engine(Protocol):
    """What runs orchestrations."""

    async def start(self, name: str, instance_id: str, given: Mapping[str, object]) -> None:
        """Start an instance, unless it goes on already."""
        ...

    async def stop(self, instance_id: str) -> None:
        """Stop an instance, if it goes on."""
        ...


def orchestrating(engine: Engine) -> Consumer:
    """Starts a job's orchestration when it is requested, and stops it when it is cancelled."""

    async def follow(store: Store, change: Change) -> None:
        job = await store.get(Job, change.aggregate)
        if job is None:
            return
        if change.event_type == "JobCancelled":
            await engine.stop(f"{job.id}-{change.data['attempt']}")
        elif job.status is JobStatus.QUEUED and job.attempt == change.data["attempt"]:
            await engine.start(f"{job.job_type}_v1", job.instance_id, _given(job, change))

    return Consumer("jobs", follow, frozenset({"JobRequested", "JobCancelled"}))


def _given(job: Job, change: Change) -> Mapping[str, object]:
    return {
        "tenant": change.tenant_id,
        "jobId": job.id,
        "attempt": job.attempt,
        "correlationId": change.correlation_id,
        "causationId": change.event_id,
    }


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


CONSUMERS = (Consumer("job-teams", share_jobs, frozenset({"ProjectUpdated"})),)
