"""Writing the chain: facts become entries in one transaction with the head, and places become anchors."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from weakref import WeakKeyDictionary, WeakValueDictionary

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
    anchor_name,
    anchor_numbers,
    genesis,
)
from shared.domains.audit.retention import remember
from shared.platform.blobs import Blobs, Container
from shared.platform.store import AlreadyExists, Sort, Stale, Store, Stores, Write
from shared.platform.store.predicates import Compare, all_of, eq

BATCH = 90
"""Entries of one transaction, which holds the head too."""
TRIES = 50
"""How often a writer that others overtake begins anew."""

_turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
_remembered: WeakKeyDictionary[Stores, set[tuple[str, str]]] = WeakKeyDictionary()
"""The segments that this process has had remembered."""


async def write(stores: Stores, blobs: Blobs, text: str) -> int:
    """Write a queue message's facts into their tenants' chains; how many were new."""
    chains: dict[tuple[str, str], dict[str, Fact]] = defaultdict(dict)
    for fact in Message.model_validate_json(text).facts:
        chains[fact.tenant, fact.segment].setdefault(fact.event_id, fact)
    written = 0
    for (tenant, segment), facts in chains.items():
        await _remember(stores, tenant, segment)
        written += await append(stores.open(tenant), blobs, segment, list(facts.values()))
    return written


async def _remember(stores: Stores, tenant: str, segment: str) -> None:
    known = _remembered.setdefault(stores, set())
    if (tenant, segment) not in known:
        await remember(stores, tenant, segment)
        known.add((tenant, segment))


def parted(text: str) -> dict[str, str]:
    """A queue message as one for each tenant that it has facts of; raises ValueError when it is none."""
    by_tenant: dict[str, list[Fact]] = defaultdict(list)
    for fact in Message.model_validate_json(text).facts:
        by_tenant[fact.tenant].append(fact)
    return {tenant: Message(facts=tuple(facts)).model_dump_json(by_alias=True) for tenant, facts in by_tenant.items()}


async def append(store: Store, blobs: Blobs, segment: str, facts: Sequence[Fact]) -> int:
    """Append those of a segment's facts that are not in it yet; how many they were. A retired segment takes none."""
    turn = _turns.setdefault((store.tenant, segment), asyncio.Lock())
    written = 0
    for start in range(0, len(facts), BATCH):
        async with turn:
            written += await _append_all(store, blobs, segment, facts[start : start + BATCH])
    return written


async def _append_all(store: Store, blobs: Blobs, segment: str, facts: Sequence[Fact]) -> int:
    for attempt in range(TRIES):
        head = await store.get(AuditHead, HEAD, aggregate_of(segment))
        if head is not None and head.retired:
            return 0
        if head is not None:
            await anchor(store, blobs, head)
        fresh = [fact for fact in facts if not await _written(store, fact)]
        if not fresh:
            return 0
        before = head or await _opened(store, segment)
        entries, after = _linked(store.tenant, before, fresh)
        try:
            await store.commit(_transaction(head, after, entries))
        except (Stale, AlreadyExists):
            await store.clock.sleep(timedelta(milliseconds=min(2**attempt, 100)).total_seconds())
            continue
        await anchor(store, blobs, after)
        return len(entries)
    raise Stale(f"The audit chain of {store.tenant} was overtaken {TRIES} times.")


async def _written(store: Store, fact: Fact) -> bool:
    return await store.get(AuditEntry, entry_id(fact.event_id), aggregate_of(fact.segment)) is not None


async def _opened(store: Store, segment: str) -> AuditHead:
    """The head of a segment that begins: it continues where the newest earlier one stands."""
    earlier = Compare("segment", "lt", segment)
    found = await store.query(AuditHead, earlier, order=(Sort("segment", descending=True),), limit=1)
    continues = found.items[0].place if found.items else None
    first = genesis(store.tenant, segment, continues)
    return AuditHead(id=HEAD, segment=segment, number=0, hash=first, continues=continues)


def _linked(tenant: str, head: AuditHead, facts: Sequence[Fact]) -> tuple[list[AuditEntry], AuditHead]:
    """The entries that follow a head, and the head behind them."""
    entries: list[AuditEntry] = []
    number, previous = head.number, head.hash
    for fact in facts:
        number += 1
        plain = fact.model_dump(exclude={"tenant", "subject"})
        draft = AuditEntry(
            id=entry_id(fact.event_id), segment=head.segment, number=number, previous=previous, hash="",
            subject=fact.subject, **plain,
        )  # fmt: skip
        previous = draft.digest(tenant)
        entries.append(draft.model_copy(update={"hash": previous}))
    anchored = head.number // ANCHOR_EVERY * ANCHOR_EVERY
    return entries, head.model_copy(update={"number": number, "hash": previous, "anchored": anchored})


def _transaction(head: AuditHead | None, after: AuditHead, entries: Sequence[AuditEntry]) -> Write:
    transaction = Write(after.aggregate_id)
    transaction = transaction.replace(after) if head else transaction.create(after)
    for entry in entries:
        transaction = transaction.create(entry)
    return transaction


async def anchor(store: Store, blobs: Blobs, head: AuditHead) -> None:
    """Put the anchors that are due and not known to be there; a writer that died before has left them to us."""
    for number in anchor_numbers(head.anchored, head.number):
        found = await store.query(AuditEntry, all_of(eq("segment", head.segment), eq("number", number)), limit=1)
        for entry in found.items:
            place = Checkpoint(segment=head.segment, number=number, hash=entry.hash)
            data = place.model_dump_json().encode()
            name = anchor_name(store.tenant, place)
            await blobs.put(Container.AUDIT, name, data, content_type="application/json", once=True)
