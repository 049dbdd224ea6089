"""The open jobs of all tenants in one place: what nobody else would end is found without asking every tenant."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta

from shared.domains.jobs.actions import fail
from shared.domains.jobs.engine import Engine
from shared.domains.jobs.model import Job, JobError, JobStopped
from shared.platform.store import Store, Stores
from shared.platform.store.due import all_noted, forget, note, settle
from shared.platform.store.tenants import SYSTEM

PATIENCE = timedelta(minutes=5)
"""How long a job may stand still without an orchestration: its start is tried again for a minute or two."""
LOST = JobError(code="job.lost", detail="The work was interrupted, and nobody goes on with it. Retry the job.")
OPEN_JOB = "open job"
"""What is noted of a job from its last change on that was seen, until it has ended."""


async def watch(stores: Stores, tenant: str, job: Job) -> None:
    """Note that a job is open, or that it is no more; safe to repeat."""
    if job.open:
        await note(stores, OPEN_JOB, tenant, job.id, job.updated_at)
    else:
        await forget(stores, OPEN_JOB, tenant, job.id)


async def open_since(stores: Stores, before: datetime) -> AsyncIterator[tuple[Store, Job]]:
    """Jobs of all tenants that are open and were asked for before a time; one query when there are none."""
    async for due in all_noted(stores, OPEN_JOB, before - timedelta.resolution):
        store = stores.open(due.tenant)
        job = await store.get(Job, due.ref)
        if job is not None and job.open:
            yield store, job
        else:
            await settle(stores, due)


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
