"""Compilations of one project that run at the same time: whichever ends last, the one that began later stands."""

import itertools

import pytest

from shared.access import Role
from tests.hub import CLAIM, FUNCTIONS, METHOD


@pytest.fixture
async def project(hub):
    """A submitted project with one approved artifact and one in review."""
    project = await hub.project()
    presenter, reviewer = await hub.the(Role.PRESENTER), await hub.the(Role.REVIEWER)
    artifacts = [await hub.artifact(project["id"], one) for one in (CLAIM, METHOD)]
    await presenter.post(f"/v1/projects/{project['id']}/submit")
    await hub.settle()
    await reviewer.patch(f"/v1/knowledge/{artifacts[0]}/status", {"status": "approved"})
    return {**project, "artifacts": artifacts}


async def compilation(hub, project):
    """Another compilation: its job's path, and its orchestration, which has begun to look."""
    organizer = await hub.the(Role.ORGANIZER)
    job = await organizer.post(f"/v1/projects/{project['id']}/compile")
    while await hub.deliver():
        pass
    instance = hub.durable.instances[f"{job['jobId']}-1"]
    hub.clock.advance(1)
    await instance.step()
    return f"/v1/jobs/{job['jobId']}", instance


async def end(instance):
    while instance.goes_on:
        await instance.step()


@pytest.mark.parametrize("order", sorted(set(itertools.permutations("aabb"))), ids="".join)
async def test_two_first_compilations_both_succeed_in_any_order_of_steps(hub, project, order):
    (job_a, a), (job_b, b) = [await compilation(hub, project) for _ in "ab"]
    for turn in order:
        one = {"a": a, "b": b}[turn]
        if one.goes_on:
            await one.step()
    await end(a)
    await end(b)
    organizer = await hub.the(Role.ORGANIZER)
    assert [(await organizer.get(job))["status"] for job in (job_a, job_b)] == ["succeeded", "succeeded"]
    assert (await organizer.get(f"/v1/projects/{project['id']}"))["draftSummary"]


async def test_the_summary_of_the_compilation_that_began_later_stands(hub, project):
    older_job, older = await compilation(hub, project)
    reviewer, organizer = await hub.the(Role.REVIEWER), await hub.the(Role.ORGANIZER)
    await reviewer.patch(f"/v1/knowledge/{project['artifacts'][1]}/status", {"status": "approved"})
    _, newer = await compilation(hub, project)
    await end(newer)
    path = f"/v1/projects/{project['id']}"
    newest = (await organizer.get(path))["draftSummary"]
    await end(older)
    assert (await organizer.get(path))["draftSummary"] == newest
    ended = await organizer.get(older_job)
    assert (ended["status"], "began later" in ended["warnings"][-1]) == ("succeeded", True)


async def test_a_compilation_repeated_after_its_effect_changes_nothing(hub, project):
    job, instance = await compilation(hub, project)
    await instance.step()
    name, given = instance._waits.calls[0]
    await end(instance)
    organizer = await hub.the(Role.ORGANIZER)
    before = await organizer.get(f"/v1/projects/{project['id']}")
    await FUNCTIONS[name](given)
    assert await organizer.get(f"/v1/projects/{project['id']}") == before
    assert (await organizer.get(job))["status"] == "succeeded"
