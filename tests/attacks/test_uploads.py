"""Hostile and hopeless files, and odd names among the uploads: each ends plainly, and nothing else is affected."""

from dataclasses import replace
from uuid import uuid4

import httpx
import pytest

from shared.access import Role
from shared.clock import Clock
from shared.platform.blobs import Container, Obstacle
from shared.platform.blobs.azure import open_blobs
from shared.settings import Settings
from tests.factories import a_document
from tests.hub import PLACELESS, uploaded_name

PDF = b"%PDF-1.7\n%a file that is not opened, because its document is there\n%%EOF\n"
HELLO = a_document().model_copy(update={"text": "Hello, world", "sections": (), "lines": (), "pages": ()})


@pytest.fixture
async def presenter(hub):
    return await hub.the(Role.PRESENTER)


@pytest.fixture
async def project(hub):
    return await hub.project()


async def only_job(presenter):
    (job,) = (await presenter.get("/v1/jobs"))["value"]
    return job


async def test_a_file_of_a_few_words_says_so(hub, presenter, project):
    greeting = PDF + b"% hello"
    await hub.readable(greeting, HELLO)
    await hub.upload(project["id"], greeting)
    await hub.settle()
    job = await only_job(presenter)
    assert (job["status"], job["error"]["code"], job["attempt"]) == ("failed", "upload.no_prose", 1)


async def test_a_kind_that_nobody_reads_is_told_apart_from_a_fault_of_ours(hub, presenter, project):
    await hub.readable(PDF, PLACELESS)
    await hub.put(f"default/{project['id']}/a.pdf", PDF, sourcetype="talk")
    await hub.settle()
    job = await only_job(presenter)
    assert (job["status"], job["error"]["code"]) == ("failed", "upload.unsupported")


async def test_a_name_that_nothing_can_take_in_holds_up_no_other_upload(hub, presenter, project):
    await hub.readable(PDF, PLACELESS)
    for name in ("/nobody/a.pdf", f"default/{project['id']}/a.pdf"):
        await hub.blobs.put(Container.UPLOADS, name, PDF)
    hub.clock.advance(minutes=5)
    await hub.reconcile()
    await hub.settle()
    job = await only_job(presenter)
    assert (job["status"], job["error"]) == ("succeeded", None)


GIGABYTES = 3 << 30


class Undownloaded(Exception):
    """Somebody read what must not be read."""


@pytest.fixture
def unread(hub, monkeypatch):
    """Uploads are looked at and removed, never downloaded."""

    async def download(container, *_, **__):
        raise Undownloaded(container)

    monkeypatch.setattr(hub.blobs, "download", download)


async def address_for(person, project):
    body = {"fileName": "a.pdf", "size": len(PDF)}
    return await person.post(f"/v1/projects/{project['id']}/uploads", body, status=201)


async def ended(person, address):
    job = await person.get(f"/v1/jobs/{address['jobId']}")
    return job["status"], (job["error"] or {}).get("code")


def put(hub, name, data=PDF, **properties):
    """A blob with properties that only its account could give it."""
    hub.blobs._puts += 1

    async def kept():
        await hub.blobs.put(Container.UPLOADS, name, data)
        info, _ = hub.blobs.blobs[Container.UPLOADS, name]
        hub.blobs.blobs[Container.UPLOADS, name] = (replace(info, **properties), data)

    return kept()


def uploads_of(hub):
    return [name for container, name in hub.blobs.blobs if container is Container.UPLOADS]


OBSTACLES = {
    Obstacle.PAGES: "upload.not_a_block_blob",
    Obstacle.APPENDS: "upload.not_a_block_blob",
    Obstacle.LEASE: "upload.leased",
    Obstacle.ARCHIVE: "upload.archived",
    Obstacle.OWN_KEY: "upload.own_key",
}


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("way", ["address", "straight"])
@pytest.mark.parametrize("obstacle", Obstacle)
async def test_what_is_no_plain_block_blob_is_removed_unread_and_the_job_says_why(
    hub, presenter, project, way, obstacle
):
    address = await address_for(presenter, project) if way == "address" else None
    name = uploaded_name(address) if address else f"default/{project['id']}/a.pdf"
    await put(hub, name, obstacle=obstacle)
    await hub.receive(name)
    await hub.settle()
    job = await only_job(presenter)
    assert (job["status"], job["error"]["code"]) == ("failed", OBSTACLES[obstacle])
    assert (uploads_of(hub), hub.durable.started) == ([], [])


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize(
    ("size", "code"),
    [
        (len(PDF) - 1, "upload.size"),
        (len(PDF) + 1, "upload.size"),
        (0, "upload.empty"),
        (GIGABYTES, "upload.too_large"),
    ],
)
async def test_a_file_of_another_size_than_was_announced_is_removed_unread(hub, presenter, project, size, code):
    address = await address_for(presenter, project)
    await put(hub, uploaded_name(address), size=size)
    await hub.receive(uploaded_name(address))
    assert await ended(presenter, address) == ("failed", code)
    assert uploads_of(hub) == []


@pytest.mark.usefixtures("unread")
async def test_gigabytes_straight_into_storage_for_nobody_are_removed_unread(hub):
    await put(hub, "default/proj_unknown/a.pdf", size=GIGABYTES)
    await hub.receive("default/proj_unknown/a.pdf")
    assert hub.blobs.blobs == {}


@pytest.mark.parametrize("obstacle", Obstacle)
async def test_the_good_file_at_the_same_address_lets_the_job_begin_again(hub, presenter, project, obstacle):
    await hub.readable(PDF, PLACELESS)
    address = await address_for(presenter, project)
    await put(hub, uploaded_name(address), obstacle=obstacle)
    await hub.receive(uploaded_name(address))
    await hub.settle()
    await hub.put(uploaded_name(address), PDF)
    await hub.settle()
    assert await ended(presenter, address) == ("succeeded", None)


async def test_an_address_that_has_taken_its_file_takes_no_other(hub, presenter, project, monkeypatch):
    await hub.readable(PDF, PLACELESS)
    address = await address_for(presenter, project)
    await hub.put(uploaded_name(address), PDF)
    await hub.settle()
    with monkeypatch.context() as reading:
        reading.delattr(type(hub.blobs), "download")
        for data in (PDF.replace(b"a file", b"a life"), b"x", PDF):
            await hub.put(uploaded_name(address), data)
            await hub.settle()
    assert await ended(presenter, address) == ("succeeded", None)
    (second,) = [job for job in (await presenter.get("/v1/jobs"))["value"] if job["jobId"] != address["jobId"]]
    assert (second["status"], second["error"]["code"], uploads_of(hub)) == ("failed", "upload.second", [])


async def demote(hub, person):
    await (await hub.the(Role.ADMIN)).patch(f"/v1/admin/users/{person.user.id}/roles", {"roles": ["user"]})


async def disable(hub, person):
    await (await hub.the(Role.ADMIN)).patch(f"/v1/admin/users/{person.user.id}", {"disabled": True})


async def put_out_of_the_team(hub, person):
    (project,) = (await person.get("/v1/jobs"))["value"]
    await (await hub.the(Role.PRESENTER)).patch(f"/v1/projects/{project['projectId']}", {"team": []})


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("lose", [demote, disable, put_out_of_the_team])
async def test_who_may_no_longer_add_sources_has_nothing_read(hub, lose):
    mate = await hub.person(Role.PRESENTER, email="mate@example.org")
    project = await hub.project(team=["mate@example.org"])
    address = await address_for(mate, project)
    await lose(hub, mate)
    await hub.put(uploaded_name(address), PDF)
    await hub.settle()
    assert await ended(await hub.the(Role.ORGANIZER), address) == ("failed", "upload.forbidden")
    assert uploads_of(hub) == []


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("lose", [demote, disable])
async def test_a_straight_upload_counts_as_the_creators_who_may_no_longer(hub, presenter, project, lose):
    await lose(hub, presenter)
    await hub.put(f"default/{project['id']}/a.pdf", PDF)
    job = await only_job(await hub.the(Role.ORGANIZER))
    assert (job["status"], job["error"]["code"], uploads_of(hub)) == ("failed", "upload.forbidden", [])


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("way", ["address", "straight"])
async def test_what_comes_after_the_submission_is_removed_unread(hub, presenter, project, way):
    address = await address_for(presenter, project)
    name = uploaded_name(address) if way == "address" else f"default/{project['id']}/a.pdf"
    await presenter.post(f"/v1/projects/{project['id']}/submit")
    hub.clock.advance(1)
    await hub.put(name, PDF)
    codes = {(job["error"] or {}).get("code") for job in (await presenter.get("/v1/jobs"))["value"]}
    assert codes == ({"upload.project_state"} if way == "address" else {"upload.project_state", None})
    assert hub.blobs.blobs == {}


async def test_who_asked_for_the_address_is_the_actor_and_of_a_straight_upload_the_creator(hub, presenter):
    mate = await hub.person(Role.PRESENTER, email="mate@example.org")
    project = await hub.project(team=["mate@example.org"])
    await hub.readable(PDF, PLACELESS)
    await hub.put(uploaded_name(await address_for(mate, project)), PDF)
    await put(hub, f"default/{project['id']}/b.pdf", obstacle=Obstacle.PAGES)
    await hub.receive(f"default/{project['id']}/b.pdf")
    await hub.settle()
    logs = await (await hub.the(Role.ADMIN)).get("/v1/admin/audit/logs", **{"$top": 100})
    actors = {entry["action"]: entry["actor"] for entry in logs["value"]}
    assert (actors["SourceReceived"], actors["JobRequested"]) == (mate.user.id, mate.user.id)
    assert actors["UploadRefused"] == presenter.user.id


PAGES = {"x-ms-blob-type": "PageBlob", "x-ms-blob-content-length": str(GIGABYTES)}
APPENDS = {"x-ms-blob-type": "AppendBlob"}
BLOCKS = {"x-ms-blob-type": "BlockBlob"}
LEASE = {"x-ms-lease-action": "acquire", "x-ms-lease-duration": "-1"}


@pytest.fixture
async def stored(hub, azurite):
    """The hub on a real storage account, where uploads have real properties."""
    hub.clock.advance((Clock().now() - hub.clock.now()).total_seconds())  # the account's own clock decides
    settings = Settings(hosting="local", jwt_secret="x" * 32, azurewebjobsstorage=azurite)
    hub.blobs = hub.app.platform._open["blobs"] = await open_blobs(settings, hub.clock)
    return hub


@pytest.mark.parametrize(
    ("headers", "content", "leased", "code"),
    [
        (PAGES, b"", False, "upload.not_a_block_blob"),
        (PAGES, b"", True, "upload.not_a_block_blob"),
        (APPENDS, b"", False, "upload.not_a_block_blob"),
        (BLOCKS, PDF, True, "upload.leased"),
        (BLOCKS, PDF + b"\n", False, "upload.size"),
        ({**BLOCKS, "x-ms-access-tier": "Archive"}, PDF, False, "upload.archived"),
    ],
    ids=["pages", "leased pages", "appends", "lease", "size", "archive"],
)
async def test_whoever_holds_an_address_puts_only_what_was_announced(stored, headers, content, leased, code):
    tenant = f"t{uuid4().hex}"
    project = await stored.project(tenant=tenant)
    presenter = await stored.the(Role.PRESENTER, tenant)
    address = await address_for(presenter, project)
    url, version = address["uploadUrl"], {"x-ms-version": "2021-08-06"}
    async with httpx.AsyncClient() as client:
        answers = [await client.put(url, content=content, headers={**version, **headers})]
        if leased:
            answers.append(await client.put(f"{url}&comp=lease", headers={**version, **LEASE}))
    assert {answer.status_code for answer in answers} == {201}
    name = httpx.URL(url).path.partition("/uploads/")[2]
    await stored.receive(name)
    assert await ended(presenter, address) == ("failed", code)
    assert await stored.blobs.info(Container.UPLOADS, name) is None
