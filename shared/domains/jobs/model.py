"""A job, the states it goes through, and the kinds of job that domains register."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import Field

from shared.access import Actor
from shared.domains.jobs.evaluation import Evaluation
from shared.errors import Conflict, NotFound
from shared.platform.shapes import Piece
from shared.platform.store import Store
from shared.platform.store.records import Index, Restricted, encode


class JobStatus(StrEnum):
    """`queued` → `running` → one of the three ends."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (JobStatus.QUEUED, JobStatus.RUNNING)


class JobError(Piece):
    """Why a job failed: a stable dotted code, and words for the person who asked for it."""

    code: str
    detail: str


class Job(Restricted):
    """Long work on a subject, `{type}/{id}`. `attempt` counts from 1; a retry is another attempt of the same job.

    `readers` are the ids and the e-mails (casefolded) of those who may see it. `details` are what its type lists, by
    JSON name; they are stored and shown beside the job's own members. `waits_for` names what an open job cannot start
    without: an upload, or the job that does its work.
    """

    kind: ClassVar[str] = "job"
    version: ClassVar[int] = 2
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("-createdAt"),
        Index("subject", "-createdAt"),
        Index("projectId", "-createdAt"),
        Index("status", "updatedAt"),
    )

    job_type: str
    about: str = Field(alias="subject")
    details: Mapping[str, str] = Field(default_factory=dict)
    readers: tuple[str, ...] = ()
    status: JobStatus = JobStatus.QUEUED
    stage: str = "queued"
    percent: int = Field(default=0, ge=0, le=100)
    attempt: int = 1
    waits_for: str = ""
    created_by: str
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    estimated_completion_time: datetime | None = None
    error: JobError | None = None
    rounds: tuple[Evaluation, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def type(self) -> "JobType":
        return TYPES.get(self.job_type) or JobType(self.job_type, (), _of_no_type)

    @property
    def instance_id(self) -> str:
        """The orchestration instance of this attempt."""
        return f"{self.id}-{self.attempt}"

    @property
    def open(self) -> bool:
        return self.status in OPEN

    def read_by(self, actor: Actor) -> bool:
        return actor.id in self.readers or actor.email.casefold() in self.readers

    def encoded(self, tenant: str) -> bytes:
        """The stored JSON, details beside the rest, so that lists filter by them."""
        head = {"kind": self.kind, "schemaVersion": self.version, "tenantId": tenant}
        return encode({**self.details, **head, **self.model_dump(by_alias=True, exclude={"details"})})

    @classmethod
    def restored(cls, document: dict[str, Any], etag: str) -> Self:
        known = TYPES.get(document["jobType"])
        names = known.details if known else [name for name in document if name not in OWN and name[0] != "_"]
        details = {name: document[name] for name in names if isinstance(document.get(name), str)}
        return super().restored({**document, "details": details}, etag)

    @classmethod
    def upgraded(cls, document: dict[str, Any], version: int) -> dict[str, Any]:  # noqa: ARG003 -- only 1 came before
        """Jobs were on projects only: with their team, and with a member each for what they waited for."""
        readers = sorted({document["createdBy"], *document.get("team", ())})
        waits_for = document.get("duplicateOf") or ("upload" if document.get("awaitingUpload") else "")
        subject = f"project/{document['projectId']}"
        return {**document, "subject": subject, "readers": readers, "waitsFor": waits_for}


OWN = {field.alias for field in Job.model_fields.values()} | {"kind", "schemaVersion", "tenantId", "aggregateId"}
"""Members of a stored job that are no details."""

Closed = Callable[[Store, Job], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class JobType:
    """A kind of job, registered by the domain whose work it is.

    `details` are the JSON names of what its jobs tell of themselves, texts or null. `closed` says why the job's subject
    takes nothing more of it, or "". A step that runs longer than `stage` ends the job.
    """

    name: str
    details: tuple[str, ...]
    closed: Closed
    stage: timedelta = timedelta(minutes=5)

    @property
    def orchestration(self) -> str:
        """The orchestrator of its attempts; another version gets another name, so that running ones can end."""
        return f"{self.name}_v1"


async def _of_no_type(store: Store, job: Job) -> str:  # noqa: ARG001 -- a `Closed`
    return f"Nobody does {job.job_type} any more."


TYPES: dict[str, JobType] = {}
"""Every kind of job by its name, filled as the domains are imported."""


def register(job_type: JobType) -> JobType:
    """Make a kind of job known."""
    taken = {field.alias for field in Job.model_fields.values()} & set(job_type.details)
    if taken or TYPES.setdefault(job_type.name, job_type) is not job_type:
        raise TypeError(f"the job type {job_type.name} is registered twice, or takes the job's own {taken}")
    return job_type


class JobNotFound(NotFound):
    """No such job, or somebody else's."""

    code = "job.not_found"
    title = "No such job"


class JobState(Conflict):
    """The job's state forbids it."""

    code = "job.state"
    title = "The job's state does not allow this"


class JobStopped(Exception):
    """The attempt that reports was cancelled, or another attempt has taken its place: its work ends here."""
