"""Every function of the app, invoked by Microsoft's worker library with what the host sends."""

import httpx
import pytest

from blueprints.surface import surface
from shared.access import Role
from tests.calls import journey
from tests.hub import PAPER, Json, Person
from tests.runtime.hub import WorkerHub

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_every_route_is_a_function_of_the_index(worker):
    assert {route.function_name for route in surface.routes} <= worker.functions.keys()


async def test_every_function_of_the_index_succeeds(hub):
    """Made from the index: a new function has to be reached by one of the journeys played here."""
    forwarding = hub.app.client._transport
    await journey(hub)
    hub.app.client._transport = forwarding
    await paper(hub)
    await broken(hub)
    await pages(hub)
    await hub.host.timers()
    worker = hub.host.worker
    assert sorted(worker.functions.keys() - worker.succeeded.keys()) == []


async def paper(hub: WorkerHub) -> None:
    """The main job: from an uploaded paper to what an attendee finds."""
    presenter, reviewer = await hub.the(Role.PRESENTER), await hub.the(Role.REVIEWER)
    organizer, attendee = await hub.the(Role.ORGANIZER), await hub.the(Role.USER)
    project = (await hub.project(title="Listening at night"))["id"]
    job = await uploaded(hub, presenter, project, PAPER.read_bytes())
    assert (job["status"], job["percent"], job["error"]) == ("succeeded", 100, None)
    artifact = await presenter.get(f"/v1/knowledge/{job['artifactId']}")
    assert len(artifact["claims"]) >= 3

    await presenter.post(f"/v1/projects/{project}/submit")
    await hub.settle()
    path = f"/v1/knowledge/{job['artifactId']}"
    evidence = await reviewer.get(f"{path}/evidence/1")
    picture = await reviewer.ask("GET", evidence["pageImage"])
    assert picture.content.startswith(b"\x89PNG")
    await reviewer.patch(f"{path}/status", {"status": "approved", "comment": "Well done."})
    await hub.settle()

    await organizer.post(f"/v1/projects/{project}/approve")
    await organizer.post(f"/v1/projects/{project}/publish")
    await hub.settle()
    summary = (await attendee.get(f"/v1/projects/{project}"))["publishedSummary"]
    assert summary["sentences"]
    assert all(sentence["evidence"] for sentence in summary["sentences"])
    found = (await attendee.get("/v1/knowledge/search", q="hydrophones in water pipes"))["results"]
    assert found[0]["projectId"] == project


async def broken(hub: WorkerHub) -> None:
    """A file that cannot be read fails its job."""
    presenter = await hub.the(Role.PRESENTER)
    project = (await hub.project(title="Broken"))["id"]
    job = await uploaded(hub, presenter, project, b"%PDF-1.7 and nothing that follows")
    assert job["status"] == "failed"


async def uploaded(hub: WorkerHub, presenter: Person, project: str, data: bytes) -> Json:
    """The job of a file put to the address that was asked for, once it has ended."""
    asked = {"fileName": "paper.pdf", "size": len(data)}
    address = await presenter.post(f"/v1/projects/{project}/uploads", asked, status=201)
    async with httpx.AsyncClient() as storage:
        put = await storage.put(address["uploadUrl"], content=data, headers={"x-ms-blob-type": "BlockBlob"})
        assert put.is_success, put.text
    await hub.settle()
    job: Json = await presenter.get(f"/v1/jobs/{address['jobId']}")
    return job


async def pages(hub: WorkerHub) -> None:
    """What touches no record."""
    nobody = Person(hub.app.client, (await hub.the(Role.USER)).user, {})
    assert (await nobody.get("/health"))["status"] == "healthy"
    assert (await nobody.get("/openapi.json"))["openapi"].startswith("3.1")
    assert "Event Hub" in (await nobody.ask("GET", "/docs")).text
    await nobody.get("/nowhere", status=404)
