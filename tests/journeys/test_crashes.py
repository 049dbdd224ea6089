"""`kill -9` at any moment: everything goes on, once."""

import random
from functools import partial

from local.client import Client
from tests.journeys.hub import Hub, until
from tests.journeys.kills import survive

KILLS = 10


def test_ten_extractions_survive_ten_kills(mortal_hub: Hub, tmp_path_factory) -> None:
    """All finish, once each; no artifact twice; the audit misses nothing and verifies.

    Sixty on a busy machine: `python -m tests.journeys.kills`.
    """
    outcome = survive(mortal_hub, tmp_path_factory.mktemp("papers"), papers=KILLS, kills=KILLS, dice=random.Random(7))
    assert outcome.jobs == {"succeeded": KILLS}
    assert outcome.artifacts == {1: KILLS}
    assert outcome.changes > KILLS
    assert outcome.missing == outcome.faults == []
    admin = mortal_hub.client("admin")
    jobs = mortal_hub.client("presenter").get("/v1/jobs", **{"$top": 100})["value"]
    assert len(jobs) == KILLS
    for job in jobs:
        until(partial(wholly_audited, admin, job["jobId"]))


def wholly_audited(admin: Client, job_id: str) -> bool:
    """Whether the turns of a job stand in the audit, in order, each once; its progress aside."""
    entries = admin.get("/v1/admin/audit/logs", **{"$filter": f"subject eq 'job/{job_id}'", "$top": 100})["value"]
    turns = [entry["action"] for entry in reversed(entries) if entry["action"] != "JobProgressed"]
    return turns == ["JobPrepared", "JobRequested", "JobStarted", "JobSucceeded"]
