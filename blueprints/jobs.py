"""Jobs over HTTP: how far they are, and how to stop or repeat them."""

from datetime import datetime

import azure.functions as func

from blueprints.surface import surface
from shared.access import Actor, Permission
from shared.domains.jobs import actions, queries
from shared.domains.jobs.model import Job, JobNotFound, JobState
from shared.domains.jobs.views import JobView, shown
from shared.domains.jobs.work import KEPT, sweep
from shared.platform.http import Accepted, Api, Listed, Listing, Order, Selection
from shared.platform.opened import platform
from shared.platform.store import Store
from shared.platform.store.listing import listed

api = Api(surface, "Jobs")

MINE = (Permission.VIEW_OWN_JOBS, Permission.MANAGE_ANY_JOB)
LISTING = Listing(
    fields={"status": str, "jobType": str, "projectId": str, "eventId": str, "sourceId": str, "createdAt": datetime},
    orders=(Order("-createdAt"),),
)


@api.get("v1/jobs", allow=MINE, listing=LISTING)
async def list_jobs(actor: Actor, store: Store, selection: Selection) -> Listed[JobView]:
    """List one's own jobs and those of one's projects, the newest first."""
    return (await listed(store, Job, selection, queries.visible_to(actor))).map(
        lambda job: shown(job, store.clock.now())
    )


@api.get("v1/jobs/{job_id}", allow=MINE, raises=(JobNotFound,))
async def get_job(job_id: str, actor: Actor, store: Store) -> JobView:
    """A job: stage, percent, expected end, error, and the score of each round."""
    return shown((await queries.load(store, actor, job_id)).thing, store.clock.now())


@api.post("v1/jobs/{job_id}/cancel", allow=MINE, raises=(JobNotFound, JobState))
async def cancel_job(job_id: str, actor: Actor, store: Store) -> JobView:
    """Stop a job for good."""
    return shown(await actions.cancel(store, await queries.load(store, actor, job_id)), store.clock.now())


@api.post("v1/jobs/{job_id}/retry", allow=MINE, raises=(JobNotFound, JobState))
async def retry_job(job_id: str, actor: Actor, store: Store) -> Accepted[JobView]:
    """Try again a job that failed or was cancelled."""
    job = await actions.retry(store, await queries.load(store, actor, job_id))
    return Accepted(shown(job, store.clock.now()), f"/v1/jobs/{job.id}")


@api.blueprint.timer_trigger(arg_name="timer", schedule="0 30 3 * * *")
async def sweep_work(timer: func.TimerRequest) -> None:  # noqa: ARG001 -- the binding's name
    """Remove what the steps of jobs handed to each other, once it is surely done with."""
    base = platform()
    await sweep(await base.blobs(), base.clock.now() - KEPT)
