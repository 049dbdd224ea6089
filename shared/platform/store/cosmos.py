"""The store on Azure Cosmos DB for NoSQL: point reads, tenant-prefix queries and transactional batches.

Its containers have the hierarchical key `/tenantId, /aggregateId`. A tenant's records may lie in several physical
partitions, whose sorted answers the SDK only strings together: they are merged here.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeVar

from shared.clock import Clock
from shared.platform.store import ALL, MAX_LIMIT, Keyset, Origin, Page, Predicate, Record, Sort, Write
from shared.platform.store.batch import check_page, checked_tenant, possible_id, prepare
from shared.platform.store.cosmos_account import Account, Charge, open_account, opening
from shared.platform.store.cosmos_commit import Committer, read
from shared.platform.store.cosmos_containers import create_missing
from shared.platform.store.cosmos_documents import Document, etag_of, expired
from shared.platform.store.cosmos_log import Bell, CosmosLog
from shared.platform.store.cosmos_sql import Query, Selection, keyset, sorted_rows
from shared.platform.store.records import Expiring, instant
from shared.platform.store.tenants import SYSTEM, KnownTenant, Tenants
from shared.settings import Settings

R = TypeVar("R", bound=Record)

SYSTEM_ORIGIN = Origin()


async def open_cosmos(settings: Settings, clock: Clock) -> "CosmosStores":
    """Open the database; with an account key (never in Azure, where Bicep does it) make what is missing of it."""
    account = await open_account(settings, clock)
    async with opening(account.close):
        if settings.cosmos_key.get_secret_value():
            await create_missing(account.client, settings.cosmos_database)
    return CosmosStores(account, clock)


class CosmosStores:
    """See `Stores`."""

    def __init__(self, account: Account, clock: Clock) -> None:
        self.account = account
        self.clock = clock
        self.bell = Bell()
        self.log = CosmosLog(account, clock, self.bell)
        self.committer = Committer(account, clock)
        self.tenants = Tenants(self.open(SYSTEM))

    def open(self, tenant: str, origin: Origin = SYSTEM_ORIGIN) -> "CosmosStore":
        return CosmosStore(self, checked_tenant(tenant), origin)

    async def ping(self) -> None:
        await self.open(SYSTEM).get(KnownTenant, SYSTEM)

    async def sweep(self) -> int:
        return 0

    async def close(self) -> None:
        await self.account.close()


class CosmosStore:
    """See `Store`."""

    def __init__(self, stores: CosmosStores, tenant: str, origin: Origin) -> None:
        self._stores = stores
        self.tenant = tenant
        self.origin = origin
        self.clock = stores.clock

    async def get(self, model: type[R], record_id: str, aggregate: str | None = None) -> R | None:
        if not possible_id(record_id):
            return None
        found = await read(self._stores.account, model.container, (self.tenant, aggregate or record_id), record_id)
        if found is None or found["kind"] != model.kind or expired(found, self.clock.now()):
            return None
        return model.restored(found, etag_of(found))

    async def query(
        self,
        model: type[R],
        where: Predicate = ALL,
        *,
        order: Sequence[Sort] = (),
        limit: int = 100,
        skip: int = 0,
        after: Keyset | None = None,
        aggregate: str | None = None,
    ) -> Page[R]:
        check_page(limit, skip, after)
        if skip and (after := await self._end(model, where, order, skip, aggregate)) is None:
            return Page((), None)
        query = self._selection(model, where, aggregate).page(order, after, limit + 1)
        rows = sorted_rows(await self._rows(model, query, aggregate), order)
        items = tuple(model.restored(row, etag_of(row)) for row in rows[:limit])
        return Page(items, keyset(rows[limit - 1], order) if len(rows) > limit else None)

    async def count(self, model: type[Record], where: Predicate = ALL, *, aggregate: str | None = None) -> int:
        return sum(await self._rows(model, self._selection(model, where, aggregate).count(), aggregate))

    async def counts(self, model: type[Record], by: str, where: Predicate = ALL) -> dict[str, int]:
        found: Counter[Any] = Counter()
        for row in await self._rows(model, self._selection(model, where, None).counts(by), None):
            found[row.get("name")] += row["number"]
        return {name: number for name, number in found.items() if isinstance(name, str) and name}

    async def commit(self, write: Write) -> tuple[Record, ...]:
        batch = prepare(write, self.tenant, self.origin, self.clock)
        await self._stores.tenants.note(self.tenant)
        etags = await self._stores.committer.commit(batch)
        if batch.changes:
            self._stores.bell.ring()
        records = [prepared.operation.record for prepared in batch.operations]
        return tuple(record.model_copy(update={"etag": new}) for record, new in zip(records, etags, strict=True))

    async def _end(
        self, model: type[Record], where: Predicate, order: Sequence[Sort], skip: int, aggregate: str | None
    ) -> Keyset | None:
        """Where the first so many records end, by their keys alone; None when there are not more of them."""
        query = self._selection(model, where, aggregate).keys(order, skip + 1)
        rows = sorted_rows(await self._rows(model, query, aggregate), order)
        return keyset(rows[skip - 1], order) if len(rows) > skip else None

    def _selection(self, model: type[Record], where: Predicate, aggregate: str | None) -> Selection:
        now = instant(self.clock.now()) if issubclass(model, Expiring) else None
        return Selection(model, self.tenant, aggregate, where, now)

    async def _rows(self, model: type[Record], query: Query, aggregate: str | None) -> list[Any]:
        scope = (self.tenant,) if aggregate is None else (self.tenant, aggregate)
        return await rows(self._stores.account, model.container, scope, query)


async def rows(account: Account, container: str, scope: tuple[str, ...], query: Query) -> list[Any]:
    """All that a query gives within a key or a prefix of it, of each physical partition."""

    async def call(charge: Charge) -> list[Document]:
        found = account.container(container).query_items(
            query.text,
            parameters=list(query.parameters),
            partition_key=list(scope),
            max_item_count=MAX_LIMIT,
            enable_scan_in_query=True,
            response_hook=charge,
        )
        return [row async for row in found]

    operation = "query" if query.ordered else "unindexed query"
    return await account.run(operation, container, scope, call, query.text)
