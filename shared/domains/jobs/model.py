"""A job, and the states it goes through."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import Field, computed_field

from shared.access import shared_with
from shared.domains.knowledge.content import Evaluation, Piece, SourceType
from shared.errors import Conflict, NotFound
from shared.platform.store.records import Index, Restricted


class JobType(StrEnum):
    """What a job does; also the first word of its orchestration's name."""

    EXTRACTION = "extraction"
    COMPILATION = "compilation"


class JobStatus(StrEnum):
    """`queued` → `running` → one of the three ends."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (JobStatus.QUEUED, JobStatus.RUNNING)


class JobError(Piece):
    """Why a job failed: a stable dotted code, and words for the person who uploaded."""

    code: str
    detail: str


class Job(Restricted):
    """Long work on a project. `attempt` counts from 1; a retry is another attempt of the same job."""

    kind: ClassVar[str] = "job"
    version: ClassVar[int] = 2
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("-createdAt"),
        Index("projectId", "-createdAt"),
        Index("createdBy", "-createdAt"),
        Index("status", "updatedAt"),
        Index("awaitingUpload", "createdAt"),
    )

    job_type: JobType
    project_id: str
    event_id: str
    source_id: str | None = None
    source_type: SourceType | None = None
    file_name: str = ""
    status: JobStatus = JobStatus.QUEUED
    stage: str = "queued"
    percent: int = Field(default=0, ge=0, le=100)
    attempt: int = 1
    awaiting_upload: bool = False
    created_by: str
    team: tuple[str, ...] = ()
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    estimated_completion_time: datetime | None = None
    error: JobError | None = None
    rounds: tuple[Evaluation, ...] = ()
    artifact_id: str | None = None
    duplicate_of: str | None = None
    warnings: tuple[str, ...] = ()

    @computed_field  # type: ignore[prop-decorator]  # mypy takes no decorator on a property
    @property
    def readers(self) -> tuple[str, ...]:
        return shared_with(self.created_by, self.team)

    @property
    def instance_id(self) -> str:
        """The orchestration instance of this attempt."""
        return f"{self.id}-{self.attempt}"

    @property
    def open(self) -> bool:
        return self.status in OPEN


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
