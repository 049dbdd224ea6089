"""What dies in the hub is kept, seen, tried again and given up."""

from types import SimpleNamespace

import pytest

from shared.access import Role
from shared.clock import derived_id
from shared.domains.audit.facts import of_act
from shared.domains.audit.model import AuditEntry, Message
from shared.domains.dead_letters.model import DeadLetter
from shared.platform.queues import Queue
from shared.platform.store import Origin
from tests.hub import FUNCTIONS

PATH = "/v1/admin/dead-letters"


def a_message(hub, *tenants: str) -> str:
    facts = [of_act(hub.clock, tenant, Origin("usr_1"), "SignedIn", "user/usr_1") for tenant in tenants]
    return Message(facts=tuple(facts)).model_dump_json(by_alias=True)


async def die(text: str, dequeue_count: int = 1) -> None:
    """Let the trigger of the poison queue see a message."""
    message = SimpleNamespace(get_body=text.encode, dequeue_count=dequeue_count)
    await FUNCTIONS["bury_audit_writes"](message)


@pytest.fixture
async def admin(hub):
    return await hub.the(Role.ADMIN)


def test_every_queue_has_a_trigger_for_what_it_poisons():
    assert {f"bury_{queue.name.lower()}" for queue in Queue} <= set(FUNCTIONS)


async def test_a_message_that_ends_of_the_process_have_poisoned_is_handled_after_all(hub, admin):
    """Five of them count as five tries, and there is nothing wrong with the message."""
    await die(a_message(hub, "default"))
    logs = await admin.get("/v1/admin/audit/logs", _filter="action eq 'SignedIn'")
    assert logs["@odata.count"] == 1
    assert (await admin.get(PATH))["@odata.count"] == 0


async def test_what_still_fails_is_kept_by_tenant_with_its_error_until_it_is_replayed(hub, admin, monkeypatch):
    text = a_message(hub, "default", "other")

    async def broken(*_):
        raise ConnectionError("no chain")

    with monkeypatch.context() as failing:
        failing.setattr("shared.domains.audit.actions.append", broken)
        await die(text)
        await die(text)
    (letter,) = (await admin.get(PATH))["value"]
    assert (letter["source"], letter["error"]) == ("audit-writes", "ConnectionError: no chain")
    assert (await (await hub.the(Role.ADMIN, "other")).get(PATH))["@odata.count"] == 1
    assert (await admin.get(PATH, _filter="source eq 'changes'"))["value"] == []
    assert (await admin.ask("POST", f"{PATH}/{letter['id']}/replay")).status_code == 204
    await hub.settle()
    logs = await admin.get("/v1/admin/audit/logs", _filter="action eq 'SignedIn'")
    assert logs["@odata.count"] == 1
    assert (await admin.get(PATH))["value"] == []
    told = await admin.get("/v1/admin/audit/logs", _filter=f"subject eq 'dead_letter/{letter['id']}'")
    assert [(entry["action"], entry["actor"]) for entry in told["value"]] == [("DeadLetterReplayed", admin.user.id)]


async def test_a_message_whose_last_try_did_not_end_is_not_tried_again(hub, admin):
    await die(a_message(hub, "default"), dequeue_count=2)
    (letter,) = (await admin.get(PATH))["value"]
    assert letter["error"].startswith("Ended")
    assert (await admin.get("/v1/admin/audit/logs", _filter="action eq 'SignedIn'"))["value"] == []


@pytest.mark.parametrize("text", ["", "{", '{"facts": 1}', "\ufffd"])
async def test_a_message_that_nobody_can_read_goes_to_the_operators(hub, admin, text):
    await die(text)
    (letter,) = (await admin.get(PATH))["value"]
    assert letter["bytes"] == len(text.encode())
    assert letter["error"].startswith("ValidationError")


async def test_replaying_what_is_handled_already_has_no_second_effect(hub, admin):
    text = a_message(hub, "default")
    await die(text)
    await die(text, dequeue_count=2)
    (letter,) = (await admin.get(PATH))["value"]
    await admin.post(f"{PATH}/{letter['id']}/replay")
    await hub.settle()
    logs = await admin.get("/v1/admin/audit/logs", _filter="action eq 'SignedIn'")
    assert logs["@odata.count"] == 1
    assert (await hub.app.client.get("/v1/admin/audit/verify", headers=admin.headers)).json()["valid"]


async def test_a_dead_letter_is_dealt_with_once(hub, admin):
    letter = await hub.dead_letter()
    assert (await admin.ask("DELETE", f"{PATH}/{letter}")).status_code == 204
    for method, path in (("DELETE", f"{PATH}/{letter}"), ("POST", f"{PATH}/{letter}/replay")):
        answer = await admin.ask(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "dead_letter.not_found")
    assert hub.queues.take(Queue.AUDIT_WRITES) == []


async def test_a_change_that_a_consumer_could_not_take_is_a_dead_letter_too(hub, monkeypatch):
    """It holds the consumer back in its aggregate until it is replayed."""
    project = await hub.project()
    artifact = await hub.artifact(project["id"])

    async def down():
        raise ConnectionError("no index")

    with monkeypatch.context() as broken:
        broken.setattr(hub.app.platform, "search", down)
        await hub.settle()
        for _ in range(4):
            await hub.sweep()
    admin, presenter = await hub.person(Role.ADMIN), await hub.person(Role.PRESENTER)
    (letter,) = (await admin.get(PATH, _filter="source eq 'changes'"))["value"]
    assert (letter["consumer"], letter["aggregate"], letter["sequence"]) == ("search", artifact, 1)
    assert letter["error"] == "ConnectionError: no index"
    assert (await presenter.get("/v1/knowledge/search", q="accuracy"))["results"] == []
    await admin.post(f"{PATH}/{letter['id']}/replay")
    await hub.sweep()
    assert (await presenter.get("/v1/knowledge/search", q="accuracy"))["results"]
    assert (await admin.get(PATH))["value"] == []


async def test_a_consumer_goes_on_behind_a_change_that_is_discarded(hub, monkeypatch):
    project = await hub.project()

    def broken(_):
        raise ConnectionError

    with monkeypatch.context() as failing:
        failing.setattr("shared.domains.audit.reactions.of_change", broken)
        await hub.settle()
        for _ in range(4):
            await hub.sweep()
    admin = await hub.person(Role.ADMIN)
    letters = (await admin.get(PATH, _top=100))["value"]
    (letter,) = [each for each in letters if each["aggregate"] == project["id"]]
    await admin.ask("DELETE", f"{PATH}/{letter['id']}")
    await admin.patch(f"/v1/projects/{project['id']}", {"title": "Other"})
    await hub.sweep()
    store = await hub.store()
    assert await store.get(DeadLetter, letter["id"]) is None
    admin = await hub.person(Role.ADMIN)
    logs = await admin.get("/v1/admin/audit/logs", _filter=f"subject eq 'project/{project['id']}'")
    assert [entry["action"] for entry in logs["value"]] == ["ProjectUpdated"]


async def test_only_administrators_see_them(hub):
    organizer = await hub.the(Role.ORGANIZER)
    for method, path in (("GET", PATH), ("DELETE", f"{PATH}/x"), ("POST", f"{PATH}/x/replay")):
        assert (await organizer.ask(method, path)).status_code == 403


async def test_the_same_message_is_the_same_dead_letter(hub):
    letter = await hub.dead_letter()
    assert letter == derived_id("dead", "default", Queue.AUDIT_WRITES, '{"facts": []}')
    assert letter == await hub.dead_letter()
    assert await (await hub.store()).count(AuditEntry) == 0
