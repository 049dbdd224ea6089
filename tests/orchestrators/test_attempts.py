"""How a step ends: what retrying cannot mend comes back, all else is raised."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from orchestrators.attempts import failed, run
from shared.domains.jobs import actions
from shared.domains.jobs.model import JobStopped
from shared.domains.sources.model import EXTRACTION
from shared.errors import Busy, Conflict
from shared.platform.store import Stale
from tests.hub import FUNCTIONS, Hub

GIVEN = {"tenant": "default", "jobId": "job_1", "attempt": 1, "correlationId": "c-1", "causationId": "e-1"}


class Refused(Conflict):
    code = "thing.refused"


def raising(error):
    async def step(_):
        raise error

    return step


async def test_a_step_stands_on_its_attempt(hub: Hub):
    async def step(work):
        return {"tenant": work.store.tenant, "job": work.job_id, "origin": work.store.origin.correlation_id}

    assert await run(GIVEN, step, EXTRACTION) == {"tenant": "default", "job": "job_1", "origin": "c-1"}


async def test_what_retrying_cannot_mend_comes_back(hub: Hub):
    assert await run(GIVEN, raising(Refused("No.")), EXTRACTION) == {
        "error": {"code": "thing.refused", "detail": "No."}
    }
    assert await run(GIVEN, raising(JobStopped("over")), EXTRACTION) == {"stopped": True}


@pytest.mark.parametrize("error", [ConnectionError(), TimeoutError("the storage did not answer"), Stale(), Busy()])
async def test_anything_else_is_raised_to_be_tried_again(hub: Hub, error):
    with pytest.raises(type(error)):
        await run(GIVEN, raising(error), EXTRACTION)


async def test_a_failure_that_cannot_be_recorded_is_raised(hub: Hub, monkeypatch):
    async def busy(*_):
        raise Busy

    monkeypatch.setattr(actions, "fail", busy)
    with pytest.raises(Busy):
        await FUNCTIONS["attempt_fail"]({**GIVEN, "error": {"code": "x", "detail": "y"}})


async def test_a_stage_has_the_deadline_of_its_type(hub: Hub):
    async def endless(_):
        await asyncio.Event().wait()

    assert (await run(GIVEN, endless, replace(EXTRACTION, stage=timedelta())))["error"]["code"] == "job.deadline"


def test_the_first_end_of_several_counts():
    ends: list[dict[str, Any]] = [{}, {"portions": 3}, {"stopped": True}, {"error": {"code": "x", "detail": "y"}}]
    assert failed(ends) == {"stopped": True}
    assert failed(ends[:2]) is None
