"""`kill -9` at any moment: everything goes on, once."""

import random
from functools import partial

from local.client import Client
from tests.journeys.hub import PAPER, Hub, quiet, until

KILLS = 10


def test_ten_extractions_survive_ten_kills(mortal_hub: Hub, tmp_path_factory) -> None:
    """All finish, once each; no artifact twice; the audit misses nothing and verifies."""
    hub, dice = mortal_hub, random.Random(7)
    papers = tmp_path_factory.mktemp("papers")
    presenter = hub.client("presenter")
    projects = [hub.project(f"Mortal {number}") for number in range(KILLS)]
    jobs = []
    for number, project in enumerate(projects):
        path = papers / f"{number}.pdf"
        path.write_bytes(PAPER.read_bytes() + b"\n%" + str(number).encode())
        jobs.append(presenter.upload(project, path, quiet))
    for _ in range(KILLS):
        hub.pause(dice.uniform(0.05, 1.5))
        hub.kill()
        hub.start()
    presenter = hub.client("presenter")
    ends = [presenter.wait(job, quiet) for job in jobs]
    assert [end["status"] for end in ends] == ["succeeded"] * KILLS
    artifacts = [presenter.get(f"/v1/projects/{project}/knowledge")["value"] for project in projects]
    assert [len(each) for each in artifacts] == [1] * KILLS
    admin = hub.client("admin")
    for end in ends:
        until(partial(wholly_audited, admin, end["jobId"]))
    assert admin.get("/v1/admin/audit/verify")["faults"] == []


def wholly_audited(admin: Client, job_id: str) -> bool:
    """Whether the turns of a job stand in the audit, in order, each once; its progress aside."""
    entries = admin.get("/v1/admin/audit/logs", **{"$filter": f"subject eq 'job/{job_id}'", "$top": 100})["value"]
    turns = [entry["action"] for entry in reversed(entries) if entry["action"] != "JobProgressed"]
    return turns == ["JobPrepared", "JobRequested", "JobStarted", "JobSucceeded"]
