"""Removing for good what was deleted: records first of what hangs on it and last of itself, so that it may run again.

Changes stay: they are the history, and what the audit rests on.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

from shared.domains.events.model import RESTORABLE, DeletedEvent
from shared.domains.jobs.model import Job
from shared.domains.knowledge.model import ArtifactId
from shared.domains.projects.deletion import follow_event
from shared.domains.projects.model import DeletedProject, Project
from shared.domains.sources.model import Source
from shared.platform import telemetry
from shared.platform.blobs import Blobs, Container
from shared.platform.changes.inbox import InboxClaim
from shared.platform.store import Change, Record, Store, Stores, Write, every
from shared.platform.store.due import noted, settle
from shared.platform.store.predicates import Compare, all_of, eq
from shared.platform.store.records import MODELS
from shared.platform.store.reservations import release
from shared.platform.store.tenants import SYSTEM

log = telemetry.logger(__name__)

DELETED = "deleted"
"""What the tenant `system` has noted of deleted things."""
FRESH = timedelta(days=1)
"""A file written so lately may be being taken in for another project: longer than any intake lasts."""
_TOGETHER = 50


class StillFresh(Exception):
    """A file of it is being taken in anew: the next sweep looks again."""


async def purge_due(stores: Stores, blobs: Blobs) -> None:
    """Remove what has been deleted for as long as it could be restored; what fails holds up nothing else."""
    async for due in noted(stores, DELETED, stores.open(SYSTEM).clock.now()):
        try:
            await _purge(stores.open(due.tenant), blobs, due.ref)
            await settle(stores, due)
        except Exception:
            log.exception("something deleted was not removed", ref=due.ref)


async def _purge(store: Store, blobs: Blobs, thing_id: str) -> None:
    before = store.clock.now() - RESTORABLE
    event = await store.get(DeletedEvent, thing_id)
    if event is not None and event.deleted_at <= before:
        await _purge_event(store, blobs, event)
    project = await store.get(DeletedProject, thing_id)
    if project is not None and project.deleted_at <= before:
        await _purge_project(store, blobs, project)


async def _purge_event(store: Store, blobs: Blobs, event: DeletedEvent) -> None:
    await follow_event(store, event.id)
    async for project in every(store, DeletedProject, eq("eventId", event.id)):
        await _purge_project(store, blobs, project)
    await _remove(store, event, "EventPurged", f"event/{event.id}")


async def _purge_project(store: Store, blobs: Blobs, project: DeletedProject) -> None:
    mine = eq("projectId", project.id)
    async for source in every(store, Source, mine):
        await _purge_source(store, blobs, source)
    async for artifact in every(store, ArtifactId, mine):
        await _remove_all(store, artifact.id)
    async for job in every(store, Job, eq("subject", f"{Project.kind}/{project.id}")):
        await _remove_all(store, job.id)
    for container in (Container.UPLOADS, Container.QUARANTINE):
        await _remove_blobs(blobs, container, f"{store.tenant}/{project.id}/")
    await _remove(store, project, "ProjectPurged", f"{Project.kind}/{project.id}")


async def _purge_source(store: Store, blobs: Blobs, source: Source) -> None:
    """The record, and the bytes unless another source has the same."""
    if source.sha256:
        same = all_of(eq("sha256", source.sha256), Compare("id", "ne", source.id))
        if not await store.count(Source, same):
            await _remove_bytes(store, blobs, f"{store.tenant}/{source.sha256}")
        await release(store, "source", f"{source.project_id}\x1f{source.sha256}", source.id)
    await _remove_all(store, source.id)


async def _remove_bytes(store: Store, blobs: Blobs, name: str) -> None:
    """Of this version only: whoever takes the same bytes in again writes them again."""
    kept = await blobs.info(Container.SOURCES, name)
    if kept is not None and kept.modified > store.clock.now() - FRESH:
        raise StillFresh(name)
    await _remove_blobs(blobs, Container.EVIDENCE, f"{name}/")
    if kept is not None:
        await blobs.delete(Container.SOURCES, name, etag=kept.etag)


async def _remove_blobs(blobs: Blobs, container: Container, prefix: str) -> None:
    for name in [blob.name async for blob in blobs.list(container, prefix)]:
        await blobs.delete(container, name)


async def _remove(store: Store, root: DeletedEvent | DeletedProject, change: str, subject: str) -> None:
    """All of an aggregate, at last its root with the change that tells of it."""
    await _remove_all(store, root.id, but=root.id)
    await store.commit(Write(root.id).delete(root).change(change, subject))


async def _remove_all(store: Store, aggregate: str, but: str = "") -> None:
    records = [record async for record in _records(store, aggregate) if record.id != but]
    for at in range(0, len(records), _TOGETHER):
        write = Write(aggregate)
        for record in records[at : at + _TOGETHER]:
            write = write.delete(record)
        await store.commit(write)


async def _records(store: Store, aggregate: str) -> AsyncIterator[Record]:
    """Whatever domains keep in an aggregate, but for its changes and the claims on them."""
    for model in [model for model in MODELS.values() if model.container == Record.container]:
        if model not in (Change, InboxClaim):
            async for record in every(store, model, aggregate=aggregate):
                yield record
