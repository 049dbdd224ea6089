"""Jobs over HTTP: whose they are, how they go on, stop and begin again."""

from contextlib import suppress

import pytest

from shared.access import Role
from shared.domains.extraction import pipeline
from shared.domains.knowledge.model import Artifact
from tests.hub import FUNCTIONS, PLACELESS, Crash, CrashAt, a_hub

PDF = b"%PDF-1.7\n%read already\n%%EOF\n"


@pytest.fixture
async def presenter(hub):
    return await hub.the(Role.PRESENTER)


@pytest.fixture
async def project(hub):
    return await hub.project(team=["ada@example.org"])


@pytest.fixture
async def job(hub, presenter, project):
    """The path of an extraction that has been requested and not begun."""
    await hub.readable(PDF, PLACELESS)
    return f"/v1/jobs/{(await hub.upload(project['id'], PDF))['jobId']}"


async def begin(hub):
    """Let the feed start what is requested, and nothing more."""
    while await hub.deliver():
        pass


async def test_progress_goes_up_and_its_end_comes_nearer(hub, presenter, job):
    await begin(hub)
    seen = [await presenter.get(job)]
    while await hub.durable.run():
        hub.clock.advance(1)
        seen.append(await presenter.get(job))
    percents = [one["percent"] for one in seen]
    assert percents == sorted(percents)
    assert (percents[0], percents[-1]) == (0, 100)
    assert [one["status"] for one in seen[1:-1]] == ["running"] * (len(seen) - 2)
    assert seen[-1]["status"] == "succeeded"
    ends = [one["estimatedCompletionTime"] for one in seen[:-1]]
    assert all(end >= one["startedAt"] for end, one in zip(ends[1:], seen[1:], strict=False))
    assert seen[-1]["estimatedCompletionTime"] is None
    assert seen[-1]["finishedAt"] >= seen[-1]["startedAt"] >= seen[-1]["enqueuedAt"]


async def test_repeated_activities_do_not_take_progress_back(hub, presenter, job):
    await begin(hub)
    (instance,) = hub.durable.instances.values()
    work = dict(instance._waits.calls[0][1])
    while instance.goes_on:
        name, given = instance._waits.calls[0]
        await instance.step()
        before = await presenter.get(job)
        await FUNCTIONS[name](given)
        await FUNCTIONS["extraction_read"](work)
        after = await presenter.get(job)
        assert after["percent"] >= before["percent"]
        assert after["rounds"] == before["rounds"]
    assert (await presenter.get(job))["status"] == "succeeded"


async def test_a_cancelled_job_stays_cancelled_whatever_activities_do(hub, presenter, job):
    await begin(hub)
    (instance,) = hub.durable.instances.values()
    await instance.step()
    assert (await presenter.post(f"{job}/cancel"))["status"] == "cancelled"
    while instance.goes_on:
        await instance.step()
    assert instance.output == {"stopped": True}
    cancelled = await presenter.get(job)
    assert (cancelled["status"], cancelled["artifactId"]) == ("cancelled", None)
    await presenter.post(f"{job}/cancel", status=409)


async def test_cancelling_stops_the_orchestration(hub, presenter, job):
    await begin(hub)
    (instance,) = hub.durable.instances.values()
    await presenter.post(f"{job}/cancel")
    await begin(hub)
    assert not instance.goes_on
    await hub.settle()
    assert (await presenter.get(job))["status"] == "cancelled"


async def test_a_job_cancelled_before_its_start_does_not_start(hub, presenter, job):
    await presenter.post(f"{job}/cancel")
    await hub.settle()
    assert hub.durable.started == []


async def test_a_retry_is_a_new_attempt(hub, presenter, job):
    await begin(hub)
    (first,) = hub.durable.instances.values()
    await presenter.post(f"{job}/cancel")
    answer = await presenter.ask("POST", f"{job}/retry")
    assert (answer.status_code, answer.headers["location"]) == (202, job)
    again = answer.json()
    assert (again["status"], again["attempt"], again["percent"], again["error"]) == ("queued", 2, 0, None)
    await first.step()
    assert (await presenter.get(job))["status"] == "queued"
    await hub.settle()
    done = await presenter.get(job)
    assert (done["status"], done["attempt"]) == ("succeeded", 2)
    assert [name.rpartition("-")[2] for name in hub.durable.started] == ["1", "2"]
    await presenter.post(f"{job}/retry", status=409)


async def test_a_job_whose_file_never_came_is_told_so_when_retried(hub, presenter, project):
    body = {"fileName": "a.pdf", "size": 9}
    address = await presenter.post(f"/v1/projects/{project['id']}/uploads", body)
    path = f"/v1/jobs/{address['jobId']}"
    await presenter.post(f"{path}/retry", status=409)
    await presenter.post(f"{path}/cancel")
    await presenter.post(f"{path}/retry")
    await hub.settle()
    assert (await presenter.get(path))["error"]["code"] == "upload.missing"


async def test_a_running_job_is_not_retried(hub, presenter, job):
    await begin(hub)
    await hub.durable.run()
    await presenter.post(f"{job}/retry", status=409)


async def test_a_change_delivered_twice_starts_once(hub, presenter, job):
    await hub.settle()
    await hub.again()
    assert len(hub.durable.started) == 1
    assert (await presenter.get(job))["attempt"] == 1


async def test_an_activity_that_fails_for_good_fails_the_job_with_plain_words(hub, presenter, job, monkeypatch):
    async def broken(*_):
        raise ConnectionError("the secret password is hunter2")

    monkeypatch.setattr(pipeline, "merge", broken)
    await hub.settle()
    failed = await presenter.get(job)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "job.failed")
    assert "hunter2" not in str(failed)
    monkeypatch.undo()
    await presenter.post(f"{job}/retry")
    await hub.settle()
    assert (await presenter.get(job))["status"] == "succeeded"


async def test_an_activity_that_fails_once_is_repeated(hub, presenter, job, monkeypatch):
    real, failures = pipeline.save_artifact, iter([True])

    async def broken(work, number):
        saved = await real(work, number)
        if next(failures, False):
            raise ConnectionError
        return saved

    monkeypatch.setattr(pipeline, "save_artifact", broken)
    await hub.settle()
    done = await presenter.get(job)
    assert done["status"] == "succeeded"
    assert (await presenter.get(f"/v1/projects/{done['projectId']}"))["artifacts"] == 1


@pytest.mark.parametrize(("threshold", "rounds"), [(1.0, 1), (5.0, 3)])
async def test_a_low_score_brings_three_rounds_of_which_the_best_is_kept(tmp_path, threshold, rounds):
    async with a_hub(tmp_path, evaluation_threshold=threshold) as hub:
        await hub.readable(PDF, PLACELESS)
        presenter = await hub.the(Role.PRESENTER)
        address = await hub.upload((await hub.project())["id"], PDF)
        await hub.settle()
        job = await presenter.get(f"/v1/jobs/{address['jobId']}")
        assert [one["round"] for one in job["rounds"]] == list(range(1, rounds + 1))
        artifact = await presenter.get(f"/v1/knowledge/{job['artifactId']}")
        best = max(job["rounds"], key=lambda one: one["score"])
        assert artifact["evaluation"]["score"] == best["score"]
        assert all({"name", "score", "weight", "detail"} <= set(each) for each in artifact["evaluation"]["components"])
        assert any("Scored" in warning for warning in artifact["warnings"]) is (rounds > 1)


async def test_jobs_are_seen_by_their_team_and_who_manages_any(hub, presenter, job):
    member = await hub.person(Role.PRESENTER, email="Ada@example.org")
    for person in (presenter, member, await hub.the(Role.ORGANIZER), await hub.the(Role.ADMIN)):
        assert (await person.get(job))["status"] == "queued"
        assert (await person.get("/v1/jobs"))["@odata.count"] == 1
    for role in (Role.USER, Role.PRESENTER, Role.REVIEWER, Role.MODERATOR):
        other = await hub.person(role)
        await other.get(job, status=404)
        await other.post(f"{job}/cancel", status=404)
        await other.post(f"{job}/retry", status=404)
        assert (await other.get("/v1/jobs", _filter="status eq 'queued'"))["@odata.count"] == 0


async def test_who_joins_the_team_later_sees_its_jobs(hub, presenter, project, job):
    late = await hub.person(Role.PRESENTER, email="late@example.org")
    await presenter.patch(f"/v1/projects/{project['id']}", {"team": ["late@example.org"]})
    await hub.settle()
    assert (await late.get("/v1/jobs"))["@odata.count"] == 1
    gone = await hub.person(Role.PRESENTER, email="ada@example.org")
    await gone.get(job, status=404)


async def test_a_projects_creator_sees_what_the_team_has_asked_for(hub, presenter, project):
    member = await hub.person(Role.PRESENTER, email="ada@example.org")
    address = await member.post(f"/v1/projects/{project['id']}/uploads", {"fileName": "a.pdf", "size": 9})
    seen = await presenter.get(f"/v1/jobs/{address['jobId']}")
    assert (seen["createdBy"], seen["subject"]) == (member.user.id, f"project/{project['id']}")
    assert (await presenter.get("/v1/jobs"))["@odata.count"] == 1


async def test_jobs_are_listed_newest_first_and_filtered(hub, presenter, project):
    for name in ("a.pdf", "b.pdf"):
        await presenter.post(f"/v1/projects/{project['id']}/uploads", {"fileName": name, "size": 9})
        hub.clock.advance(1)
    page = await presenter.get("/v1/jobs", _filter=f"projectId eq '{project['id']}'")
    assert [one["fileName"] for one in page["value"]] == ["b.pdf", "a.pdf"]
    await presenter.get("/v1/jobs", status=400, _filter="fileName eq 'a.pdf'")


async def test_after_a_failure_at_any_call_the_extraction_ends_the_same(tmp_path, monkeypatch):
    """Every other call on store and blobs fails once after its effect: as when the answer is lost."""
    ends, at = set(), 0
    while True:
        async with a_hub(tmp_path / str(at)) as hub:
            await hub.readable(PDF, PLACELESS)
            await hub.upload((await hub.project())["id"], PDF)
            crash = CrashAt(at)
            with monkeypatch.context() as broken:
                crash.install(broken)
                with suppress(Crash):
                    await hub.settle()
            await hub.settle()
            await hub.sweep()
            ends.add(await end_of(hub))
        if not crash.happened:
            break
        at += 2
    assert at > 20
    assert len(ends) == 1, ends


async def end_of(hub):
    presenter = await hub.the(Role.PRESENTER)
    (job,) = (await presenter.get("/v1/jobs"))["value"]
    artifact = await presenter.get(f"/v1/knowledge/{job['artifactId']}")
    found = await presenter.get("/v1/knowledge/search", q="accuracy")
    statements = tuple((one["id"], one["text"], one["supported"]) for one in artifact["statements"])
    logs = await (await hub.the(Role.ADMIN)).get("/v1/admin/audit/logs", _filter="action eq 'JobSucceeded'")
    states = (job["status"], job["percent"], len(job["rounds"]), artifact["status"], logs["@odata.count"])
    return states, statements, len(found["results"]), len(hub.durable.started)


async def test_what_is_late_is_expected_now(hub, presenter, job):
    await begin(hub)
    hub.clock.advance(minutes=5)
    late = await presenter.get(job)
    assert late["status"] == "queued"
    assert late["estimatedCompletionTime"] == hub.clock.now().isoformat().replace("+00:00", "Z")


async def test_the_pieces_of_work_are_swept_after_two_days(hub, presenter, job):
    await hub.settle()
    artifact = (await presenter.get(job))["artifactId"]
    assert [name for container, name in hub.blobs.blobs if container == "work"]
    await FUNCTIONS["sweep_work"](None)
    assert [name for container, name in hub.blobs.blobs if container == "work"]
    hub.clock.advance(days=2, seconds=1)
    await FUNCTIONS["sweep_work"](None)
    assert [name for container, name in hub.blobs.blobs if container == "work"] == []
    assert await (await hub.store()).get(Artifact, artifact)
