"""Hostile and hopeless files, and odd names among the uploads: each ends plainly, and nothing else is affected."""

import pytest

from shared.access import Role
from shared.platform.blobs import Container
from tests.factories import a_document
from tests.hub import PLACELESS

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
