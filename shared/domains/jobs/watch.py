"""The open jobs of all tenants in one place: what nobody else would end is found without asking every tenant."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import ClassVar

from shared.clock import derived_id
from shared.domains.jobs.actions import fail
from shared.domains.jobs.engine import Engine
from shared.domains.jobs.model import Job, JobError, JobStopped
from shared.platform.store import Sort, Stale, Store, Stores, Write, every
from shared.platform.store.predicates import Compare
from shared.platform.store.records import Index, Record, instant
from shared.platform.store.tenants import SYSTEM

PATIENCE = timedelta(minutes=5)
"""How long a job may stand still without an orchestration: its start is tried again for a minute or two."""
LOST = JobError(code="job.lost", detail="The work was interrupted, and nobody goes on with it. Retry the job.")


class OpenJob(Record):
    """A job that had not ended when its last change was seen; kept in the tenant `system`."""

    kind: ClassVar[str] = "open_job"
    indexes: ClassVar[tuple[Index, ...]] = (Index("since"),)

    job_tenant: str
    job_id: str
    since: datetime


async def watch(stores: Stores, tenant: str, job: Job) -> None:
    """Note that a job is open, or that it is no more; safe to repeat."""
    system = stores.open(SYSTEM)
    noted = OpenJob(id=derived_id("open", tenant, job.id), job_tenant=tenant, job_id=job.id, since=job.updated_at)
    if job.open:
        await system.commit(Write(noted.id).put(noted))
    else:
        await _forget(system, noted.id)


async def open_since(stores: Stores, before: datetime) -> AsyncIterator[tuple[Store, Job]]:
    """Jobs of all tenants that are open and were asked for before a time; one query when there are none."""
    system = stores.open(SYSTEM)
    older = Compare("since", "lt", instant(before))
    async for noted in every(system, OpenJob, older, order=(Sort("since"),)):
        store = stores.open(noted.job_tenant)
        job = await store.get(Job, noted.job_id)
        if job is not None and job.open:
            yield store, job
        else:
            await _forget(system, noted.id)


async def end_lost(stores: Stores, engine: Engine) -> None:
    """End the jobs whose orchestration is gone: never begun, purged, broken or ended without ending its job.

    The engine is asked before the job is read again: an orchestration ends its job before it ends itself.
    """
    now = stores.open(SYSTEM).clock.now()
    async for store, job in open_since(stores, now - PATIENCE):
        late = job.updated_at < now - PATIENCE and not job.waits_for
        if late and not await engine.goes_on(job.instance_id):
            with suppress(JobStopped):
                await fail(store, job.id, job.attempt, LOST)


async def _forget(system: Store, noted_id: str) -> None:
    noted = await system.get(OpenJob, noted_id)
    if noted is not None:
        with suppress(Stale):  # asked for again meanwhile
            await system.commit(Write(noted.id).delete(noted))
