"""Old months go, and the chain after them still holds."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from shared.domains.audit.actions import write
from shared.domains.audit.model import AuditEntry
from shared.domains.audit.queries import verify
from shared.domains.audit.retention import retire, retire_everywhere
from shared.platform.store import Stores, Write
from tests.fake_storage import MemoryBlobs
from tests.fakes import FakeClock
from tests.shared.domains.audit.auditor import AUDITOR
from tests.shared.domains.audit.test_chain import START, a_fact, head_of, message
from tests.stores import open_stores

LATER = START + timedelta(days=120)


@pytest.fixture
async def stores(tmp_path) -> AsyncIterator[Stores]:
    opened = await open_stores(tmp_path, FakeClock(LATER))
    yield opened
    await opened.close()


@pytest.fixture
async def blobs(stores) -> MemoryBlobs:
    """A chain of 100 old entries and two new ones."""
    filled = MemoryBlobs()
    new = [a_fact(1000 + n, at=LATER) for n in range(2)]
    await write(stores, filled, message(*map(a_fact, range(100)), *new))
    return filled


async def test_old_months_go_and_the_rest_still_verifies(stores, blobs):
    store = stores.open("t")
    assert await retire_everywhere(stores, 90) == 100
    assert await store.count(AuditEntry) == 2
    assert (await verify(store, AUDITOR, blobs, 90)).valid
    assert await retire(store, 90) == 0


async def test_nothing_goes_without_a_retention(stores, blobs):
    assert await retire_everywhere(stores, 0) == 0
    assert await stores.open("t").count(AuditEntry) == 102


async def test_what_went_before_its_time_is_found(stores, blobs):
    store = stores.open("t")
    await retire(store, 90)
    assert [fault.what for fault in (await verify(store, AUDITOR, blobs, 365)).faults] == ["cut"]
    assert not (await verify(store, AUDITOR, blobs)).valid


async def test_a_head_that_was_changed_after_retiring_is_found(stores, blobs):
    store = stores.open("t")
    await retire(store, 90)
    head = await head_of(store, "2026-01")
    await store.commit(Write(head.aggregate_id).put(head.with_(number=99)))
    assert not (await verify(store, AUDITOR, blobs, 90)).valid


async def test_a_replay_brings_nothing_back(stores, blobs):
    await retire(stores.open("t"), 90)
    assert await write(stores, blobs, message(*map(a_fact, range(100)))) == 0
    assert (await verify(stores.open("t"), AUDITOR, blobs, 90)).valid
