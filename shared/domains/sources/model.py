"""A source: the file that somebody gave, immutable once received, kept under the SHA-256 of its bytes."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from shared.domains.jobs.model import Job, JobType, register
from shared.domains.knowledge.content import SourceType
from shared.domains.projects.model import ProjectStatus
from shared.domains.projects.work import OF_PROJECT, project_of
from shared.errors import Conflict, Problem
from shared.platform.store import Store
from shared.platform.store.records import Index, Record

EXTENSIONS = {SourceType.PAPER: frozenset({".pdf"})}
"""The file names that each kind of source may have; the content decides all the same."""


class SourceStatus(StrEnum):
    """`awaiting` its upload, also after one was refused → `received`; or `duplicate` of another, or in `quarantine`."""

    AWAITING = "awaiting"
    RECEIVED = "received"
    DUPLICATE = "duplicate"
    QUARANTINE = "quarantine"


class Source(Record):
    """A file of a project; `file_name` is for show only, `upload` is the name of its blob in the uploads.

    `announced` are the bytes that were said to come, when an address was asked for; `refused` is the code of why the
    version of `upload_etag` was removed unread.
    """

    kind: ClassVar[str] = "source"
    indexes: ClassVar[tuple[Index, ...]] = (Index("projectId", "createdAt"), Index("sha256"))

    project_id: str
    source_type: SourceType
    file_name: str
    content_type: str = "application/octet-stream"
    upload: str
    upload_etag: str = ""
    announced: int | None = None
    refused: str = ""
    size: int = 0
    sha256: str = ""
    status: SourceStatus = SourceStatus.AWAITING
    job_id: str | None = None
    created_by: str
    created_at: datetime
    received_at: datetime | None = None


class FileTooLarge(Problem):
    """Larger than a source may be."""

    status = 413
    code = "upload.too_large"
    title = "The file is too large"


class UnsupportedFile(Problem):
    """No reader for such a file."""

    status = 415
    code = "upload.unsupported"
    title = "No reader for this kind of file"


class EmptyFile(Problem):
    """Nothing in it."""

    status = 400
    code = "upload.empty"
    title = "The file is empty"


class UploadClosed(Conflict):
    """The project takes no more sources."""

    code = "upload.project_state"
    title = "The project takes no sources now"


class ReadAlready(Conflict):
    """No newer reader would read it better."""

    code = "source.read"
    title = "The newest reader has read this source"


class StillArriving(Exception):
    """Another upload of the same bytes has begun to be taken in and not ended: a later try finds it, or its place."""


UPLOAD = "upload"
"""What the job of a prepared source waits for."""


async def closed(store: Store, job: Job) -> str:
    """Why an extraction cannot be tried again; "" when it can."""
    if job.waits_for not in {"", UPLOAD}:
        return f"The project had these bytes already: retry job {job.waits_for}, which reads them."
    project = await project_of(store, job)
    if project is None or project.status in {ProjectStatus.APPROVED, ProjectStatus.PUBLISHED}:
        return "The project is decided and takes nothing new; an approved one can be returned to its team."
    return ""


EXTRACTION = register(
    JobType("extraction", details=(*OF_PROJECT, "sourceId", "sourceType", "fileName", "artifactId"), closed=closed)
)
"""The job that reads a source."""
