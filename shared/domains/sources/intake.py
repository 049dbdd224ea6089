"""How a file among the uploads becomes a source, however it came there; and what of those that never come."""

import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from shared.clock import derived_id
from shared.domains.jobs import actions as jobs
from shared.domains.jobs.model import Job, JobError, JobStatus
from shared.domains.jobs.watch import open_since
from shared.domains.knowledge.content import SourceType
from shared.domains.projects.model import Project, ProjectStatus
from shared.domains.sources.duplicates import first_of, follow_first
from shared.domains.sources.model import (
    EXTENSIONS,
    UPLOAD,
    Source,
    SourceStatus,
    StillArriving,
)
from shared.domains.sources.uploads import job_for, safe_name
from shared.platform.blobs import BlobInfo, Blobs, Container
from shared.platform.store import Origin, Store, Stores, save
from shared.platform.store.reservations import confirm, reserve
from shared.platform.store.tenants import SYSTEM, is_known
from shared.settings import Settings

_PREPARED = re.compile(r"src_[0-9a-f-]{36}")
"""What an upload is called that was asked for; others may have names that no database takes as an id."""
LATE = timedelta(minutes=5)
"""How long a file may take to arrive once its address has ended: the PUT may have begun before."""
_MISSING = JobError(
    code="upload.missing",
    detail="The file never arrived, or was replaced before it was read; ask for a new upload address and put it there.",
)
_CLOSED = JobError(code="upload.project_state", detail="The project takes no sources now; return it to draft first.")
_MENDED = frozenset({"upload.missing", "upload.empty", "upload.too_large"})
"""Why a job fails without its file; a good one that arrives at the same address after all lets it begin again."""


async def receive(stores: Stores, blobs: Blobs, settings: Settings, blob: BlobInfo) -> Source:
    """Take in one version of a blob of the uploads, by whichever way it came; safe to repeat after any step.

    The bytes move to their content-addressed name; a file that no open project takes moves to quarantine. Whoever put
    the file there, the actor is the project's creator. Raises BlobNotFound when the version was replaced meanwhile.
    """
    tenant, project_id, file_name = blob.name.split("/", 2)
    if not await is_known(stores, tenant):  # a path makes no tenant; what is put there is nobody's
        tenant = SYSTEM
    project = await stores.open(tenant).get(Project, project_id)
    correlation_id = derived_id("upload", blob.name, blob.etag)
    store = stores.open(tenant, Origin(project.created_by if project else "system", correlation_id))
    source = await _source(store, project, project_id, file_name, blob)
    refusal = None
    if source.status is SourceStatus.AWAITING and project is not None and _takes(project, blob):
        await _prepare_job(store, project, source)
        source, refusal = await _take_in(store, blobs, settings, source, blob)
    elif source.status in {SourceStatus.AWAITING, SourceStatus.QUARANTINE}:
        source, refusal = await _closed(store, source, blob), _CLOSED
    await _start(store, source, refusal)
    if source.status is SourceStatus.QUARANTINE:
        await _quarantine(store, blobs, source, blob)
    await blobs.delete(Container.UPLOADS, blob.name, etag=blob.etag)
    return source


async def unseen(blobs: Blobs, before: datetime) -> AsyncIterator[BlobInfo]:
    """Uploads that lie there since before a time by which a trigger should have taken them."""
    async for blob in blobs.list(Container.UPLOADS):
        if blob.modified < before and blob.name.count("/") >= 2:
            yield blob


async def overdue(stores: Stores, before: datetime) -> AsyncIterator[tuple[Store, Job]]:
    """Jobs made before a time by which their upload should have come, of all tenants."""
    async for store, job in open_since(stores, before):
        if job.waits_for == UPLOAD:
            yield store, job


async def give_up(store: Store, blobs: Blobs, job: Job) -> None:
    """End a job whose file never came. One that lies there is still to be taken in; one taken in is gone on with."""
    source = await store.get(Source, job.details.get("sourceId", ""))
    if source is None:
        await jobs.refuse(store, job, _MISSING)
    elif source.status is SourceStatus.QUARANTINE:
        await _start(store, source, _CLOSED)
    elif source.status is not SourceStatus.AWAITING:
        await _start(store, source, None)
    elif await blobs.info(Container.UPLOADS, source.upload) is None:
        await jobs.refuse(store, job, _MISSING)


def _takes(project: Project, blob: BlobInfo) -> bool:
    """A draft takes files; a submitted project those that lay there before, whose artifacts follow it to review."""
    if project.status is ProjectStatus.SUBMITTED and project.submitted_at is not None:
        return blob.modified <= project.submitted_at
    return project.status is ProjectStatus.DRAFT


async def _source(store: Store, project: Project | None, project_id: str, file_name: str, blob: BlobInfo) -> Source:
    """The source that was prepared for this blob, or the one this version of a directly uploaded blob makes.

    A prepared source is that of the newest version until one was taken in; later versions make sources of their own.
    """
    prepared = await _prepared(store, file_name, blob)
    if prepared is not None and prepared.upload_etag == blob.etag:
        return prepared
    if prepared is not None and prepared.status is SourceStatus.AWAITING:
        return await save(store, prepared.with_(upload_etag=blob.etag), "UploadSeen", {"projectId": project_id})
    source_id = derived_id("src", store.tenant, blob.name, blob.etag)
    known = await store.get(Source, source_id)
    if known is not None:
        return known
    source = Source(
        id=source_id, project_id=project_id, source_type=_declared(blob),
        file_name=prepared.file_name if prepared else safe_name(file_name), content_type=blob.content_type,
        upload=blob.name, upload_etag=blob.etag, job_id=derived_id("job", source_id),
        created_by=project.created_by if project else "system", created_at=store.clock.now(),
    )  # fmt: skip
    return await save(store, source, "UploadSeen", {"projectId": project_id})


async def _prepared(store: Store, file_name: str, blob: BlobInfo) -> Source | None:
    stem = PurePosixPath(file_name).stem
    prepared = await store.get(Source, stem) if _PREPARED.fullmatch(stem) else None
    return prepared if prepared is not None and prepared.upload == blob.name else None


async def _prepare_job(store: Store, project: Project, source: Source) -> None:
    if await store.get(Job, source.job_id or "") is not None:
        return
    new = job_for(store, project, source).with_(stage="receiving")
    await save(store, new, "JobPrepared", {"projectId": project.id, "sourceId": source.id})


async def _take_in(
    store: Store, blobs: Blobs, settings: Settings, source: Source, blob: BlobInfo
) -> tuple[Source, JobError | None]:
    if blob.size == 0:
        return source, JobError(code="upload.empty", detail="The file is empty.")
    if source.source_type not in EXTENSIONS:
        return source, JobError(code="upload.unsupported", detail=f"No reader takes a {source.source_type} yet.")
    if blob.size > settings.max_upload_bytes:
        detail = f"The file has {blob.size:,} bytes; the limit is {settings.max_upload_bytes:,}."
        return source, JobError(code="upload.too_large", detail=detail)
    async with _temporary() as path:
        sha256 = await blobs.download(
            Container.UPLOADS, blob.name, path, limit=settings.max_upload_bytes, etag=blob.etag
        )
        await blobs.upload(
            Container.SOURCES, f"{store.tenant}/{sha256}", path, content_type="application/octet-stream", once=True
        )
    return await _received(store, source, sha256, blob.size), None


async def _received(store: Store, source: Source, sha256: str, size: int) -> Source:
    value = f"{source.project_id}\x1f{sha256}"
    first = await reserve(store, "source", value, Source, source.id, holds=lambda held: held.sha256 == sha256)
    if not first and await first_of(store, source.project_id, sha256) is None:
        raise StillArriving("Another upload of the same bytes has begun and not ended.")
    received = source.with_(
        sha256=sha256,
        size=size,
        received_at=store.clock.now(),
        status=SourceStatus.RECEIVED if first else SourceStatus.DUPLICATE,
    )
    change = "SourceReceived" if first else "DuplicateReceived"
    received = await save(store, received, change, {"projectId": source.project_id, "sha256": sha256, "size": size})
    if first:
        await confirm(store, "source", value, source.id)
    return received


async def _start(store: Store, source: Source, refusal: JobError | None) -> None:
    """Let the job run, or end it where there is nothing to run; a job that people cancelled meanwhile stays so."""
    job = await store.get(Job, source.job_id or "")
    if job is not None and refusal is None:
        job = _reopened(job)
    if job is None or not (job.waits_for == UPLOAD and job.status is JobStatus.QUEUED):
        return
    if refusal is not None:
        await jobs.refuse(store, job, refusal)
    elif source.status is SourceStatus.DUPLICATE:
        await follow_first(store, job, source)
    else:
        await jobs.request(store, job.with_(waits_for="", stage="queued", updated_at=store.clock.now()))


def _reopened(job: Job) -> Job:
    """The next attempt of a job that failed before its file came; any other as it is."""
    code = job.error.code if job.status is JobStatus.FAILED and job.error else ""
    if code not in _MENDED or (job.started_at and code != _MISSING.code):
        return job
    return job.with_(
        status=JobStatus.QUEUED, attempt=job.attempt + 1, waits_for=UPLOAD, error=None, started_at=None,
        finished_at=None,
    )  # fmt: skip


async def _closed(store: Store, source: Source, blob: BlobInfo) -> Source:
    """Mark the source before its bytes move, so that the name in quarantine is this version's alone."""
    kept = source.with_(status=SourceStatus.QUARANTINE, size=blob.size)
    if kept == source:
        return source
    return await save(store, kept, "SourceQuarantined", {"projectId": source.project_id, "size": blob.size})


async def _quarantine(store: Store, blobs: Blobs, source: Source, blob: BlobInfo) -> None:
    async with _temporary() as path:
        await blobs.download(Container.UPLOADS, blob.name, path, limit=blob.size, etag=blob.etag)
        name = f"{store.tenant}/{source.project_id}/{source.id}"
        await blobs.upload(Container.QUARANTINE, name, path, content_type="application/octet-stream", once=True)


@asynccontextmanager
async def _temporary() -> AsyncIterator[Path]:
    with tempfile.TemporaryDirectory(prefix="eventhub-") as folder:
        yield Path(folder) / "source"


def _declared(blob: BlobInfo) -> SourceType:
    declared = blob.metadata.get("sourcetype", "")
    return SourceType(declared) if declared in set(SourceType) else SourceType.PAPER
