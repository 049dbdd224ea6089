"""Sources read again by a better reader."""

from hashlib import sha256

import pytest

from shared.access import Role
from shared.domains.sources.documents import _pack
from shared.platform import readers
from shared.platform.blobs import Container
from tests.hub import PLACELESS

PDF = b"%PDF-1.7\n%a file that is not opened, because its documents are there\n%%EOF\n"
NEXT = readers.READER + 1
BETTER = PLACELESS.model_copy(update={"reader": NEXT, "title": "What the better reader found"})


@pytest.fixture
async def presenter(hub):
    return await hub.the(Role.PRESENTER)


@pytest.fixture
async def read(hub, presenter):
    """An artifact of the first reader."""
    project = await hub.project()
    await hub.readable(PDF, PLACELESS)
    address = await hub.upload(project["id"], PDF)
    await hub.settle()
    job = await presenter.get(f"/v1/jobs/{address['jobId']}")
    return await presenter.get(f"/v1/knowledge/{job['artifactId']}")


@pytest.fixture
async def better(hub, read, monkeypatch):
    """From now on there is a better reader."""
    monkeypatch.setattr(readers, "READER", NEXT)
    name = f"default/{sha256(PDF).hexdigest()}/document-{NEXT}.json.gz"
    await hub.blobs.put(Container.EVIDENCE, name, _pack(BETTER))


@pytest.mark.usefixtures("better")
async def test_a_better_reader_replaces_the_draft_of_an_older_one_once(hub, presenter, read):
    path = f"/v1/knowledge/{read['id']}"
    first, again = [await presenter.post(f"{path}/reread", status=202) for _ in range(2)]
    assert first["jobId"] == again["jobId"] != read["jobId"]
    await hub.settle()
    job = await presenter.get(f"/v1/jobs/{first['jobId']}")
    assert (job["status"], job["error"], job["artifactId"]) == ("succeeded", None, read["id"])
    artifact = await presenter.get(path)
    assert (artifact["title"], artifact["status"], artifact["revision"], artifact["jobId"]) == (
        "What the better reader found", "draft", read["revision"] + 1, job["jobId"],
    )  # fmt: skip
    number = next(one for one in artifact["statements"] if one["supported"])["evidence"][0]["n"]
    evidence = await presenter.get(f"{path}/evidence/{number}")
    assert evidence["quotation"] in " ".join(evidence["text"].split())
    assert (await presenter.post(f"{path}/reread", status=409))["code"] == "source.read"


async def test_without_a_newer_reader_nothing_is_read_again(hub, presenter, read):
    problem = await presenter.post(f"/v1/knowledge/{read['id']}/reread", status=409)
    assert problem["code"] == "source.read"
    await hub.settle()
    assert len((await presenter.get("/v1/jobs"))["value"]) == 1


@pytest.mark.usefixtures("better")
@pytest.mark.parametrize("status", ["review", "approved"])
async def test_what_people_have_to_judge_or_have_judged_stays_as_it_is_with_its_document(hub, presenter, read, status):
    path = f"/v1/knowledge/{read['id']}"
    await presenter.patch(f"{path}/status", {"status": "review"})
    if status == "approved":
        await (await hub.the(Role.REVIEWER)).patch(f"{path}/status", {"status": "approved"})
    assert (await presenter.post(f"{path}/reread", status=409))["code"] == "artifact.state"
    number = next(one for one in read["statements"] if one["supported"])["evidence"][0]["n"]
    assert (await presenter.get(f"{path}/evidence/{number}"))["text"]


@pytest.mark.usefixtures("better")
async def test_a_draft_that_is_submitted_while_it_is_read_again_stays_and_the_job_says_why(hub, presenter, read):
    path = f"/v1/knowledge/{read['id']}"
    asked = await presenter.post(f"{path}/reread", status=202)
    await presenter.patch(f"{path}/status", {"status": "review"})
    await hub.settle()
    job = await presenter.get(f"/v1/jobs/{asked['jobId']}")
    assert (job["status"], job["error"]["code"]) == ("failed", "artifact.state")
    assert (await presenter.get(path))["title"] == read["title"]


@pytest.mark.usefixtures("better")
async def test_only_who_may_extract_from_the_project_has_its_sources_read_again(hub, read):
    path = f"/v1/knowledge/{read['id']}/reread"
    await (await hub.person(Role.REVIEWER)).post(path, status=403)
    await (await hub.person(Role.USER)).post(path, status=403)
    await (await hub.person(Role.PRESENTER)).post(path, status=403)
    await (await hub.person(Role.ORGANIZER)).post(path, status=202)
