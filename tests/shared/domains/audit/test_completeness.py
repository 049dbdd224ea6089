"""A fact that the queue lost is sent again until it is an entry, or a dead letter."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from shared.domains.audit.actions import write
from shared.domains.audit.completeness import AUDIT, GRACE, PATIENCE, complete
from shared.domains.audit.facts import of_change, packed
from shared.domains.audit.model import AuditEntry, AuditHead, Message
from shared.domains.audit.queries import verify
from shared.domains.audit.retention import retire_everywhere
from shared.domains.dead_letters.model import DeadLetter
from shared.platform.queues import MAX_BYTES, Queue
from shared.platform.store import Change, Stores, Write
from shared.platform.store.due import count_noted
from tests.counting import calls_of
from tests.fake_storage import MemoryBlobs, MemoryQueues
from tests.fakes import FakeClock
from tests.shared.domains.audit.auditor import AUDITOR
from tests.stores import open_stores


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def stores(tmp_path, clock) -> AsyncIterator[Stores]:
    opened = await open_stores(tmp_path, clock)
    yield opened
    await opened.close()


@pytest.fixture
def queues() -> MemoryQueues:
    return MemoryQueues()


@pytest.fixture
def blobs() -> MemoryBlobs:
    return MemoryBlobs()


async def happen(stores: Stores, tenant: str, *aggregates: str) -> None:
    for aggregate in aggregates:
        await stores.open(tenant).commit(Write(aggregate).change("EventCreated", f"event/{aggregate}"))


def facts(queues: MemoryQueues) -> list[str]:
    texts = queues.take(Queue.AUDIT_WRITES)
    return sorted(f"{fact.tenant} {fact.subject}" for text in texts for fact in Message.model_validate_json(text).facts)


async def deliver(stores, blobs, queues) -> None:
    for text in queues.take(Queue.AUDIT_WRITES):
        await write(stores, blobs, text)


async def test_what_is_missing_is_sent_again_in_few_messages_and_what_is_there_is_not(stores, queues, blobs, clock):
    await happen(stores, "a", *"xyz")
    await happen(stores, "b", "x")
    (known,) = (await stores.open("a").query(Change, aggregate="x")).items
    (message,) = packed([of_change(known)])
    await write(stores, blobs, message.model_dump_json(by_alias=True))
    assert await complete(stores, queues, 0) == 0
    clock.advance(GRACE.total_seconds())
    assert await complete(stores, queues, 0) == 3
    assert len(queues.messages[Queue.AUDIT_WRITES]) == 1
    await deliver(stores, blobs, queues)
    clock.advance(GRACE.total_seconds())
    assert await complete(stores, queues, 0) == 0
    assert await count_noted(stores, AUDIT) == 0
    assert await stores.open("a").count(AuditEntry) == 3
    assert (await verify(stores.open("a"), AUDITOR, blobs)).valid


async def test_a_fact_that_is_lost_again_is_sent_again_at_longer_and_longer_intervals(stores, queues, clock):
    await happen(stores, "a", "x")
    clock.advance(GRACE.total_seconds())
    sent = [await complete(stores, queues, 0)]
    for _ in range(12):
        clock.advance(GRACE.total_seconds())
        sent.append(await complete(stores, queues, 0))
    assert sum(sent) == 5
    assert facts(queues) == ["a event/x"] * 5


async def test_one_that_cannot_be_written_is_a_dead_letter_and_holds_up_no_other(stores, queues, blobs, clock):
    await happen(stores, "a", "x")
    clock.advance(GRACE.total_seconds())
    assert await complete(stores, queues, 0) == 1
    clock.advance((PATIENCE + timedelta(hours=1)).total_seconds())
    queues.take(Queue.AUDIT_WRITES)
    await happen(stores, "a", "y")
    clock.advance(GRACE.total_seconds())
    assert await complete(stores, queues, 0) == 1
    assert facts(queues) == ["a event/y"]
    (letter,) = (await stores.open("a").query(DeadLetter)).items
    assert letter.error.startswith("Lost")
    await write(stores, blobs, letter.body)
    assert await stores.open("a").count(AuditEntry) == 1


async def test_what_the_retention_has_taken_is_not_missed(stores, queues, blobs, clock):
    await happen(stores, "a", "x", "y")
    changes = (await stores.open("a").query(Change)).items
    (message,) = packed([of_change(change) for change in changes])
    await write(stores, blobs, message.model_dump_json(by_alias=True))
    clock.advance(days=100)
    assert await retire_everywhere(stores, 30) == 2
    assert await complete(stores, queues, 30) == 0
    assert await complete(stores, queues, 0) == 0
    assert (await stores.open("a").query(AuditHead)).items[0].retired


async def test_idle_tenants_cost_nothing(stores, queues, blobs, clock):
    """Neither the look for what is missing nor the retention, however many there are."""
    for number in range(40):
        await happen(stores, f"tenant-{number}", "x")
    clock.advance(GRACE.total_seconds())
    await complete(stores, queues, 0)
    await deliver(stores, blobs, queues)
    clock.advance(GRACE.total_seconds())
    assert await complete(stores, queues, 0) == 0
    with calls_of(stores) as calls:
        assert await complete(stores, queues, 0) == 0
        assert await retire_everywhere(stores, 30) == 0
    assert len(calls) < 8


async def test_many_large_facts_go_in_messages_that_a_queue_takes(stores):
    names = {f"field{number}": f"usr_{'0' * 36}" for number in range(60)}
    store = stores.open("a")
    for number in range(60):
        await store.commit(Write(f"x{number}").change("EventCreated", f"event/x{number}", names))
    changes = (await store.query(Change)).items
    messages = list(packed([of_change(change) for change in changes]))
    assert sum(len(message.facts) for message in messages) == 60
    assert max(len(message.model_dump_json(by_alias=True).encode()) for message in messages) <= MAX_BYTES
    assert 3 < len(messages) < 30


async def test_a_fact_of_any_change_fits_into_a_message(stores):
    ids = [f"usr_{number:036d}" for number in range(60)]
    data = {f"field{number}" + "x" * 80: ids for number in range(100)}
    await stores.open("a").commit(Write("x").change("EventCreated", "event/x", data))
    (change,) = (await stores.open("a").query(Change)).items
    (message,) = packed([of_change(change)])
    assert len(message.model_dump_json(by_alias=True).encode()) < MAX_BYTES / 2
