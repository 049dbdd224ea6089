"""What follows from changes: the job of a duplicate ends with the job that reads the same bytes."""

from shared.domains.jobs.model import Job
from shared.domains.jobs.reactions import ENDS
from shared.domains.sources.duplicates import end
from shared.platform.changes import Change, Consumer
from shared.platform.store import Store, every
from shared.platform.store.predicates import all_of, eq


async def end_duplicates(store: Store, change: Change) -> None:
    """End what waits for a job that has ended; or the one that has just begun to wait for it."""
    job = await store.get(Job, change.aggregate)
    if job is None:
        return
    if change.event_type == "JobDuplicated":
        await end(store, job, await store.get(Job, job.waits_for))
        return
    followers = all_of(eq("subject", job.about), eq("waitsFor", job.id))
    async for follower in every(store, Job, followers):
        await end(store, follower, job)


CONSUMERS = (Consumer("duplicates", end_duplicates, frozenset({"JobDuplicated"}) | ENDS),)
