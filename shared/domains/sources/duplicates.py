"""Uploads whose bytes their project has already: nothing is read again, their jobs end as that of the first does."""

from contextlib import suppress

from shared.domains.jobs import actions as jobs
from shared.domains.jobs.model import Job, JobError, JobStatus, JobStopped
from shared.domains.sources.model import Source, SourceStatus, StillArriving
from shared.platform.store import Store, save
from shared.platform.store.predicates import all_of, eq


async def first_of(store: Store, project_id: str, sha256: str) -> Source | None:
    """The source under which the project has received these bytes."""
    same = all_of(eq("projectId", project_id), eq("sha256", sha256), eq("status", SourceStatus.RECEIVED))
    return next(iter((await store.query(Source, same, limit=1)).items), None)


async def follow_first(store: Store, job: Job, source: Source) -> None:
    """Let the job of a duplicate wait for the job of the bytes' first upload, which may have ended."""
    first = await first_of(store, source.project_id, source.sha256)
    if first is None:
        raise StillArriving("The first upload of these bytes is not there.")
    waiting = job.with_(waits_for=first.job_id or "", stage="duplicate", updated_at=store.clock.now())
    await save(store, waiting, "JobDuplicated", {"projectId": source.project_id, "duplicateOf": first.job_id})


async def end(store: Store, job: Job, first: Job | None) -> None:
    """Let a job that waits for another end as that one has; nothing while either goes on or has not."""
    if not job.open or first is None or first.open:
        return
    with suppress(JobStopped):  # cancelled meanwhile
        if first.status is JobStatus.SUCCEEDED:
            name = first.details.get("fileName", "")
            warning = f"The project has a source with the same bytes already: {name}. Nothing was read again."
            await jobs.succeed(store, job.id, job.attempt, (warning,), artifactId=first.details["artifactId"])
        else:
            detail = f"The project has these bytes already, and reading them has {first.status}: retry job {first.id}."
            await jobs.fail(store, job.id, job.attempt, JobError(code="upload.duplicate", detail=detail))
