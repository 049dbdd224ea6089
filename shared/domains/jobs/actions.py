"""What happens to a job: people request, cancel and retry it, its orchestration reports progress and the end."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from shared.access import Actor
from shared.domains.jobs.model import Job, JobError, JobState, JobStatus, JobStopped, JobType
from shared.domains.jobs.queries import load
from shared.domains.knowledge.content import Evaluation
from shared.domains.projects.model import Project, ProjectStatus
from shared.platform.store import Stale, Store, create_once, save

STARTING = timedelta(seconds=5)
"""What an unstarted job is expected to take; the real pace takes over with the first progress."""


_CLOSED = {
    JobType.EXTRACTION: frozenset({ProjectStatus.APPROVED, ProjectStatus.PUBLISHED}),
    JobType.COMPILATION: frozenset({ProjectStatus.PUBLISHED}),
}
"""In which states a project takes nothing of such a job any more."""


def new_job(store: Store, project: Project, actor: str, job_type: JobType, job_id: str = "") -> Job:
    """A queued job, not yet saved."""
    now = store.clock.now()
    return Job(
        id=job_id or store.clock.new_id("job"),
        job_type=job_type,
        project_id=project.id,
        event_id=project.event_id,
        created_by=actor,
        team=project.team,
        created_at=now,
        updated_at=now,
        estimated_completion_time=now + STARTING,
    )


async def request(store: Store, job: Job) -> Job:
    """Save a job that can start at once, unless it was; whoever consumes `JobRequested` starts its orchestration."""
    return await create_once(store, job, "JobRequested", _facts(job))


async def cancel(store: Store, actor: Actor, job_id: str) -> Job:
    """Stop a job for good, however fast it reports progress meanwhile; what it saved before stays."""
    while True:
        job = await load(store, actor, job_id)
        if not job.open:
            raise JobState(f"The job has {job.status} already.")
        with suppress(Stale):
            return await _finish(store, job, JobStatus.CANCELLED, "JobCancelled")


async def retry(store: Store, actor: Actor, job_id: str) -> Job:
    """Another attempt of a job that failed or was cancelled, while its project takes what may come of it."""
    while True:
        job = await load(store, actor, job_id)
        await _check_retriable(store, job)
        now = store.clock.now()
        again = job.with_(
            status=JobStatus.QUEUED, stage="queued", percent=0, attempt=job.attempt + 1, error=None, rounds=(),
            warnings=(), started_at=None, finished_at=None, updated_at=now, estimated_completion_time=now + STARTING,
        )  # fmt: skip
        with suppress(Stale):
            return await save(store, again, "JobRequested", _facts(again))


async def _check_retriable(store: Store, job: Job) -> None:
    if job.status not in {JobStatus.FAILED, JobStatus.CANCELLED}:
        raise JobState(f"The job is {job.status}; only one that failed or was cancelled can be retried.")
    if job.duplicate_of is not None:
        raise JobState(f"The project had these bytes already: retry job {job.duplicate_of}, which reads them.")
    project = await store.get(Project, job.project_id)
    if project is None or project.status in _CLOSED[job.job_type]:
        raise JobState("The project is decided and takes nothing new; an approved one can be returned to its team.")


async def start(store: Store, job_id: str, attempt: int) -> Job:
    """The orchestration begins; raises JobStopped when the job was cancelled or has another attempt."""

    def started(job: Job) -> Job:
        return job if job.started_at else job.with_(status=JobStatus.RUNNING, started_at=store.clock.now())

    return await _report(store, job_id, attempt, started, "JobStarted")


async def progress(
    store: Store, job_id: str, attempt: int, stage: str, percent: int, evaluation: Evaluation | None = None
) -> Job:
    """Report a stage and how much is done, 0 to 100; progress never goes back within an attempt."""

    def moved(job: Job) -> Job:
        rounds = job.rounds
        if evaluation is not None and all(one.round != evaluation.round for one in rounds):
            rounds = (*rounds, evaluation)
        reached = max(percent, job.percent)
        return job.with_(
            stage=stage, percent=reached, rounds=rounds, estimated_completion_time=_eta(store, job, reached)
        )

    return await _report(store, job_id, attempt, moved, "JobProgressed")


async def fail(store: Store, job_id: str, attempt: int, error: JobError) -> Job:
    """End an attempt with its reason."""
    job = await _running(store, job_id, attempt)
    return await _finish(store, job, JobStatus.FAILED, "JobFailed", error=error)


async def refuse(store: Store, job: Job, error: JobError) -> Job:
    """End a job that has not begun; raises Stale when it has changed since it was read."""
    return await _finish(store, job, JobStatus.FAILED, "JobFailed", error=error)


async def succeed(store: Store, job_id: str, attempt: int, **result: object) -> Job:
    """End an attempt with its result; again is no harm."""
    job = await store.get(Job, job_id)
    if job is not None and job.attempt == attempt and job.status is JobStatus.SUCCEEDED:
        return job
    job = await _running(store, job_id, attempt)
    return await _finish(store, job, JobStatus.SUCCEEDED, "JobSucceeded", percent=100, **result)


async def _finish(store: Store, job: Job, status: JobStatus, change: str, **fields: object) -> Job:
    now = store.clock.now()
    ended = job.with_(
        **{
            "status": status,
            "stage": status.value,
            "finished_at": now,
            "updated_at": now,
            "estimated_completion_time": None,
            "awaiting_upload": False,
            **fields,
        }
    )
    return await save(store, ended, change, _facts(ended))


async def _report(store: Store, job_id: str, attempt: int, edit: Callable[[Job], Job], change: str) -> Job:
    while True:
        job = await _running(store, job_id, attempt)
        edited = edit(job)
        if edited is job:
            return job
        edited = edited.with_(updated_at=store.clock.now())
        try:
            return await save(
                store, edited, change, {**_facts(edited), "stage": edited.stage, "percent": edited.percent}
            )
        except Stale:
            continue


async def _running(store: Store, job_id: str, attempt: int) -> Job:
    job = await store.get(Job, job_id)
    if job is None or job.attempt != attempt or not job.open:
        raise JobStopped(f"attempt {attempt} of {job_id} is over")
    return job


def _eta(store: Store, job: Job, percent: int) -> datetime:
    now = store.clock.now()
    if not job.started_at or percent <= 0:
        return now + STARTING
    return now + (now - job.started_at) * ((100 - percent) / percent)


def _facts(job: Job) -> dict[str, object]:
    return {
        "jobType": job.job_type,
        "projectId": job.project_id,
        "eventId": job.event_id,
        "sourceId": job.source_id,
        "attempt": job.attempt,
        "artifactId": job.artifact_id,
        "errorCode": job.error.code if job.error else None,
    }
