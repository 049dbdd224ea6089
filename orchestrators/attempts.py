"""What the workflows of jobs share: their input, how a step ends, and how the whole attempt does."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import suppress
from typing import Any

import azure.durable_functions as df

from shared.domains.jobs import actions as jobs
from shared.domains.jobs.model import JobError, JobStopped, JobType
from shared.domains.jobs.work import Work
from shared.errors import Problem
from shared.platform import telemetry
from shared.platform.opened import platform
from shared.platform.store import Origin

bp = df.Blueprint()
log = telemetry.logger(__name__)

RETRY = df.RetryOptions(first_retry_interval_in_milliseconds=3000, max_number_of_attempts=20)
"""A minute: as long as a throttled or restarting store may take. The SDK knows no growing interval."""
UNEXPECTED = {
    "code": "job.failed",
    "detail": "Something unexpected stopped the job. Retry it; if it fails again, tell the operators its id.",
}
"""What a person reads when an activity failed again and again; its exceptions are in the log."""

Input = dict[str, Any]
"""`{tenant, jobId, attempt, correlationId, causationId}`, and what a step adds: ids and numbers, never text."""
Step = Callable[[Work], Awaitable[Input | None]]
Stages = Callable[[df.DurableOrchestrationContext, Input], Generator[Any, Any, Input]]


async def run(given: Input, step: Step, job_type: JobType) -> Input:
    """Run one step of an attempt within the deadline of its type's stages.

    What retrying cannot mend comes back as `error`, what people stopped as `stopped`; anything else is raised, and the
    orchestration tries again.
    """
    deadline = asyncio.timeout(job_type.stage.total_seconds())
    try:
        async with deadline:
            return await step(await work_of(given)) or {}
    except JobStopped:
        return {"stopped": True}
    except Exception as error:
        if deadline.expired():
            return _error("job.deadline", f"A stage took longer than {job_type.stage}.")
        if isinstance(error, Problem) and not error.transient:
            return _error(error.code, error.detail)
        log.exception("a step failed", step=step.__qualname__, job=given["jobId"], attempt=given["attempt"])
        raise


def _error(code: str, detail: str) -> Input:
    return {"error": {"code": code, "detail": detail}}


async def work_of(given: Input) -> Work:
    base = platform()
    origin = Origin("system", given.get("correlationId", ""), given.get("causationId"))
    store = (await base.stores()).open(given["tenant"], origin)
    return Work(store, await base.blobs(), await base.readers(), base.settings, given["jobId"], given["attempt"])


def attempted(context: df.DurableOrchestrationContext, stages: Stages) -> Generator[Any, Any, Input]:
    """One attempt of a job: its stages, and whatever happens the end of the job."""
    work: Input = context.get_input() or {}
    try:
        end = yield from stages(context, work)
    except Exception:  # noqa: BLE001 -- an activity gave up after its retries; the job must end with a reason
        end = {"error": UNEXPECTED}
    if "error" in end:
        yield context.call_activity_with_retry("attempt_fail", RETRY, {**work, "error": end["error"]})
    return end


@bp.activity_trigger(input_name="given")
async def attempt_fail(given: dict) -> dict:
    """End the job with what went wrong, unless it is over already; whatever hinders that is raised."""
    work = await work_of(given)
    with suppress(JobStopped):
        await jobs.fail(work.store, work.job_id, work.attempt, JobError(**given["error"]))
    return {}


def failed(results: list[Input]) -> Input | None:
    """The first of several results that ends the job."""
    return next((result for result in results if "error" in result or "stopped" in result), None)
