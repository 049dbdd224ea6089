"""Forgetting what the retention no longer wants, whole months at a time, without breaking the chain."""

from datetime import UTC, timedelta

from shared.clock import Clock
from shared.domains.audit.model import AuditEntry, AuditHead
from shared.platform.store import Store, Stores, Write
from shared.platform.store.predicates import Compare
from shared.platform.store.tenants import all_tenants

BATCH = 90
"""Entries of one transaction."""


def oldest_kept(clock: Clock, days: int) -> str:
    """The first segment that must still be whole; empty, which is before all, when everything is kept."""
    return (clock.now() - timedelta(days=days)).astimezone(UTC).strftime("%Y-%m") if days else ""


async def retire_everywhere(stores: Stores, days: int) -> int:
    """Retire in all tenants; how many entries went."""
    return sum([await retire(stores.open(tenant), days) for tenant in await all_tenants(stores)])


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
