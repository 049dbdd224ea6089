"""Forgetting what the retention no longer wants, whole months at a time, without breaking the chain."""

from datetime import UTC, datetime, timedelta

from shared.clock import Clock
from shared.domains.audit.model import HEAD, AuditEntry, AuditHead, aggregate_of
from shared.platform.store import Store, Stores, Write
from shared.platform.store.due import note, noted, settle
from shared.platform.store.predicates import Compare
from shared.platform.store.tenants import SYSTEM

BATCH = 90
"""Entries of one transaction."""
SEGMENT = "audit-segment"
"""What is due: a segment of a tenant, from the month that it is of."""


def oldest_kept(clock: Clock, days: int) -> str:
    """The first segment that must still be whole; empty, which is before all, when everything is kept."""
    return (clock.now() - timedelta(days=days)).astimezone(UTC).strftime("%Y-%m") if days else ""


async def remember(stores: Stores, tenant: str, segment: str) -> None:
    """Have a segment found once it is old: to be called before it is written to."""
    await note(stores, SEGMENT, tenant, segment, _begin(segment))


async def is_retired(store: Store, segment: str, days: int) -> bool:
    """Whether the segment is older than the retention, or was retired already: it takes no entries."""
    if segment < oldest_kept(store.clock, days):
        return True
    head = await store.get(AuditHead, HEAD, aggregate_of(segment))
    return head is not None and head.retired


async def retire_everywhere(stores: Stores, days: int) -> int:
    """Retire in all tenants that have something old; how many entries went."""
    oldest = oldest_kept(stores.open(SYSTEM).clock, days)
    if not oldest:
        return 0
    forgotten = 0
    async for due in noted(stores, SEGMENT, _begin(oldest) - timedelta(days=1)):
        forgotten += await retire(stores.open(due.tenant), days)
        await settle(stores, due)
    return forgotten


def _begin(segment: str) -> datetime:
    return datetime.strptime(segment, "%Y-%m").replace(tzinfo=UTC)


async def retire(store: Store, days: int) -> int:
    """Remove the entries of segments that ended more than `days` ago; each head stays, marked. 0 days keep all."""
    forgotten = 0
    heads = await store.query(AuditHead, Compare("segment", "lt", oldest_kept(store.clock, days)), limit=1000)
    for head in heads.items:
        if not head.retired:
            await store.commit(Write(head.aggregate_id).replace(head.with_(retired=True)))
        while page := (await store.query(AuditEntry, aggregate=head.aggregate_id, limit=BATCH)).items:
            write = Write(head.aggregate_id)
            for entry in page:
                write.delete(entry)
            await store.commit(write)
            forgotten += len(page)
    return forgotten
