"""The audit over HTTP, and its queue trigger."""

import csv
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import azure.functions as func
import pytest

from blueprints import audit
from shared.access import Role
from shared.domains.audit.model import AuditEntry, Fact, Message
from shared.platform.queues import Queue
from shared.platform.store import Write
from tests.application import Application, running
from tests.fake_storage import MemoryBlobs, MemoryQueues

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Application]:
    async with running(tmp_path, [audit.api.blueprint]) as application:
        application.platform._open |= {"blobs": MemoryBlobs(), "queues": MemoryQueues()}
        yield application


def a_fact(number: int, **fields) -> Fact:
    given = {"actor": "usr_1", "action": "EventCreated", "subject": f"event/{number}", "tenant": "default"}
    return Fact.model_validate({"eventId": f"e-{number}", "at": NOW + timedelta(seconds=number), **given, **fields})


async def written(*facts: Fact) -> None:
    await audit.write_audit(func.QueueMessage(body=Message(facts=facts).model_dump_json(by_alias=True).encode()))


async def test_what_the_queue_brings_is_listed_newest_first(app):
    await written(a_fact(1), a_fact(2), a_fact(3, tenant="other"))
    answer = await app.client.get("/v1/admin/audit/logs", headers=await app.signed_in(Role.ADMIN))
    assert answer.status_code == 200, answer.text
    assert answer.json()["@odata.count"] == 2
    assert [entry["subject"] for entry in answer.json()["value"]] == ["event/2", "event/1"]


async def test_a_message_that_comes_twice_is_written_once(app):
    await written(a_fact(1))
    await written(a_fact(1))
    answer = await app.client.get("/v1/admin/audit/logs", headers=await app.signed_in(Role.ADMIN))
    assert answer.json()["@odata.count"] == 1


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("actor eq 'usr_2'", ["event/2"]),
        ("action eq 'EventCreated' and at ge 2026-01-01T00:00:03Z", ["event/3"]),
        ("outcome eq 'refused'", []),
    ],
)
async def test_logs_are_filtered_by_who_what_and_when(app, asked, found):
    await written(a_fact(1), a_fact(2, actor="usr_2"), a_fact(3))
    answer = await app.client.get(
        "/v1/admin/audit/logs", params={"$filter": asked}, headers=await app.signed_in(Role.ADMIN)
    )
    assert [entry["subject"] for entry in answer.json()["value"]] == found, answer.text


async def test_a_table_can_be_had_and_is_audited_itself(app):
    await written(a_fact(1, actor="=cmd()"), a_fact(2))
    answer = await app.client.get("/v1/admin/audit/logs.csv", headers=await app.signed_in(Role.ADMIN))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    first, second = csv.DictReader(answer.text.splitlines())
    assert (first["actor"], first["at"], second["subject"]) == ("'=cmd()", "2026-01-01T00:00:01.000000Z", "event/2")
    (message,) = (await app.platform.queues()).take(Queue.AUDIT_WRITES)
    (fact,) = Message.model_validate_json(message).facts
    assert (fact.action, fact.details) == ("AuditExported", {"count": 2, "format": "csv"})


async def test_verifying_finds_a_forged_entry(app):
    await written(a_fact(1), a_fact(2))
    headers = await app.signed_in(Role.ADMIN)
    assert (await app.client.get("/v1/admin/audit/verify", headers=headers)).json()["valid"] is True
    store = await app.store()
    entry = (await store.query(AuditEntry)).items[0]
    await store.commit(Write(entry.aggregate_id).put(entry.with_(actor="usr_9")))
    found = (await app.client.get("/v1/admin/audit/verify", headers=headers)).json()
    assert found["valid"] is False
    assert found["faults"][0]["what"] == "edited"


@pytest.mark.parametrize("path", ["logs", "logs.csv", "verify"])
async def test_only_administrators_see_the_audit(app, path):
    headers = await app.signed_in(Role.ORGANIZER, Role.MODERATOR, Role.REVIEWER)
    assert (await app.client.get(f"/v1/admin/audit/{path}", headers=headers)).status_code == 403
    assert (await app.client.get(f"/v1/admin/audit/{path}")).status_code == 401
