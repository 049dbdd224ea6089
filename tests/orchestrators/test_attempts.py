"""How a step ends: what retrying cannot mend comes back, all else is raised."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from orchestrators import attempts
from orchestrators.attempts import failed, run
from shared.domains.jobs.model import JobStopped
from shared.errors import Conflict
from tests.hub import Hub

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

    assert await run(GIVEN, step) == {"tenant": "default", "job": "job_1", "origin": "c-1"}


async def test_what_retrying_cannot_mend_comes_back(hub: Hub):
    assert await run(GIVEN, raising(Refused("No."))) == {"error": {"code": "thing.refused", "detail": "No."}}
    assert await run(GIVEN, raising(JobStopped("over"))) == {"stopped": True}


async def test_anything_else_is_raised_to_be_tried_again(hub: Hub):
    with pytest.raises(ConnectionError):
        await run(GIVEN, raising(ConnectionError()))


async def test_a_stage_has_a_deadline(hub: Hub, monkeypatch):
    monkeypatch.setattr(attempts, "STAGE", timedelta())

    async def endless(_):
        await asyncio.Event().wait()

    assert (await run(GIVEN, endless))["error"]["code"] == "job.deadline"


def test_the_first_end_of_several_counts():
    ends: list[dict[str, Any]] = [{}, {"portions": 3}, {"stopped": True}, {"error": {"code": "x", "detail": "y"}}]
    assert failed(ends) == {"stopped": True}
    assert failed(ends[:2]) is None
