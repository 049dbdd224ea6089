"""Uploads: the address, the trigger, the timer, and what becomes of good and bad files."""

import asyncio
from contextlib import suppress
from hashlib import sha256

import pytest

from shared.access import Role
from shared.domains.knowledge.content import SourceType
from shared.domains.projects.model import Project
from shared.domains.sources.model import EXTENSIONS, Source, SourceStatus, StillArriving
from shared.platform.blobs import Container
from shared.platform.store import Stale, Write, every
from shared.platform.store.tenants import KnownTenant
from tests.hub import PAPER, PLACELESS, Crash, CrashAt, a_hub, uploaded_name

PDF = b"%PDF-1.7\n%a file that is not opened, because its document is there\n%%EOF\n"


@pytest.fixture
async def presenter(hub):
    return await hub.the(Role.PRESENTER)


@pytest.fixture
async def project(hub):
    return await hub.project()


async def jobs_of(person):
    return (await person.get("/v1/jobs"))["value"]


async def test_an_upload_becomes_an_artifact(hub, presenter, project):
    await hub.readable(PDF, PLACELESS)
    address = await hub.upload(project["id"], PDF)
    await hub.settle()
    job = await presenter.get(f"/v1/jobs/{address['jobId']}")
    assert (job["status"], job["percent"], job["error"]) == ("succeeded", 100, None)
    artifact = await presenter.get(f"/v1/knowledge/{job['artifactId']}")
    assert (artifact["status"], artifact["sourceId"], artifact["fileName"]) == (
        "draft",
        address["sourceId"],
        "paper.pdf",
    )
    assert any("92.5%" in text for text in artifact["evidence"])
    assert not [name for kind, name in hub.blobs.blobs if kind is Container.UPLOADS]


async def test_an_address_is_for_one_blob_for_a_short_time(hub, presenter, project):
    answer = await presenter.ask("POST", f"/v1/projects/{project['id']}/uploads", {"fileName": "a b.PDF", "size": 9})
    address = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/jobs/{address['jobId']}"
    assert uploaded_name(address) == f"default/{project['id']}/{address['sourceId']}.pdf"
    assert address["expiresAt"] == "2026-01-01T00:15:00Z"
    job = await presenter.get(f"/v1/jobs/{address['jobId']}")
    assert (job["status"], job["stage"], job["fileName"]) == ("queued", "awaiting upload", "a b.PDF")


async def test_a_job_awaiting_its_upload_does_not_start(hub, presenter, project):
    await presenter.post(f"/v1/projects/{project['id']}/uploads", {"fileName": "a.pdf", "size": 9})
    await hub.settle()
    assert hub.durable.started == []


async def test_a_key_makes_one_address(hub, presenter, project):
    path, body = f"/v1/projects/{project['id']}/uploads", {"fileName": "a.pdf", "size": 9}
    first, again = [await presenter.ask("POST", path, body, idempotency_key="k1") for _ in range(2)]
    assert first.content == again.content
    await presenter.post(path, {**body, "size": 10}, status=422, idempotency_key="k1")
    assert len(await jobs_of(presenter)) == 1


async def test_a_key_finds_what_an_earlier_try_prepared_that_never_answered(hub, presenter, project, monkeypatch):
    async def crash(*_, **__):
        raise ConnectionError

    path, body = f"/v1/projects/{project['id']}/uploads", {"fileName": "a.pdf", "size": 9}
    with monkeypatch.context() as broken:
        broken.setattr(type(hub.blobs), "upload_url", crash)
        await presenter.post(path, body, status=500, idempotency_key="k1")
    address = await presenter.post(path, body, status=201, idempotency_key="k1")
    assert [job["jobId"] for job in await jobs_of(presenter)] == [address["jobId"]]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"fileName": "a.pdf", "size": 0}, 400, "upload.empty"),
        ({"fileName": "a.pdf", "size": 75 * 1024 * 1024 + 1}, 413, "upload.too_large"),
        ({"fileName": "a.exe", "size": 9}, 415, "upload.unsupported"),
        ({"fileName": "pdf", "size": 9}, 415, "upload.unsupported"),
        ({"fileName": "a.pdf\r\n.exe", "size": 9}, 415, "upload.unsupported"),
        ({"fileName": "fdp.\u202efdp.exe", "size": 9}, 415, "upload.unsupported"),
        ({"fileName": "a.pdf", "size": -1}, 400, "request.invalid"),
        ({"fileName": "a.pdf", "size": "9"}, 400, "request.invalid"),
        ({"fileName": "", "size": 9}, 400, "request.invalid"),
        ({"fileName": "a.pdf", "size": 9, "sourceType": "song"}, 400, "request.invalid"),
        ({"fileName": "a.pdf", "size": 9, "upload": "x"}, 400, "request.invalid"),
    ],
)
async def test_bad_files_get_no_address(hub, presenter, project, body, status, code):
    problem = await presenter.post(f"/v1/projects/{project['id']}/uploads", body, status=status)
    assert problem["code"] == code
    assert await jobs_of(presenter) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("..\\..\\boot.pdf", "boot.pdf"),
        ("a/b/c.pdf", "c.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ("\u202egnp.pdf", "gnp.pdf"),
        ("näme.pdf", "näme.pdf"),
        ('<img src=x onerror="x">.pdf', "_img src=x onerror=_x__.pdf"),
        ("x" * 296 + ".pdf", "x" * 116 + ".pdf"),
        (" .. .pdf", "_.pdf"),
    ],
)
async def test_names_are_shown_safely_and_never_stored(hub, presenter, project, name, shown):
    address = await presenter.post(f"/v1/projects/{project['id']}/uploads", {"fileName": name, "size": 9}, status=201)
    assert (await presenter.get(f"/v1/jobs/{address['jobId']}"))["fileName"] == shown
    assert uploaded_name(address) == f"default/{project['id']}/{address['sourceId']}.pdf"


@pytest.mark.parametrize("status", ["submitted", "approved", "published"])
async def test_only_a_draft_takes_sources(hub, presenter, project, status):
    await set_status(hub, project, status)
    body = {"fileName": "a.pdf", "size": 9}
    problem = await presenter.post(f"/v1/projects/{project['id']}/uploads", body, status=409)
    assert (problem["code"], status in problem["detail"]) == ("upload.project_state", True)


async def set_status(hub, project, status):
    store = await hub.store()
    kept = await store.get(Project, project["id"])
    await store.commit(Write(kept.id).replace(kept.with_(status=status)))


@pytest.mark.parametrize(("role", "status"), [(Role.USER, 403), (Role.REVIEWER, 403), (Role.ORGANIZER, 201)])
async def test_who_may_upload_is_as_the_table_says(hub, project, role, status):
    other = await hub.the(role)
    await other.post(f"/v1/projects/{project['id']}/uploads", {"fileName": "a.pdf", "size": 9}, status=status)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "upload.empty"),
        (b"x" * 2000, "upload.too_large"),
        (b"just some text", "upload.not_a_pdf"),
        (b"MZ\x90\x00 program", "upload.not_a_pdf"),
        (b"<html><script>alert(1)</script></html>", "upload.not_a_pdf"),
        (b"PK\x03\x04 archive", "upload.not_a_pdf"),
        (b"PK\x03\x04 %PDF-1.7 both", "upload.polyglot"),
        (b"%PDF-1.7\n%%EOF\n<script>alert(1)</script>", "upload.polyglot"),
    ],
)
async def test_a_file_that_is_not_what_it_says_fails_its_job_alone(small, data, code):
    project = await small.project()
    address = await small.upload(project["id"], data, size=len(data) if 0 < len(data) <= 1000 else 9)
    await small.settle()
    presenter = await small.the(Role.PRESENTER)
    job = await presenter.get(f"/v1/jobs/{address['jobId']}")
    assert (job["status"], job["error"]["code"], job["artifactId"]) == ("failed", code, None)
    assert job["error"]["detail"]
    assert (await presenter.get(f"/v1/projects/{project['id']}"))["artifacts"] == 0


@pytest.fixture
async def small(tmp_path):
    async with a_hub(tmp_path, max_upload_bytes=1000) as running:
        yield running


async def test_a_corrupt_pdf_fails_in_a_process_of_its_own(hub, presenter, project):
    address = await hub.upload(project["id"], b"%PDF-1.7\ngarbage\n%%EOF\n")
    await hub.settle()
    job = await presenter.get(f"/v1/jobs/{address['jobId']}")
    assert (job["status"], job["error"]["code"]) == ("failed", "upload.corrupt")


async def test_the_same_bytes_again_make_no_second_artifact(hub, presenter, project):
    await hub.readable(PDF, PLACELESS)
    first, second = [await hub.upload(project["id"], PDF, name) for name in ("one.pdf", "two.pdf")]
    await hub.settle()
    ends = [await presenter.get(f"/v1/jobs/{each['jobId']}") for each in (first, second)]
    assert [end["status"] for end in ends] == ["succeeded", "succeeded"]
    assert ends[0]["artifactId"] == ends[1]["artifactId"]
    assert "one.pdf" in ends[1]["warnings"][0]
    assert hub.durable.started == [f"{first['jobId']}-1"]
    assert (await presenter.get(f"/v1/projects/{project['id']}"))["artifacts"] == 1


async def test_the_same_bytes_in_another_project_are_its_own(hub, presenter, project):
    await hub.readable(PDF, PLACELESS)
    other = await hub.project(project["eventId"], title="Other")
    for each in (project, other):
        await hub.upload(each["id"], PDF)
    await hub.settle()
    assert [(await presenter.get(f"/v1/projects/{each['id']}"))["artifacts"] for each in (project, other)] == [1, 1]


async def test_a_duplicate_of_what_failed_says_so(hub, presenter, project):
    first = await hub.upload(project["id"], b"no pdf")
    await hub.settle()
    second = await hub.upload(project["id"], b"no pdf")
    await hub.settle()
    job = await presenter.get(f"/v1/jobs/{second['jobId']}")
    assert (job["status"], job["error"]["code"]) == ("failed", "upload.duplicate")
    assert first["jobId"] in job["error"]["detail"]


async def test_a_duplicate_ends_as_the_first_does_however_it_ends(hub, presenter, project):
    """Both lie there before the first is read."""
    first, second = [await hub.upload(project["id"], b"no pdf") for _ in range(2)]
    waiting = await presenter.get(f"/v1/jobs/{second['jobId']}")
    assert (waiting["status"], waiting["stage"], waiting["artifactId"]) == ("queued", "duplicate", None)
    await hub.settle()
    ends = [await presenter.get(f"/v1/jobs/{each['jobId']}") for each in (first, second)]
    assert [end["error"]["code"] for end in ends] == ["upload.not_a_pdf", "upload.duplicate"]
    problem = await presenter.post(f"/v1/jobs/{second['jobId']}/retry", status=409)
    assert first["jobId"] in problem["detail"]


async def test_a_cancelled_duplicate_stays_cancelled(hub, presenter, project):
    await hub.readable(PDF, PLACELESS)
    _, second = [await hub.upload(project["id"], PDF) for _ in range(2)]
    await presenter.post(f"/v1/jobs/{second['jobId']}/cancel")
    await hub.settle()
    assert (await presenter.get(f"/v1/jobs/{second['jobId']}"))["status"] == "cancelled"


async def test_a_file_straight_into_storage_is_the_creators(hub, presenter, project):
    await hub.readable(PDF, PLACELESS)
    await hub.put(f"default/{project['id']}/some näme.pdf", PDF, sourcetype="paper")
    await hub.settle()
    (job,) = await jobs_of(presenter)
    assert (job["status"], job["fileName"], job["createdBy"]) == ("succeeded", "some näme.pdf", presenter.user.id)


async def test_a_kind_without_a_reader_fails_with_its_code(hub, presenter, project, monkeypatch):
    monkeypatch.delitem(EXTENSIONS, SourceType.PAPER)
    await hub.put(f"default/{project['id']}/a.pdf", PDF, sourcetype="paper")
    await hub.settle()
    (job,) = await jobs_of(presenter)
    assert (job["status"], job["error"]["code"]) == ("failed", "upload.unsupported")


@pytest.mark.parametrize("file_name", ["a#b?.pdf", "src_1.pdf", "x" * 300 + ".pdf", "usr_x\\..\\y.pdf", "no extension"])
async def test_any_name_in_storage_is_taken_and_shown_safely(hub, presenter, project, file_name):
    await hub.readable(PDF, PLACELESS)
    await hub.put(f"default/{project['id']}/{file_name}", PDF)
    await hub.settle()
    (job,) = await jobs_of(presenter)
    assert (job["status"], len(job["fileName"]) <= 120) == ("succeeded", True)


async def test_who_knows_a_sources_name_does_not_take_its_place(hub, presenter, project):
    """A file under a prepared source's name in another project is another source."""
    body = {"fileName": "a.pdf", "size": len(PDF)}
    address = await presenter.post(f"/v1/projects/{project['id']}/uploads", body)
    other = await hub.project(project["eventId"], title="Other")
    await hub.readable(PDF, PLACELESS)
    await hub.put(f"default/{other['id']}/{address['sourceId']}.pdf", PDF)
    await hub.settle()
    assert (await presenter.get(f"/v1/jobs/{address['jobId']}"))["status"] == "queued"
    assert (await presenter.get(f"/v1/projects/{other['id']}"))["artifacts"] == 1


@pytest.mark.parametrize("name", ["default/proj_unknown/a.pdf", "other/{}/a.pdf", "default/{}/deep/er/a.pdf"])
async def test_a_file_for_no_project_is_quarantined_or_taken_by_its_own(hub, presenter, project, name):
    name = name.format(project["id"])
    await hub.put(name, PDF)
    await hub.settle()
    kinds = [kind for kind, _ in hub.blobs.blobs]
    assert Container.UPLOADS not in kinds
    assert (Container.QUARANTINE in kinds) is ("deep" not in name)


async def test_a_file_for_a_published_project_is_quarantined_and_audited(hub, presenter, project):
    store = await hub.store()
    kept = await store.get(Project, project["id"])
    await store.commit(Write(kept.id).replace(kept.with_(status="published", published_at=hub.clock.now())))
    await hub.put(f"default/{project['id']}/a.pdf", PDF)
    await hub.settle()
    (job,) = await jobs_of(presenter)
    assert (job["status"], job["error"]["code"]) == ("failed", "upload.project_state")
    source = (await store.query(Source)).items[0]
    quarantined = [name for kind, name in hub.blobs.blobs if kind is Container.QUARANTINE]
    assert quarantined == [f"default/{project['id']}/{source.id}"]
    logs = await (await hub.the(Role.ADMIN)).get("/v1/admin/audit/logs", _filter="action eq 'SourceQuarantined'")
    assert [(entry["subject"], entry["actor"]) for entry in logs["value"]] == [
        (f"source/{source.id}", presenter.user.id)
    ]


async def test_a_file_put_before_the_submission_follows_the_project_to_review(hub, presenter, project):
    await hub.readable(PDF, PLACELESS)
    name = f"default/{project['id']}/a.pdf"
    await hub.blobs.put(Container.UPLOADS, name, PDF)
    hub.clock.advance(1)
    await presenter.post(f"/v1/projects/{project['id']}/submit")
    await hub.settle()
    hub.clock.advance(1)
    await hub.receive(name)
    await hub.settle()
    (job,) = await jobs_of(presenter)
    assert job["status"] == "succeeded"
    assert (await presenter.get(f"/v1/knowledge/{job['artifactId']}"))["status"] == "review"


@pytest.mark.parametrize("name", ["a.pdf", "default/a.pdf"])
async def test_what_lies_at_no_projects_place_is_left_alone(hub, name):
    await hub.put(name, PDF)
    await hub.reconcile()
    assert (Container.UPLOADS, name) in hub.blobs.blobs


async def test_the_timer_finds_what_no_trigger_saw_once_it_is_old_enough(hub, presenter, project):
    await hub.readable(PDF, PLACELESS)
    await hub.blobs.put(Container.UPLOADS, f"default/{project['id']}/a.pdf", PDF)
    await hub.reconcile()
    assert await jobs_of(presenter) == []
    hub.clock.advance(minutes=3)
    await hub.reconcile()
    await hub.settle()
    assert [job["status"] for job in await jobs_of(presenter)] == ["succeeded"]


async def test_an_upload_of_a_cancelled_job_is_not_read(hub, presenter, project):
    address = await presenter.post(f"/v1/projects/{project['id']}/uploads", {"fileName": "a.pdf", "size": len(PDF)})
    await presenter.post(f"/v1/jobs/{address['jobId']}/cancel")
    await hub.put(uploaded_name(address), PDF)
    await hub.settle()
    assert (await presenter.get(f"/v1/jobs/{address['jobId']}"))["status"] == "cancelled"
    assert hub.durable.started == []


OTHER = PDF.replace(b"a file", b"a life")


def replacing(hub, before, name):
    """Let another version take an upload's place at the moment before it is first downloaded or deleted."""
    turns = iter([True])

    async def called(container, *given, **named):
        if container is Container.UPLOADS and next(turns, False):
            await hub.blobs.put(Container.UPLOADS, name, OTHER)
        return await getattr(type(hub.blobs), before)(hub.blobs, container, *given, **named)

    setattr(hub.blobs, before, called)


async def an_upload(hub, way):
    """The name of an upload that no trigger has seen, of two versions that can be read."""
    for data in (PDF, OTHER):
        await hub.readable(data, PLACELESS)
    project = await hub.project()
    name = f"default/{project['id']}/a.pdf"
    if way == "prepared":
        body = {"fileName": "a.pdf", "size": len(PDF)}
        presenter = await hub.the(Role.PRESENTER)
        name = uploaded_name(await presenter.post(f"/v1/projects/{project['id']}/uploads", body))
    await hub.blobs.put(Container.UPLOADS, name, PDF)
    return name


async def later(hub, minutes, tenant="default"):
    """Let time pass beyond the life of the presenter's token, who gets another."""
    hub.clock.advance(minutes=minutes)
    presenter = await hub.the(Role.PRESENTER, tenant)
    presenter.headers = hub.app.bearer(presenter.user, tenant)


async def versions_taken(hub):
    """The versions that were taken in, each of whose jobs has succeeded; no other job may be open by now."""
    hub.clock.advance(minutes=3)
    await hub.reconcile()
    await later(hub, 21)
    await hub.reconcile()
    await hub.settle()
    jobs = {job["jobId"]: job for job in await jobs_of(await hub.the(Role.PRESENTER))}
    kept = [source async for source in every(await hub.store(), Source) if source.status is SourceStatus.RECEIVED]
    states = {jobs.pop(source.job_id)["status"] for source in kept}
    assert states == {"succeeded"}
    assert all(job["error"]["code"] in {"upload.missing", "upload.second"} for job in jobs.values())
    assert Container.UPLOADS not in [container for container, _ in hub.blobs.blobs]
    named = {sha256(data).hexdigest(): data for data in (PDF, OTHER)}
    return {named[source.sha256] for source in kept}


@pytest.mark.parametrize(
    ("way", "before", "versions"),
    [
        ("prepared", "download", {OTHER}),
        ("prepared", "delete", {PDF}),
        ("direct", "download", {OTHER}),
        ("direct", "delete", {PDF, OTHER}),
    ],
)
async def test_a_version_put_while_the_one_before_is_taken_in_is_not_lost_but_an_address_takes_one(
    hub, way, before, versions
):
    name = await an_upload(hub, way)
    replacing(hub, before, name)
    await hub.receive(name)
    await hub.receive(name)
    assert await versions_taken(hub) == versions
    assert {job["fileName"] for job in await jobs_of(await hub.the(Role.PRESENTER))} == {"a.pdf"}


@pytest.mark.parametrize("way", ["prepared", "direct"])
@pytest.mark.parametrize("before", ["download", "delete", "the next try"])
async def test_after_a_crash_at_any_call_the_newer_version_is_not_lost_but_an_address_takes_one(
    tmp_path, way, before, monkeypatch
):
    at, crashed = 0, True
    while crashed:
        async with a_hub(tmp_path / str(at)) as hub:
            name = await an_upload(hub, way)
            if before != "the next try":
                replacing(hub, before, name)
            crash = CrashAt(at)
            with monkeypatch.context() as broken:
                crash.install(broken)
                with suppress(Crash):
                    await hub.receive(name)
            if before == "the next try":
                await hub.blobs.put(Container.UPLOADS, name, OTHER)
            taken = await versions_taken(hub)
            assert (OTHER in taken) if way == "direct" else (len(taken) == 1), (at, taken)
        at, crashed = at + 1, crash.happened
    assert at >= 3


async def test_a_version_that_lost_the_race_claims_its_bytes_for_nobody(hub, presenter):
    """The newer version is taken in while the older is copied; then somebody else uploads the older one's bytes."""
    name = await an_upload(hub, "prepared")
    upload, turns = hub.blobs.upload, iter([True])

    async def slow(*given, **named):
        if next(turns, False):
            await hub.put(name, OTHER)
        return await upload(*given, **named)

    hub.blobs.upload = slow
    with pytest.raises(Stale):
        await hub.receive(name)
    project_id = name.split("/")[1]
    with pytest.raises(StillArriving):
        await hub.upload(project_id, PDF)
    assert await versions_taken(hub) == {PDF, OTHER}
    assert [job["status"] for job in await jobs_of(presenter)] == ["succeeded", "succeeded"]


async def test_a_straight_upload_over_one_that_was_taken_in_is_a_source_of_its_own(hub, presenter, project):
    for data in (PDF, OTHER):
        await hub.readable(data, PLACELESS)
        await hub.put(f"default/{project['id']}/my paper.pdf", data)
    await hub.settle()
    assert [(job["fileName"], job["status"]) for job in await jobs_of(presenter)] == [("my paper.pdf", "succeeded")] * 2


@pytest.mark.parametrize("why", ["upload.empty", "upload.missing"])
async def test_a_good_file_that_comes_after_all_lets_its_job_begin_again(hub, presenter, project, why):
    await hub.readable(PDF, PLACELESS)
    body = {"fileName": "a.pdf", "size": len(PDF)}
    address = await presenter.post(f"/v1/projects/{project['id']}/uploads", body)
    if why == "upload.empty":
        await hub.put(uploaded_name(address), b"")
    else:
        await later(hub, 21)
        await hub.reconcile()
    path = f"/v1/jobs/{address['jobId']}"
    failed = await presenter.get(path)
    assert (failed["status"], failed["error"]["code"]) == ("failed", why)
    await hub.settle()
    await hub.put(uploaded_name(address), PDF)
    await hub.settle()
    done = await presenter.get(path)
    assert (done["status"], done["attempt"], done["error"]) == ("succeeded", 2, None)
    assert len(await jobs_of(presenter)) == 1


async def test_a_job_whose_upload_never_comes_fails(hub, presenter, project):
    body = {"fileName": "a.pdf", "size": 9}
    address = await presenter.post(f"/v1/projects/{project['id']}/uploads", body)
    path = f"/v1/jobs/{address['jobId']}"
    await later(hub, 20)
    await hub.reconcile()
    assert (await presenter.get(path))["status"] == "queued"
    hub.clock.advance(1)
    await hub.reconcile()
    failed = await presenter.get(path)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "upload.missing")
    await presenter.post(f"{path}/retry")
    await hub.settle()
    again = await presenter.get(path)
    assert (again["status"], again["error"]["code"]) == ("failed", "upload.missing")
    assert "ask for an upload address" in again["error"]["detail"]


async def test_uploads_that_never_come_are_found_in_every_tenant(hub):
    project = await hub.project(tenant="other")
    presenter = await hub.the(Role.PRESENTER, "other")
    await presenter.post(f"/v1/projects/{project['id']}/uploads", {"fileName": "a.pdf", "size": 9})
    await later(hub, 21, "other")
    await hub.reconcile()
    assert [job["status"] for job in await jobs_of(presenter)] == ["failed"]


async def test_a_job_whose_file_has_come_is_left_alone_however_long_it_takes(hub, presenter, project):
    await hub.readable(PDF, PLACELESS)
    address = await hub.upload(project["id"], PDF)
    await later(hub, 21)
    await hub.reconcile()
    assert (await presenter.get(f"/v1/jobs/{address['jobId']}"))["status"] == "queued"
    await hub.settle()
    assert (await presenter.get(f"/v1/jobs/{address['jobId']}"))["status"] == "succeeded"


async def test_a_job_whose_file_lies_there_and_cannot_be_taken_in_waits_on(hub, presenter, project, monkeypatch):
    async def broken(*_, **__):
        raise ConnectionError

    body = {"fileName": "a.pdf", "size": len(PDF)}
    address = await presenter.post(f"/v1/projects/{project['id']}/uploads", body)
    await hub.blobs.put(Container.UPLOADS, uploaded_name(address), PDF)
    await hub.readable(PDF, PLACELESS)
    await later(hub, 21)
    with monkeypatch.context() as out:
        out.setattr(hub.blobs, "download", broken)
        await hub.reconcile()
    assert (await presenter.get(f"/v1/jobs/{address['jobId']}"))["status"] == "queued"
    await hub.reconcile()
    await hub.settle()
    assert (await presenter.get(f"/v1/jobs/{address['jobId']}"))["status"] == "succeeded"


async def test_two_triggers_at_once_make_one_job(hub, presenter, project):
    await hub.readable(PDF, PLACELESS)
    name = f"default/{project['id']}/a.pdf"
    await hub.blobs.put(Container.UPLOADS, name, PDF)
    await asyncio.gather(hub.receive(name), hub.receive(name), hub.receive(name), return_exceptions=True)
    await hub.receive(name)
    await hub.settle()
    assert [job["status"] for job in await jobs_of(presenter)] == ["succeeded"]
    assert len(hub.durable.started) == 1


@pytest.mark.parametrize("way", ["prepared", "direct", "duplicate", "refused", "quarantined"])
async def test_after_a_crash_at_any_call_receiving_again_ends_the_same(tmp_path, way, monkeypatch):
    """Every call on store and blobs fails once, one after the other."""
    ends, at = set(), 0
    while True:
        async with a_hub(tmp_path / str(at)) as hub:
            name = await prepared(hub, way)
            crash = CrashAt(at)
            with monkeypatch.context() as broken:
                crash.install(broken)
                with suppress(Crash):
                    await hub.receive(name)
            hub.clock.advance(minutes=3)
            await hub.reconcile()
            await hub.settle()
            ends.add(await end_state(hub))
            if not crash.happened:
                break
        at += 1
    assert at >= 4
    assert len(ends) == 1, ends


async def prepared(hub, way):
    await hub.readable(PDF, PLACELESS)
    project = await hub.project()
    presenter = await hub.the(Role.PRESENTER)
    if way == "direct":
        name = f"default/{project['id']}/a.pdf"
    else:
        if way == "duplicate":
            await hub.upload(project["id"], PDF)
            await hub.settle()
        address = await presenter.post(f"/v1/projects/{project['id']}/uploads", {"fileName": "a.pdf", "size": len(PDF)})
        name = uploaded_name(address)
    if way == "refused":
        await presenter.post(f"/v1/projects/{project['id']}/submit")
        hub.clock.advance(1)
    if way == "quarantined":
        name = "default/proj_unknown/a.pdf"
    await hub.blobs.put(Container.UPLOADS, name, PDF)
    return name


async def end_state(hub):
    presenter = await hub.the(Role.PRESENTER)
    jobs = await jobs_of(presenter)
    store = await hub.store()
    sources = [source.status for source in (await store.query(Source)).items]
    blobs = sorted(
        kind for kind, _ in hub.blobs.blobs if kind in (Container.UPLOADS, Container.SOURCES, Container.QUARANTINE)
    )
    artifacts = len({job["artifactId"] for job in jobs if job["artifactId"]})
    states = tuple(sorted((job["status"], (job["error"] or {}).get("code", "")) for job in jobs))
    return states, tuple(sorted(sources)), tuple(blobs), artifacts, len(hub.durable.started)


async def test_the_real_reader_takes_the_sample_in(hub, presenter, project):
    address = await hub.upload(project["id"], PAPER.read_bytes())
    await hub.settle()
    job = await presenter.get(f"/v1/jobs/{address['jobId']}")
    assert job["status"] == "succeeded", job["error"]
    artifact = await presenter.get(f"/v1/knowledge/{job['artifactId']}")
    assert artifact["pagesRendered"]
    supported = next(one for one in artifact["statements"] if one["supported"])
    evidence = await presenter.get(f"/v1/knowledge/{artifact['id']}/evidence/{supported['evidence'][0]['n']}")
    assert (await presenter.ask("GET", evidence["pageImage"])).content.startswith(b"\x89PNG")
    assert (await (await hub.store()).get(Source, address["sourceId"])).status is SourceStatus.RECEIVED


async def test_a_path_makes_no_tenant(hub, presenter):
    await hub.put("nobodys/proj_x/paper.pdf", PDF)
    known = [tenant async for tenant in every(await hub.store("system"), KnownTenant)]
    assert "nobodys" not in [tenant.id for tenant in known]
    assert [container for container, _ in hub.blobs.blobs] == ["quarantine"]
