"""What can be asked about jobs, by those whose they are."""

from typing import Literal

from shared.access import Actor, Allowed, Permission, allow
from shared.domains.jobs.model import OPEN, Job, JobNotFound, JobType
from shared.platform.store import ALL, Predicate, Store
from shared.platform.store.predicates import all_of, eq, has_any, one_of


def visible_to(actor: Actor) -> Predicate:
    """Whoever manages any job sees all; others those that they may read."""
    if actor.may(Permission.MANAGE_ANY_JOB):
        return ALL
    return has_any("readers", actor.names)


Mine = Allowed[Job, Literal[Permission.VIEW_OWN_JOBS, Permission.MANAGE_ANY_JOB]]
"""A job of the actor's, or one of any."""


async def load(store: Store, actor: Actor, job_id: str) -> Mine:
    """A job that the actor may see, follow, stop and repeat; raises JobNotFound or Forbidden."""
    job = await store.get(Job, job_id)
    if job is None or not (actor.may(Permission.MANAGE_ANY_JOB) or job.read_by(actor)):
        raise JobNotFound(f"There is no job {job_id} that you may see.")
    return allow(actor, job, Permission.VIEW_OWN_JOBS, Permission.MANAGE_ANY_JOB)


def open_jobs(job_type: JobType, about: str) -> Predicate:
    """Queued and running jobs of a type on a subject."""
    return all_of(eq("subject", about), eq("jobType", job_type.name), one_of("status", OPEN))
