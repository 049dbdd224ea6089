"""What can be asked about jobs, by those whose they are."""

from shared.access import Actor, Permission
from shared.domains.jobs.model import Job, JobNotFound
from shared.platform.store import ALL, Predicate, Store
from shared.platform.store.predicates import has_any


def visible_to(actor: Actor) -> Predicate:
    """Whoever manages any job sees all; others what they or their teams asked for."""
    if actor.may(Permission.MANAGE_ANY_JOB):
        return ALL
    return has_any("readers", actor.names)


async def load(store: Store, actor: Actor, job_id: str) -> Job:
    """A job that the actor may see; raises JobNotFound."""
    job = await store.get(Job, job_id)
    if job is None or not (actor.may(Permission.MANAGE_ANY_JOB) or actor.owns(job)):
        raise JobNotFound(f"There is no job {job_id} that you may see.")
    return job
