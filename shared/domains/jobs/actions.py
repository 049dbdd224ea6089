"""What happens to a job: people request, cancel and retry it, its orchestration reports progress and the end."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from shared.domains.jobs.evaluation import Evaluation
from shared.domains.jobs.model import OPEN, Job, JobError, JobState, JobStatus, JobStopped, JobType
from shared.domains.jobs.queries import Mine
from shared.platform.store import Record, Stale, Store, Write, create_once, every, save
from shared.platform.store.predicates import all_of, eq, one_of

STARTING = timedelta(seconds=5)
"""What an unstarted job is expected to take; the real pace takes over with the first progress."""


def new_job(
    store: Store,
    job_type: JobType,
    about: Record,
    *,
    by: str,
    readers: Iterable[str] = (),
    details: Mapping[str, str] | None = None,
    job_id: str = "",
) -> Job:
    """A queued job, not yet saved; `by` and `readers` (accounts' ids, e-mails) may see it."""
    now = store.clock.now()
    return Job(
        id=job_id or store.clock.new_id("job"),
        job_type=job_type.name,
        about=about.subject,
        details=details or {},
        readers=_readers([by, *readers]),
        created_by=by,
        created_at=now,
        updated_at=now,
        estimated_completion_time=now + STARTING,
    )


async def share(store: Store, about: Record, readers: Iterable[str]) -> None:
    """Let the present readers of a subject, and nobody else but who asked for them, see its jobs."""
    wanted = tuple(readers)
    async for job in every(store, Job, eq("subject", about.subject)):
        await _share(store, job, wanted)


async def _share(store: Store, job: Job | None, readers: tuple[str, ...]) -> None:
    while job is not None and job.readers != (wanted := _readers([job.created_by, *readers])):
        with suppress(Stale):
            await store.commit(Write(job.id).replace(job.with_(readers=wanted)))
            return
        job = await store.get(Job, job.id)


def _readers(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name.casefold() for name in names}))


async def request(store: Store, job: Job) -> Job:
    """Save a job that can start at once, unless it was; whoever consumes `JobRequested` starts its orchestration."""
    return await create_once(store, job, "JobRequested", _facts(job))


async def cancel(store: Store, mine: Mine) -> Job:
    """Stop a job for good, however fast it reports progress meanwhile; what it saved before stays."""
    return await _cancel(store, mine.thing)


async def _cancel(store: Store, job: Job) -> Job:
    while True:
        if not job.open:
            raise JobState(f"The job has {job.status} already.")
        with suppress(Stale):
            return await _finish(store, job, JobStatus.CANCELLED, "JobCancelled")
        job = await _again(store, job)


async def cancel_all(store: Store, subject: str) -> None:
    """Stop whatever is open on a subject that is gone."""
    async for job in every(store, Job, all_of(eq("subject", subject), one_of("status", OPEN))):
        with suppress(JobState):
            await _cancel(store, job)


async def retry(store: Store, mine: Mine) -> Job:
    """Another attempt of a job that failed or was cancelled, while its project takes what may come of it."""
    job = mine.thing
    while True:
        await _check_retriable(store, job)
        now = store.clock.now()
        again = job.with_(
            status=JobStatus.QUEUED, stage="queued", percent=0, attempt=job.attempt + 1, error=None, rounds=(),
            warnings=(), waits_for="", started_at=None, finished_at=None, updated_at=now,
            estimated_completion_time=now + STARTING,
        )  # fmt: skip
        with suppress(Stale):
            return await save(store, again, "JobRequested", _facts(again))
        job = await _again(store, job)


async def _again(store: Store, job: Job) -> Job:
    """The job as somebody else left it meanwhile."""
    return await store.get(Job, job.id) or job


async def _check_retriable(store: Store, job: Job) -> None:
    if job.status not in {JobStatus.FAILED, JobStatus.CANCELLED}:
        raise JobState(f"The job is {job.status}; only one that failed or was cancelled can be retried.")
    if reason := await job.type.closed(store, job):
        raise JobState(reason)


async def start(store: Store, job_id: str, attempt: int, stage: str, percent: int) -> Job:
    """The orchestration begins its first stage; raises JobStopped when the job was cancelled or has another attempt."""

    def started(job: Job) -> Job:
        if job.started_at:
            return job
        return job.with_(status=JobStatus.RUNNING, started_at=store.clock.now(), stage=stage, percent=percent)

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
    """End an attempt with its reason; raises JobStopped when it is over."""
    while True:
        job = await running(store, job_id, attempt)
        with suppress(Stale):
            return await _finish(store, job, JobStatus.FAILED, "JobFailed", error=error)


async def refuse(store: Store, job: Job, error: JobError) -> Job:
    """End a job that has not begun; raises Stale when it has changed since it was read."""
    return await _finish(store, job, JobStatus.FAILED, "JobFailed", error=error)


async def succeed(store: Store, job_id: str, attempt: int, warnings: tuple[str, ...] = (), **details: str) -> Job:
    """End an attempt with what came of it, by JSON names of its type's details; again is no harm."""
    while True:
        job = await store.get(Job, job_id)
        if job is not None and job.attempt == attempt and job.status is JobStatus.SUCCEEDED:
            return job
        job = await running(store, job_id, attempt)
        result = {"percent": 100, "warnings": warnings, "details": {**job.details, **details}}
        with suppress(Stale):
            return await _finish(store, job, JobStatus.SUCCEEDED, "JobSucceeded", **result)


async def _finish(store: Store, job: Job, status: JobStatus, change: str, **fields: object) -> Job:
    now = store.clock.now()
    ended = job.with_(
        **{
            "status": status,
            "stage": status.value,
            "finished_at": now,
            "updated_at": now,
            "estimated_completion_time": None,
            **fields,
        }
    )
    return await save(store, ended, change, _facts(ended))


async def _report(store: Store, job_id: str, attempt: int, edit: Callable[[Job], Job], change: str) -> Job:
    while True:
        job = await running(store, job_id, attempt)
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


async def running(store: Store, job_id: str, attempt: int) -> Job:
    """The job, while this attempt is the present one; raises JobStopped."""
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
    ids = {name: value for name, value in job.details.items() if name.endswith("Id")}
    return {**ids, "jobType": job.job_type, "attempt": job.attempt, "errorCode": job.error.code if job.error else None}
