"""An address to put one file to, and the name that the file is shown under."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Literal

from shared.access import Allowed, Permission
from shared.clock import derived_id
from shared.domains.jobs.model import Job
from shared.domains.knowledge.content import SourceType
from shared.domains.projects.model import Project, ProjectStatus
from shared.domains.projects.work import job_on
from shared.domains.sources.model import (
    EXTENSIONS,
    EXTRACTION,
    UPLOAD,
    EmptyFile,
    FileTooLarge,
    Source,
    UnsupportedFile,
    UploadClosed,
)
from shared.platform.blobs import Blobs, Container
from shared.platform.shapes import View
from shared.platform.store import Store, create_once
from shared.settings import Settings

_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]|\.\.")
_EDGES = re.compile(r"^[\s.]+|[\s.]+$")
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
LONGEST_NAME = 120
Open = Allowed[Project, Literal[Permission.ADD_ARTIFACT]]
"""A project that the actor may add sources to."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that somebody wants to upload; `size` in bytes."""

    file_name: str
    content_type: str
    size: int
    source_type: SourceType | None = None


class UploadAddress(View):
    """Where to PUT the file, until when, and what will come of it."""

    upload_url: str
    expires_at: datetime
    source_id: str
    job_id: str


def safe_name(name: str) -> str:
    """A file name that can be shown anywhere: no path, control or direction marks, at most LONGEST_NAME characters."""
    plain = "".join(one for one in unicodedata.normalize("NFC", name) if unicodedata.category(one) not in _HIDDEN)
    plain = _UNSAFE.sub("_", PurePosixPath(plain.replace("\\", "/")).name)
    path = PurePosixPath(_EDGES.sub("", plain))
    stem = path.stem[: max(LONGEST_NAME - len(path.suffix), 0)].rstrip(" .")
    return _EDGES.sub("", f"{stem}{path.suffix}"[:LONGEST_NAME]) or "file"


async def prepare_upload(
    store: Store,
    blobs: Blobs,
    settings: Settings,
    allowed: Open,
    wanted: Wanted,
    source_id: str = "",
) -> UploadAddress:
    """An address good for one file of the project, with the job that will read it."""
    actor, project = allowed.actor, allowed.thing
    _check_open(project)
    source_type = _check_file(wanted, settings)
    source_id = source_id or store.clock.new_id("src")
    name = safe_name(wanted.file_name)
    upload = f"{store.tenant}/{project.id}/{source_id}{PurePosixPath(name).suffix.lower()}"
    now = store.clock.now()
    source = Source(
        id=source_id, project_id=project.id, source_type=source_type, file_name=name, content_type=wanted.content_type,
        upload=upload, announced=wanted.size, job_id=derived_id("job", source_id), created_by=actor.id, created_at=now,
    )  # fmt: skip
    job = job_for(store, project, source).with_(stage="awaiting upload")
    await create_once(store, job, "JobPrepared", {"projectId": project.id, "sourceId": source_id})
    await create_once(store, source, "UploadPrepared", {"projectId": project.id, "jobId": job.id})
    expires = now + timedelta(minutes=settings.upload_url_minutes)
    url = await blobs.upload_url(Container.UPLOADS, upload, expires=expires)
    return UploadAddress(upload_url=url, expires_at=expires, source_id=source_id, job_id=job.id)


def job_for(store: Store, project: Project, source: Source) -> Job:
    """The job that will read a source, waiting for its upload; not yet saved."""
    told = {"sourceId": source.id, "sourceType": source.source_type, "fileName": source.file_name}
    job = job_on(store, project, EXTRACTION, by=source.created_by, job_id=source.job_id or "", **told)
    return job.with_(waits_for=UPLOAD)


def _check_open(project: Project) -> None:
    if project.status is not ProjectStatus.DRAFT:
        raise UploadClosed(f"The project is {project.status}; only a draft takes sources.")


def _check_file(wanted: Wanted, settings: Settings) -> SourceType:
    if wanted.size == 0:
        raise EmptyFile("The file is empty; choose one with content.")
    if wanted.size > settings.max_upload_bytes:
        raise FileTooLarge(f"The file has {wanted.size:,} bytes; the limit is {settings.max_upload_bytes:,}.")
    suffix = PurePosixPath(wanted.file_name).suffix.lower()
    fitting = [kind for kind, suffixes in EXTENSIONS.items() if suffix in suffixes]
    if not fitting or (wanted.source_type and wanted.source_type not in fitting):
        known = ", ".join(sorted(set().union(*EXTENSIONS.values())))
        raise UnsupportedFile(f"No reader takes {suffix or 'a file without an extension'!r} here; these do: {known}.")
    return fitting[0]
