"""Jobs that nobody goes on with are ended, whichever way that came about; jobs that are slow or wait are left alone."""

import azure.durable_functions as df
import pytest

from blueprints.changes import Orchestrations
from shared.access import Role
from shared.domains.jobs.watch import OPEN_JOB, end_lost
from shared.platform.store.due import count_noted
from shared.platform.telemetry import meter
from tests.hub import PLACELESS

PDF = b"%PDF-1.7\n%read already\n%%EOF\n"
ENDED = df.OrchestrationRuntimeStatus


@pytest.fixture
async def presenter(hub):
    return await hub.the(Role.PRESENTER)


@pytest.fixture
async def job(hub):
    """The path of an extraction whose orchestration has begun."""
    await hub.readable(PDF, PLACELESS)
    address = await hub.upload((await hub.project())["id"], PDF)
    while await hub.deliver():
        pass
    return f"/v1/jobs/{address['jobId']}"


async def look(hub):
    await end_lost(await hub.app.platform.stores(), Orchestrations(hub.durable))


async def watched(hub) -> int:
    return await count_noted(await hub.app.platform.stores(), OPEN_JOB)


@pytest.mark.parametrize("end", [None, ENDED.Failed, ENDED.Terminated, ENDED.Completed])
async def test_a_job_whose_orchestration_is_gone_ends_with_a_plain_reason(hub, presenter, job, end):
    (instance,) = hub.durable.instances.values()
    if end is None:
        hub.durable.instances.clear()
    else:
        instance.status = end
    hub.clock.advance(minutes=6)
    await look(hub)
    lost = await presenter.get(job)
    assert (lost["status"], lost["error"]["code"]) == ("failed", "job.lost")
    await hub.settle()
    assert await watched(hub) == 0
    logs = await (await hub.the(Role.ADMIN)).get("/v1/admin/audit/logs", _filter="action eq 'JobFailed'")
    assert logs["@odata.count"] == 1
    await presenter.post(f"{job}/retry")
    await hub.settle()
    assert (await presenter.get(job))["status"] == "succeeded"


@pytest.mark.parametrize("going_on", [ENDED.Running, ENDED.Pending, ENDED.Suspended])
async def test_a_slow_job_is_left_alone_however_long_it_takes(hub, presenter, job, going_on):
    (instance,) = hub.durable.instances.values()
    instance.status = going_on
    hub.clock.advance(minutes=14)
    await look(hub)
    assert (await presenter.get(job))["status"] == "queued"


async def test_a_job_that_has_just_reported_is_left_alone(hub, presenter, job):
    hub.clock.advance(minutes=6)
    await hub.durable.run()
    hub.durable.instances.clear()
    await look(hub)
    assert (await presenter.get(job))["status"] == "running"


async def test_a_job_that_waits_for_its_upload_is_left_to_the_uploads(hub, presenter):
    body = {"fileName": "a.pdf", "size": 9}
    address = await presenter.post(f"/v1/projects/{(await hub.project())['id']}/uploads", body)
    await hub.settle()
    hub.clock.advance(minutes=6)
    await look(hub)
    assert (await presenter.get(f"/v1/jobs/{address['jobId']}"))["status"] == "queued"
    assert await watched(hub) == 1


async def test_a_job_that_has_ended_is_watched_no_more(hub, presenter, job):
    assert await watched(hub) == 1
    await hub.settle()
    assert (await presenter.get(job))["status"] == "succeeded"
    await hub.again()
    assert await watched(hub) == 0


async def test_looking_costs_one_query_when_no_job_is_open_however_many_tenants_there_are(hub):
    for tenant in ("north", "south", "east"):
        await hub.project(tenant=tenant)
    await hub.settle()
    hub.clock.advance(hours=1)
    with meter.recorded() as calls:
        await look(hub)
    assert len(calls) <= 1
