"""What follows from changes: jobs run and stop."""

from collections.abc import Mapping
from typing import Protocol

from shared.domains.jobs.model import Job, JobStatus
from shared.platform.changes import Change, Consumer
from shared.platform.store import Store


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
