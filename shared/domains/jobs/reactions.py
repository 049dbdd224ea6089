"""What follows from changes: jobs run and stop, and are watched while they are open."""

from collections.abc import Mapping

from shared.domains.jobs import watch
from shared.domains.jobs.engine import Engine
from shared.domains.jobs.model import Job, JobStatus
from shared.platform.changes import Change, Consumer
from shared.platform.opened import platform
from shared.platform.store import Store


def orchestrating(engine: Engine) -> Consumer:
    """Starts a job's orchestration when it is requested, and stops it when it is cancelled."""

    async def follow(store: Store, change: Change) -> None:
        job = await store.get(Job, change.aggregate)
        if job is None:
            return
        if change.event_type == "JobCancelled":
            await engine.stop(f"{job.id}-{change.data['attempt']}")
        elif job.status is JobStatus.QUEUED and job.attempt == change.data["attempt"]:
            await engine.start(job.type.orchestration, job.instance_id, _given(job, change))

    return Consumer("jobs", follow, frozenset({"JobRequested", "JobCancelled"}))


def _given(job: Job, change: Change) -> Mapping[str, object]:
    return {
        "tenant": change.tenant_id,
        "jobId": job.id,
        "attempt": job.attempt,
        "correlationId": change.correlation_id,
        "causationId": change.event_id,
    }


async def watch_job(store: Store, change: Change) -> None:
    """Keep the job among the open ones while it is open."""
    job = await store.get(Job, change.aggregate)
    if job is not None:
        await watch.watch(await platform().stores(), store.tenant, job)


ENDS = frozenset({"JobSucceeded", "JobFailed", "JobCancelled"})
CONSUMERS = (Consumer("open-jobs", watch_job, frozenset({"JobPrepared", "JobRequested", "JobDuplicated"}) | ENDS),)
