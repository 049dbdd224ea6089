"""Rewrites stored documents of an older version as the newest, so that the reading of it can be dropped."""

from contextlib import suppress

from shared.platform.store import Record, Stale, Store, Stores, Write
from shared.platform.store.predicates import Compare
from shared.platform.store.tenants import all_tenants

_PAGE = 500


async def backfill(stores: Stores, model: type[Record]) -> int:
    """Rewrite every tenant's; the number of records. Broken off, it goes on where it was when called again."""
    return sum([await backfill_tenant(stores.open(tenant), model) for tenant in await all_tenants(stores)])


async def backfill_tenant(store: Store, model: type[Record]) -> int:
    """Rewrite one tenant's. What others wrote meanwhile is of the newest version already."""
    rewritten = 0
    while old := (await store.query(model, Compare("schemaVersion", "lt", model.version), limit=_PAGE)).items:
        for record in old:
            with suppress(Stale):
                await store.commit(Write(record.aggregate_id).replace(record))
                rewritten += 1
    return rewritten
