"""How a file among the uploads becomes a source, however it came there; and what of those that never come."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from shared.clock import derived_id
from shared.domains.jobs import actions as jobs
from shared.domains.jobs.model import Job, JobError, JobStatus
from shared.domains.jobs.watch import open_since
from shared.domains.knowledge.content import SourceType
from shared.domains.projects.model import Project
from shared.domains.sources.duplicates import first_of, follow_first
from shared.domains.sources.model import (
    UPLOAD,
    Source,
    SourceStatus,
    StillArriving,
)
from shared.domains.sources.refusals import CLOSED, MISSING, SECOND, is_for_nobody, refusal_of, reopened
from shared.domains.sources.uploads import job_for, safe_name
from shared.platform.blobs import BlobInfo, Blobs, Container
from shared.platform.scratch import Scratch
from shared.platform.store import Origin, Store, Stores, create_once, save
from shared.platform.store.reservations import confirm, reserve
from shared.platform.store.tenants import SYSTEM, is_known
from shared.settings import Settings

_PREPARED = re.compile(r"src_[0-9a-f-]{36}")
"""What an upload is called that was asked for; others may have names that no database takes as an id."""
LATE = timedelta(minutes=5)
"""How long a file may take to arrive once its address has ended: the PUT may have begun before."""


async def receive(stores: Stores, blobs: Blobs, scratch: Scratch, settings: Settings, blob: BlobInfo) -> Source:
    """Take in one version of a blob of the uploads, by whichever way it came; safe to repeat after any step.

    The bytes move to their content-addressed name. What is refused is removed unread; what is for nobody moves to
    quarantine. The actor is who asked for the address, or the project's creator where nobody asked. Raises
    BlobNotFound when the version was replaced meanwhile.
    """
    tenant, project_id, file_name = blob.name.split("/", 2)
    if not await is_known(stores, tenant):  # a path makes no tenant; what is put there is nobody's
        tenant = SYSTEM
    project = await stores.open(tenant).get(Project, project_id)
    prepared = await _prepared(stores.open(tenant), file_name, blob)
    giver = prepared.created_by if prepared else project.created_by if project else "system"
    store = stores.open(tenant, Origin(giver, derived_id("upload", blob.name, blob.etag)))
    source = await _source(store, prepared, _direct(store, giver, project_id, file_name, blob), blob)
    refusal = CLOSED if source.status is SourceStatus.QUARANTINE else None
    if source.status is SourceStatus.AWAITING:
        second = prepared is not None and prepared.id != source.id
        refusal = SECOND if second else await refusal_of(store, settings, project, source, blob)
        source = await _decide(store, blobs, scratch, project, source, blob, refusal)
    await _start(store, source, refusal)
    if source.status is SourceStatus.QUARANTINE:
        await _quarantine(store, blobs, scratch, source, blob)
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
        await jobs.refuse(store, job, MISSING)
    elif source.status is SourceStatus.QUARANTINE:
        await _start(store, source, CLOSED)
    elif source.status is not SourceStatus.AWAITING:
        await _start(store, source, None)
    elif await blobs.info(Container.UPLOADS, source.upload) is None:
        await jobs.refuse(store, job, MISSING)


async def _decide(
    store: Store,
    blobs: Blobs,
    scratch: Scratch,
    project: Project | None,
    source: Source,
    blob: BlobInfo,
    refusal: JobError | None,
) -> Source:
    """Take the blob in as the source, or put down why not; with a job that tells its project."""
    if project is not None:
        await _prepare_job(store, project, source)
    if refusal is None:
        return await _take_in(store, blobs, scratch, source, blob)
    facts = {"projectId": source.project_id, "code": refusal.code, "size": blob.size}
    if refusal is CLOSED and is_for_nobody(project, source):
        kept = source.with_(status=SourceStatus.QUARANTINE, size=blob.size, refused=refusal.code)
        return await save(store, kept, "SourceQuarantined", facts)
    if source.refused == refusal.code:
        return source
    return await save(store, source.with_(refused=refusal.code), "UploadRefused", facts)


async def _source(store: Store, prepared: Source | None, direct: Source, blob: BlobInfo) -> Source:
    """The source that was prepared for this blob, until it has taken a version; else the one that the blob makes."""
    if prepared is not None and prepared.status is SourceStatus.AWAITING:
        return await _seen(store, prepared, blob)
    if prepared is not None and prepared.upload_etag == blob.etag:
        return prepared
    if prepared is None:
        return await create_once(store, direct, "UploadSeen", {"projectId": direct.project_id})
    second = await create_once(store, _second(prepared, blob), "UploadSeen", {"projectId": prepared.project_id})
    return await _seen(store, second, blob)


async def _seen(store: Store, source: Source, blob: BlobInfo) -> Source:
    if source.upload_etag == blob.etag:
        return source
    return await save(
        store, source.with_(upload_etag=blob.etag, refused=""), "UploadSeen", {"projectId": source.project_id}
    )


def _direct(store: Store, giver: str, project_id: str, file_name: str, blob: BlobInfo) -> Source:
    """What a version of a blob that nobody asked an address for is."""
    source_id = derived_id("src", store.tenant, blob.name, blob.etag)
    return Source(
        id=source_id, project_id=project_id, source_type=_declared(blob), file_name=safe_name(file_name),
        content_type=blob.content_type, upload=blob.name, upload_etag=blob.etag, job_id=derived_id("job", source_id),
        created_by=giver, created_at=store.clock.now(),
    )  # fmt: skip


def _second(prepared: Source, blob: BlobInfo) -> Source:
    """What is put to an address that has taken its file: one source for all of it, however much that is."""
    source_id = derived_id("src", prepared.id, "second")
    return prepared.with_(
        id=source_id, job_id=derived_id("job", source_id), status=SourceStatus.AWAITING, upload_etag=blob.etag,
        size=0, sha256="", received_at=None, etag="",
    )  # fmt: skip


async def _prepared(store: Store, file_name: str, blob: BlobInfo) -> Source | None:
    stem = PurePosixPath(file_name).stem
    prepared = await store.get(Source, stem) if _PREPARED.fullmatch(stem) else None
    return prepared if prepared is not None and prepared.upload == blob.name else None


async def _prepare_job(store: Store, project: Project, source: Source) -> None:
    if await store.get(Job, source.job_id or "") is not None:
        return
    new = job_for(store, project, source).with_(stage="receiving")
    await save(store, new, "JobPrepared", {"projectId": project.id, "sourceId": source.id})


async def _take_in(store: Store, blobs: Blobs, scratch: Scratch, source: Source, blob: BlobInfo) -> Source:
    with scratch.folder() as folder:
        path = folder / "source"
        sha256 = await blobs.download(Container.UPLOADS, blob.name, path, limit=blob.size, etag=blob.etag)
        # written anew though it may be there: who removes the bytes of what was deleted then leaves these
        await blobs.upload(Container.SOURCES, f"{store.tenant}/{sha256}", path, content_type="application/octet-stream")
    return await _received(store, source, sha256, blob.size)


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
        job = reopened(job)
    if job is None or not (job.waits_for == UPLOAD and job.status is JobStatus.QUEUED):
        return
    if refusal is not None:
        await jobs.refuse(store, job, refusal)
    elif source.status is SourceStatus.DUPLICATE:
        await follow_first(store, job, source)
    else:
        await jobs.request(store, job.with_(waits_for="", stage="queued", updated_at=store.clock.now()))


async def _quarantine(store: Store, blobs: Blobs, scratch: Scratch, source: Source, blob: BlobInfo) -> None:
    with scratch.folder() as folder:
        path = folder / "source"
        await blobs.download(Container.UPLOADS, blob.name, path, limit=blob.size, etag=blob.etag)
        name = f"{store.tenant}/{source.project_id}/{source.id}"
        await blobs.upload(Container.QUARANTINE, name, path, content_type="application/octet-stream", once=True)


def _declared(blob: BlobInfo) -> SourceType:
    declared = blob.metadata.get("sourcetype", "")
    return SourceType(declared) if declared in set(SourceType) else SourceType.PAPER
