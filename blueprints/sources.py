"""Sources: the address to put a file to, the trigger that takes it in, and the timer that finds what no trigger saw."""

from datetime import timedelta
from typing import Annotated

import azure.functions as func
from azurefunctions.extensions.bindings.blob import BlobClient
from pydantic import Field, StringConstraints

from blueprints.surface import surface
from shared.access import Actor, Permission
from shared.domains.knowledge.content import SourceType
from shared.domains.projects import queries as projects
from shared.domains.projects.model import ProjectNotFound
from shared.domains.sources import intake, uploads
from shared.domains.sources.model import EmptyFile, FileTooLarge, UnsupportedFile, UploadClosed
from shared.domains.sources.uploads import Open, UploadAddress, Wanted
from shared.platform import telemetry
from shared.platform.blobs import BlobNotFound, Blobs, Container
from shared.platform.http import Api, Created
from shared.platform.opened import platform
from shared.platform.shapes import Input, NewId
from shared.platform.store import Store
from shared.settings import Settings

log = telemetry.logger(__name__)
api = Api(surface, "Sources")

MISSED = timedelta(minutes=2)
"""How long an upload may lie before the timer takes it in."""


class NewUpload(Input):
    """The file that shall be uploaded; `size` in bytes."""

    file_name: Annotated[str, StringConstraints(min_length=1, max_length=1000), Field(examples=["paper.pdf"])]
    content_type: Annotated[str, StringConstraints(max_length=200)] = "application/octet-stream"
    size: Annotated[int, Field(ge=0, examples=[482_133])]
    source_type: Annotated[SourceType | None, Field(examples=[SourceType.PAPER])] = None


@api.post(
    "v1/projects/{project_id}/uploads",
    allow=Permission.ADD_ARTIFACT,
    raises=(ProjectNotFound, UploadClosed, EmptyFile, FileTooLarge, UnsupportedFile),
)
async def create_upload(
    project_id: str, body: NewUpload, actor: Actor, store: Store, blobs: Blobs, settings: Settings, new_id: NewId
) -> Created[UploadAddress]:
    """An address to PUT one file to (header `x-ms-blob-type: BlockBlob`), and the job that will read it."""
    wanted = Wanted(body.file_name, body.content_type, body.size, body.source_type)
    project: Open = await projects.load(store, actor, project_id, Permission.ADD_ARTIFACT)
    address = await uploads.prepare_upload(store, blobs, settings, project, wanted, new_id("src"))
    return Created(address, f"/v1/jobs/{address.job_id}")


@api.blueprint.blob_trigger(
    arg_name="blob",
    path="uploads/{tenant}/{project}/{name}",
    connection="AzureWebJobsStorage",
    source=func.BlobSource.EVENT_GRID,
)
async def receive_upload(blob: BlobClient) -> None:
    """Take in a file that somebody put among the uploads; as a client it comes without its content."""
    if blob.container_name == Container.UPLOADS and blob.blob_name.count("/") >= 2:
        await _receive(blob.blob_name)


@api.blueprint.timer_trigger(arg_name="timer", schedule="0 */1 * * * *")
async def reconcile_uploads(timer: func.TimerRequest) -> None:  # noqa: ARG001 -- the binding's name
    """Take in what lies among the uploads and no trigger saw, then end the jobs whose upload never came.

    One that cannot be taken in or ended holds up no other.
    """
    base = platform()
    blobs = await base.blobs()
    async for blob in intake.unseen(blobs, base.clock.now() - MISSED):
        try:
            await _receive(blob.name)
        except Exception:
            log.exception("an upload was not taken in", blob=blob.name)
    before = base.clock.now() - timedelta(minutes=base.settings.upload_url_minutes) - intake.LATE
    async for store, job in intake.overdue(await base.stores(), before):
        try:
            await intake.give_up(store, blobs, job)
        except Exception:
            log.exception("a job without its upload was not ended", job_id=job.id)


async def _receive(name: str) -> None:
    base = platform()
    blobs = await base.blobs()
    info = await blobs.info(Container.UPLOADS, name)
    if info is None:
        return
    try:
        await intake.receive(await base.stores(), blobs, base.scratch, base.settings, info)
    except BlobNotFound:  # a newer version is its own trigger's, which reads `info` again
        log.info("an upload was replaced before it was read", blob=name)
