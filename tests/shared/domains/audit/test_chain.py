"""The chain: written once whatever the queue does, and showing whatever is done to it."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domains.audit.actions import _append_all, append, write
from shared.domains.audit.facts import entry_id
from shared.domains.audit.model import (
    ANCHOR_EVERY,
    HEAD,
    AuditEntry,
    AuditHead,
    Checkpoint,
    Fact,
    Message,
    aggregate_of,
)
from shared.domains.audit.queries import verify
from shared.platform.blobs import Container
from shared.platform.store import Sort, Store, Stores, Write, every
from tests.fake_storage import MemoryBlobs
from tests.fakes import FakeClock
from tests.shared.domains.audit.auditor import AUDITOR
from tests.stores import open_stores

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
_tenants = count()


def a_fact(number: int, *, tenant: str = "t", at: datetime = START) -> Fact:
    return Fact(
        event_id=f"evt_{number}",
        tenant=tenant,
        at=at,
        actor="usr_1",
        action="EventCreated",
        subject=f"event/evt_{number}",
    )


def message(*facts: Fact) -> str:
    return Message(facts=facts).model_dump_json(by_alias=True)


async def entries(store: Store) -> list[AuditEntry]:
    found = [entry async for entry in every(store, AuditEntry)]
    return sorted(found, key=lambda entry: (entry.segment, entry.number))


async def head_of(store: Store, segment: str) -> AuditHead:
    head = await store.get(AuditHead, HEAD, aggregate_of(segment))
    assert head is not None
    return head


@pytest.fixture
async def stores(tmp_path) -> AsyncIterator[Stores]:
    opened = await open_stores(tmp_path, FakeClock())
    yield opened
    await opened.close()


@pytest.fixture
def blobs() -> MemoryBlobs:
    return MemoryBlobs()


async def test_entries_are_numbered_and_bound(stores, blobs):
    await write(stores, blobs, message(a_fact(1), a_fact(2)))
    await write(stores, blobs, message(a_fact(3)))
    first, second, third = await entries(stores.open("t"))
    assert [first.number, second.number, third.number] == [1, 2, 3]
    assert (second.previous, third.previous) == (first.hash, second.hash)
    assert (await verify(stores.open("t"), AUDITOR, blobs)).valid


async def test_an_empty_chain_is_valid(stores, blobs):
    assert (await verify(stores.open("t"), AUDITOR, blobs)).valid


async def test_tenants_have_chains_of_their_own(stores, blobs):
    await write(stores, blobs, message(a_fact(1), a_fact(2, tenant="u"), a_fact(3)))
    assert [entry.number for entry in await entries(stores.open("t"))] == [1, 2]
    assert [entry.number for entry in await entries(stores.open("u"))] == [1]


async def test_a_month_continues_the_one_before(stores, blobs):
    await write(stores, blobs, message(a_fact(1), a_fact(2, at=START + timedelta(days=1))))
    january, february = await entries(stores.open("t"))
    assert (january.segment, february.segment) == ("2026-01", "2026-02")
    head = await head_of(stores.open("t"), "2026-02")
    assert head.continues == Checkpoint(segment="2026-01", number=1, hash=january.hash)
    await write(stores, blobs, message(a_fact(3)))
    assert (await verify(stores.open("t"), AUDITOR, blobs)).valid


async def test_every_64th_entry_is_anchored_once_for_good(stores, blobs):
    await write(stores, blobs, message(*map(a_fact, range(200))))
    names = [info.name async for info in blobs.list(Container.AUDIT)]
    assert names == [f"t/2026-01/{number:012d}" for number in (64, 128, 192)]
    assert (await verify(stores.open("t"), AUDITOR, blobs)).anchors == 3


async def test_anchors_that_a_dead_writer_left_out_are_put_by_the_next(stores, blobs):
    await write(stores, blobs, message(*map(a_fact, range(130))))
    blobs.blobs.pop((Container.AUDIT, "t/2026-01/000000000128"))
    await write(stores, blobs, message(a_fact(130)))
    assert (await verify(stores.open("t"), AUDITOR, blobs)).anchors == 2


async def test_two_writers_at_once_lose_nothing(tmp_path, blobs):
    facts = list(map(a_fact, range(60)))
    one = await open_stores(tmp_path, FakeClock(seed=1))
    two = await open_stores(tmp_path, FakeClock(seed=2))
    halves = [(one, facts[:40]), (two, facts[20:])]
    await asyncio.gather(*(write(stores, blobs, message(fact)) for stores, half in halves for fact in half))
    assert sorted(entry.event_id for entry in await entries(one.open("t"))) == sorted(fact.event_id for fact in facts)
    assert (await verify(one.open("t"), AUDITOR, blobs)).valid
    await one.close()
    await two.close()


async def test_a_writer_that_is_overtaken_begins_anew(stores, blobs):
    store = stores.open("t")

    class Overtaken:
        """Lets another writer in before each of its first commits."""

        def __init__(self) -> None:
            self.left = 3

        def __getattr__(self, name):
            return getattr(store, name)

        async def commit(self, transaction):
            if self.left:
                self.left -= 1
                other = a_fact(100 + self.left)
                await _append_all(store, blobs, other.segment, [other])
            return await store.commit(transaction)

    assert await append(Overtaken(), blobs, "2026-01", [a_fact(1)]) == 1
    assert len(await entries(store)) == 4
    assert (await verify(store, AUDITOR, blobs)).valid


@given(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_duplicates_and_reordering_give_one_entry_each(stores, blobs, data):
    tenant = f"t{next(_tenants)}"
    numbers = data.draw(st.lists(st.integers(0, 12), min_size=1, max_size=30))
    facts = [a_fact(number, tenant=tenant, at=START + timedelta(days=number % 3)) for number in numbers]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(facts)), max_size=6)))
    for start, end in zip([0, *cuts], [*cuts, len(facts)], strict=True):
        await write(stores, blobs, message(*facts[start:end]))
    written = await entries(stores.open(tenant))
    assert sorted(entry.id for entry in written) == sorted({entry_id(fact.event_id) for fact in facts})
    assert (await verify(stores.open(tenant), AUDITOR, blobs)).valid


EDITS = [
    ("actor", "usr_2"),
    ("action", "Nothing"),
    ("at", START - timedelta(days=1)),
    ("outcome", "refused"),
    ("details", {"role": "admin"}),
    ("address", "10.0.0.1"),
]


async def edit(store: Store, chain: list[AuditEntry], chance: random.Random) -> None:
    """Change one field of one entry."""
    entry = chance.choice(chain)
    field, value = chance.choice(EDITS)
    await _put(store, entry.with_(**{field: value}))


async def edit_and_rehash(store: Store, chain: list[AuditEntry], chance: random.Random) -> None:
    """Change an entry, and give it the hash that it should have."""
    changed = chance.choice(chain).with_(actor="usr_2")
    await _put(store, changed.with_(hash=changed.digest(store.tenant)))


async def remove(store: Store, chain: list[AuditEntry], chance: random.Random) -> None:
    entry = chance.choice(chain)
    await store.commit(Write(entry.aggregate_id).delete(entry))


async def swap(store: Store, chain: list[AuditEntry], chance: random.Random) -> None:
    """Put two entries in each other's place."""
    one, two = chance.sample([entry for entry in chain if entry.segment == chain[0].segment], 2)
    await _put(store, one.with_(number=two.number, previous=two.previous))
    await _put(store, two.with_(number=one.number, previous=one.previous))


async def insert(store: Store, chain: list[AuditEntry], chance: random.Random) -> None:
    """Add an entry that nobody wrote."""
    last = chain[-1]
    forged = last.with_(id=entry_id("forged"), number=last.number + 1, previous=last.hash, event_id="forged", etag="")
    await store.commit(Write(last.aggregate_id).create(forged.with_(hash=forged.digest(store.tenant))))


async def cut_before_an_anchor(store: Store, chain: list[AuditEntry], chance: random.Random) -> None:
    """Cut the tail from before the first anchor on, and set the head back so that nothing shows in the store."""
    keep = chance.randrange(1, ANCHOR_EVERY)
    await _set_head(store, chain[keep - 1])
    for entry in chain[keep:]:
        if entry.segment == chain[0].segment:
            await store.commit(Write(entry.aggregate_id).delete(entry))


async def rewrite_from_before_an_anchor(store: Store, chain: list[AuditEntry], chance: random.Random) -> None:
    """Change an entry and compute all that follows anew, the head too."""
    first = chance.randrange(0, ANCHOR_EVERY)
    mine = [entry for entry in chain if entry.segment == chain[0].segment]
    previous = mine[first].previous
    for entry in mine[first:]:
        changed = entry.with_(previous=previous, actor="usr_2")
        previous = changed.digest(store.tenant)
        await _put(store, last := changed.with_(hash=previous))
    await _set_head(store, last)


async def remove_all(store: Store, chain: list[AuditEntry], chance: random.Random) -> None:
    """Make the whole first segment disappear."""
    segment = chain[0].segment
    for entry in chain:
        if entry.segment == segment:
            await store.commit(Write(entry.aggregate_id).delete(entry))
    head = await head_of(store, segment)
    await store.commit(Write(head.aggregate_id).delete(head))


async def _put(store: Store, entry: AuditEntry) -> None:
    await store.commit(Write(entry.aggregate_id).put(entry))


async def _set_head(store: Store, last: AuditEntry) -> None:
    head = await head_of(store, last.segment)
    await store.commit(Write(last.aggregate_id).put(head.with_(number=last.number, hash=last.hash)))


TAMPERINGS = [
    edit,
    edit_and_rehash,
    remove,
    swap,
    insert,
    cut_before_an_anchor,
    rewrite_from_before_an_anchor,
    remove_all,
]


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
@given(seed=st.integers(0, 2**32), size=st.integers(ANCHOR_EVERY, 150))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_any_tampering_is_found(stores, blobs, tamper, seed, size):
    tenant, chance = f"t{next(_tenants)}", random.Random(seed)
    store = stores.open(tenant)
    later = [a_fact(1000 + n, tenant=tenant, at=START + timedelta(days=5)) for n in range(3)]
    await write(stores, blobs, message(*(a_fact(n, tenant=tenant) for n in range(size)), *later))
    assert (await verify(store, AUDITOR, blobs)).valid
    await tamper(store, await entries(store), chance)
    assert not (await verify(store, AUDITOR, blobs)).valid


async def test_verifying_says_where(stores, blobs):
    await write(stores, blobs, message(*map(a_fact, range(10))))
    store = stores.open("t")
    chain = await entries(store)
    await _put(store, chain[4].with_(actor="usr_2"))
    found = await verify(store, AUDITOR, blobs)
    assert [(fault.segment, fault.number, fault.what) for fault in found.faults] == [("2026-01", 5, "edited")]
    await _put(store, chain[4])
    await store.commit(Write(chain[6].aggregate_id).delete(chain[6]))
    found = await verify(store, AUDITOR, blobs)
    assert [(fault.number, fault.what) for fault in found.faults] == [(7, "missing")]


async def test_an_entry_of_another_tenant_does_not_pass(stores, blobs):
    await write(stores, blobs, message(a_fact(1), a_fact(1, tenant="u")))
    foreign = (await entries(stores.open("u")))[0]
    await _put(stores.open("t"), foreign)
    assert not (await verify(stores.open("t"), AUDITOR, blobs)).valid


async def test_heads_go_on_after_a_restart(tmp_path, blobs):
    for number in range(3):
        stores = await open_stores(tmp_path, FakeClock(seed=number))
        await write(stores, blobs, message(a_fact(number)))
        assert (await verify(stores.open("t"), AUDITOR, blobs)).entries == number + 1
        await stores.close()


async def test_logs_are_in_order_of_time(stores, blobs):
    await write(stores, blobs, message(a_fact(2, at=START + timedelta(seconds=1)), a_fact(1)))
    page = await stores.open("t").query(AuditEntry, order=(Sort("at"),))
    assert [entry.event_id for entry in page.items] == ["evt_1", "evt_2"]


@pytest.mark.parametrize("number", [64, 128, 192])
async def test_an_anchor_that_is_missing_is_found_up_to_the_heads_number(stores, number):
    store, blobs = stores.open("t"), MemoryBlobs()
    await write(stores, blobs, message(*map(a_fact, range(200))))
    assert (await verify(store, AUDITOR, blobs)).valid
    (name,) = [name for _, name in blobs.blobs if name.endswith(f"/{number:012d}")]
    del blobs.blobs[Container.AUDIT, name]
    (fault,) = (await verify(store, AUDITOR, blobs)).faults
    assert (fault.what, fault.number) == ("unanchored", number)


class Growing:
    """A store to which something is written each time a page has been read."""

    def __init__(self, store, grow):
        self._store, self._grow = store, grow

    def __getattr__(self, name):
        return getattr(self._store, name)

    async def query(self, *asked, **how):
        page = await self._store.query(*asked, **how)
        await self._grow()
        return page


async def test_a_chain_that_grows_while_it_is_verified_is_valid(stores, blobs):
    facts = count(1)

    async def grow():
        await write(stores, blobs, message(*[a_fact(next(facts)) for _ in range(ANCHOR_EVERY - 1)]))

    await grow()
    found = await verify(Growing(stores.open("t"), grow), AUDITOR, blobs)
    assert found.faults == ()
    assert found.entries >= ANCHOR_EVERY - 1


async def test_an_entry_beyond_its_head_is_found(stores, blobs):
    await write(stores, blobs, message(a_fact(1)))
    store = stores.open("t")
    old = await head_of(store, "2026-01")
    await write(stores, blobs, message(a_fact(2)))
    new = await head_of(store, "2026-01")
    await store.commit(Write(new.aggregate_id).replace(old.with_(etag=new.etag)))
    assert [fault.what for fault in (await verify(store, AUDITOR, blobs)).faults] == ["head"]
