"""Why an upload is not taken, told without its bytes: those of what is refused are never read."""

from shared.access import Permission
from shared.domains.jobs.model import Job, JobError, JobStatus
from shared.domains.keys.queries import actor_of
from shared.domains.projects.model import Project, ProjectStatus
from shared.domains.sources.model import EXTENSIONS, UPLOAD, EmptyFile, FileTooLarge, Source, UploadClosed
from shared.platform.blobs import BlobInfo, Obstacle
from shared.platform.store import Store
from shared.settings import Settings

_AGAIN = "put it to the same address again while that is good, or ask for a new one."


def _said(code: str, detail: str) -> JobError:
    return JobError(code=code, detail=detail)


MISSING = _said(
    "upload.missing",
    "The file never arrived, or was replaced before it was read; ask for a new upload address and put it there.",
)
CLOSED = _said(UploadClosed.code, "The project takes no sources now; return it to draft first.")
FORBIDDEN = _said(
    "upload.forbidden",
    "Who asked for this upload may no longer add sources to the project; somebody who may has to upload it.",
)
SECOND = _said("upload.second", "An address takes one file, and this one has taken it; ask for a new upload address.")
_EMPTY = _said(EmptyFile.code, f"The file is empty; {_AGAIN}")
_OBSTACLES = {
    Obstacle.PAGES: _said("upload.not_a_block_blob", f"This is a page blob. As a block blob, {_AGAIN}"),
    Obstacle.APPENDS: _said("upload.not_a_block_blob", f"This is an append blob. As a block blob, {_AGAIN}"),
    Obstacle.LEASE: _said("upload.leased", f"There was a lease on the file. Without one, {_AGAIN}"),
    Obstacle.ARCHIVE: _said("upload.archived", f"The file lies in the archive tier. In another, {_AGAIN}"),
    Obstacle.OWN_KEY: _said("upload.own_key", f"The file is encrypted with a key of your own. Without one, {_AGAIN}"),
}
_SIZE, _TOO_LARGE = "upload.size", FileTooLarge.code
_MENDED = {one.code for one in (MISSING, CLOSED, FORBIDDEN, _EMPTY, *_OBSTACLES.values())} | {_SIZE, _TOO_LARGE}
"""Why a job fails without its file; a good one that arrives at the same address after all lets it begin again."""


async def refusal_of(
    store: Store, settings: Settings, project: Project | None, source: Source, blob: BlobInfo
) -> JobError | None:
    """What is against taking this blob in as this source: of itself first, then of its project and of who gave it."""
    return _of_blob(settings, source, blob) or await _of_people(store, project, source, blob)


def is_for_nobody(project: Project | None, source: Source) -> bool:
    """Whether nobody was told that the file would be taken, and nobody could take it: it is kept for inquiry."""
    return source.announced is None and (project is None or project.published)


def reopened(job: Job) -> Job:
    """The next attempt of a job that failed before its file came; any other as it is."""
    code = job.error.code if job.status is JobStatus.FAILED and job.error else ""
    if code not in _MENDED or (job.started_at and code != MISSING.code):
        return job
    return job.with_(
        status=JobStatus.QUEUED, attempt=job.attempt + 1, waits_for=UPLOAD, error=None, started_at=None,
        finished_at=None,
    )  # fmt: skip


def _of_blob(settings: Settings, source: Source, blob: BlobInfo) -> JobError | None:
    if blob.obstacle is not None:
        return _OBSTACLES[blob.obstacle]
    if blob.size == 0:
        return _EMPTY
    if blob.size > settings.max_upload_bytes:
        detail = f"The file has {blob.size:,} bytes; the limit is {settings.max_upload_bytes:,}."
        return _said(_TOO_LARGE, detail)
    if source.announced not in {None, blob.size}:
        detail = f"The file has {blob.size:,} bytes, and {source.announced:,} were announced; {_AGAIN}"
        return _said(_SIZE, detail)
    if source.source_type not in EXTENSIONS:
        return _said("upload.unsupported", f"No reader takes a {source.source_type} yet.")
    return None


async def _of_people(store: Store, project: Project | None, source: Source, blob: BlobInfo) -> JobError | None:
    if project is None or not _takes(project, blob):
        return CLOSED
    actor = await actor_of(store, source.created_by)
    return None if actor is not None and actor.may(Permission.ADD_ARTIFACT, project) else FORBIDDEN


def _takes(project: Project, blob: BlobInfo) -> bool:
    """A draft takes files; a submitted project those that lay there before, whose artifacts follow it to review."""
    if project.status is ProjectStatus.SUBMITTED and project.submitted_at is not None:
        return blob.modified <= project.submitted_at
    return project.status is ProjectStatus.DRAFT
