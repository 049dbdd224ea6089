"""What slips in between two steps: work on a project that others decide on meanwhile, and races with its jobs."""

import asyncio

import pytest

from shared.access import Role
from shared.domains.jobs.model import JobStatus
from tests.hub import CLAIM, PLACELESS

PDF = b"%PDF-1.7\n%read meanwhile\n%%EOF\n"


@pytest.fixture
async def presenter(hub):
    return await hub.the(Role.PRESENTER)


@pytest.fixture
async def organizer(hub):
    return await hub.the(Role.ORGANIZER)


@pytest.fixture
async def project(hub):
    """The path of a draft with an artifact, and with a source whose reading has been requested."""
    project = await hub.project()
    await hub.artifact(project["id"], CLAIM)
    await hub.readable(PDF, PLACELESS)
    await hub.upload(project["id"], PDF)
    return f"/v1/projects/{project['id']}"


@pytest.fixture
async def job(presenter, project):
    (job,) = (await presenter.get("/v1/jobs"))["value"]
    return f"/v1/jobs/{job['jobId']}"


async def decide(hub, project):
    """Submit, and approve whatever is there to be judged."""
    await (await hub.the(Role.PRESENTER)).post(f"{project}/submit")
    while await hub.deliver():
        pass
    reviewer = await hub.the(Role.REVIEWER)
    for artifact in (await reviewer.get(f"{project}/knowledge"))["value"]:
        if artifact["status"] == "review":
            await reviewer.patch(f"/v1/knowledge/{artifact['id']}/status", {"status": "approved"})


async def test_nothing_is_decided_while_a_source_is_read(hub, presenter, organizer, project, job):
    await decide(hub, project)
    assert (await organizer.post(f"{project}/approve", status=409))["code"] == "project.review_open"
    await presenter.post(f"{job}/cancel", status=200)
    await organizer.post(f"{project}/approve", status=200)


async def test_a_decided_project_gets_no_artifact_by_an_old_job(hub, presenter, organizer, project, job):
    await presenter.post(f"{job}/cancel", status=200)
    await decide(hub, project)
    await organizer.post(f"{project}/approve", status=200)
    assert (await presenter.post(f"{job}/retry", status=409))["code"] == "job.state"
    await hub.settle()
    await organizer.post(f"{project}/publish", status=200)
    assert (await presenter.post(f"{job}/retry", status=409))["code"] == "job.state"


async def test_an_address_that_was_never_used_holds_up_nothing(hub, presenter, organizer, project, job):
    await presenter.post(f"{job}/cancel", status=200)
    await presenter.post(f"{project}/uploads", {"fileName": "never.pdf", "size": 9}, status=201)
    await decide(hub, project)
    await organizer.post(f"{project}/approve", status=200)


async def test_of_many_who_cancel_and_retry_each_is_told_the_state(hub, presenter, job):
    for act, code in (("cancel", 200), ("retry", 202)):
        answers = await asyncio.gather(*(presenter.ask("POST", f"{job}/{act}") for _ in range(8)))
        assert sorted({answer.status_code for answer in answers}) in ([code], [code, 409])
        assert [answer.status_code for answer in answers].count(code) == 1
    assert (await presenter.get(job))["status"] == JobStatus.QUEUED


async def test_nobody_joins_the_team_of_what_they_approved(hub, presenter, organizer, project, job):
    await presenter.post(f"{job}/cancel", status=200)
    await decide(hub, project)
    reviewer = await hub.the(Role.REVIEWER)
    await presenter.patch(project, {"team": [reviewer.user.email.upper()]})
    assert (await organizer.post(f"{project}/approve", status=403))["code"] == "review.conflict_of_interest"
    await presenter.patch(project, {"team": []})
    await organizer.post(f"{project}/approve", status=200)
    await hub.settle()
    await presenter.patch(project, {"team": [reviewer.user.email]})
    assert (await organizer.post(f"{project}/publish", status=403))["code"] == "review.conflict_of_interest"
