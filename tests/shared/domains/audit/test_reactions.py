"""From a change in the store to an entry in the chain."""

import pytest

from shared.domains.audit.actions import write
from shared.domains.audit.model import AuditEntry, Message
from shared.domains.audit.queries import verify
from shared.domains.audit.reactions import CONSUMERS, put_down, refused
from shared.platform import opened
from shared.platform.opened import Platform
from shared.platform.queues import Queue
from shared.platform.store import Change, Origin, Write
from shared.settings import Settings
from tests.fake_storage import MemoryBlobs, MemoryQueues
from tests.fakes import FakeClock
from tests.shared.domains.audit.auditor import AUDITOR
from tests.shared.domains.audit.test_facts import Refused


@pytest.fixture
async def platform(tmp_path):
    chosen = Platform(Settings(hosting="local", jwt_secret="x" * 32, data_dir=tmp_path), FakeClock())
    chosen._open["queues"] = MemoryQueues()
    opened.use(chosen)
    yield chosen
    opened.use(None)
    await chosen.close()


async def test_every_change_is_audited_once_however_often_it_is_delivered(platform):
    stores, blobs = await platform.stores(), MemoryBlobs()
    store = stores.open("t", Origin("usr_1", "corr", None, "192.0.2.1"))
    await store.commit(Write("evt_1").change("EventCreated", "event/evt_1").change("EventPublished", "event/evt_1"))
    changes = (await store.query(Change)).items
    for change in (*changes, *changes):
        await put_down(store, change)
    messages = (await platform.queues()).take(Queue.AUDIT_WRITES)
    assert len(messages) == 4
    for message in reversed(messages):
        await write(stores, blobs, message)
    entries = (await store.query(AuditEntry)).items
    assert {(entry.action, entry.actor, entry.correlation_id) for entry in entries} == {
        ("EventCreated", "usr_1", "corr"),
        ("EventPublished", "usr_1", "corr"),
    }
    assert {entry.event_id for entry in entries} == {change.event_id for change in changes}
    assert (await verify(store, AUDITOR, blobs)).valid


async def test_the_surfaces_hook_records_a_refusal(platform):
    await refused(platform, Refused(address="192.0.2.99"))
    (message,) = (await platform.queues()).take(Queue.AUDIT_WRITES)
    assert Message.model_validate_json(message).facts[0].tenant == "system"


def test_the_audit_hears_of_everything_from_the_start():
    (audit,) = CONSUMERS
    assert audit.types is None
    assert audit.from_start
