"""Hands changes to consumers: in order for each aggregate and consumer, again after failures, at last parked."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from shared.platform.changes import Consumer
from shared.platform.changes.cursor import BY_AGGREGATE, RelayCursor, read_cursor, write_cursor
from shared.platform.changes.delivery import RELAY, Delivery, Park, bounded
from shared.platform.changes.mark import behind, unread
from shared.platform.store import AlreadyExists, Change, Stale, Store, Stores, every
from shared.platform.store.due import Due, note, noted, settle, waiting_longest
from shared.platform.store.tenants import all_tenants

GRACE = timedelta(seconds=10)
"""How long the feed may take before a sweep does its work."""
SWEEP = "relay"
"""Whose mark in the log it is."""

Group = tuple[str, str]


class Relay:
    """Delivers to these consumers. Several relays may run at once; they share what they know in the cursors.

    `park` puts a change aside that a consumer could not take; being called twice for one must do no harm.
    """

    def __init__(
        self,
        stores: Stores,
        consumers: Sequence[Consumer],
        park: Park,
        *,
        concurrency: int = 16,
        patience_seconds: float = 60,
        quick_seconds: float = 2,
    ) -> None:
        self._stores = stores
        self._delivery = Delivery(stores, consumers, park, patience_seconds, quick_seconds)
        self._concurrency = concurrency

    async def offer(self, documents: Iterable[Mapping[str, Any]]) -> None:
        """Deliver what the change feed brings; documents that are no changes are passed over."""
        groups: dict[Group, list[Change]] = defaultdict(list)
        for document in documents:
            if document.get("kind") == Change.kind:
                change = Change.restored(dict(document), "")
                groups[change.tenant_id, change.aggregate].append(change)

        async def deliver(group: Group) -> None:
            await self._advance(group, groups[group])

        await bounded(self._concurrency, deliver, groups)

    async def sweep(self) -> None:
        """Try again what is due, and find what the feed has missed, in all tenants."""
        due = [each async for each in noted(self._stores, RELAY, self._stores.open("system").clock.now())]
        await bounded(self._concurrency, self._again, due)
        async for changes in unread(self._stores, SWEEP, GRACE):
            groups = {(change.tenant_id, change.aggregate) async for change in self._missed(changes)}
            await bounded(self._concurrency, self._advance, groups)

    async def settled(self) -> None:
        """Return when no slow consumer is at work in this process."""
        await self._delivery.lingering.settled()

    async def catch_up(self) -> None:
        """Deliver all that is due in every aggregate: for a new consumer that starts from the start."""
        for tenant in await all_tenants(self._stores):
            async for cursor in every(self._stores.open(tenant), RelayCursor, order=BY_AGGREGATE):
                await self._advance((tenant, cursor.aggregate))

    async def lag(self) -> float:
        """Age in seconds of the oldest change that some consumer has still to take; parked ones aside."""
        now = self._stores.open("system").clock.now()
        waiting = await waiting_longest(self._stores, RELAY)
        since = [waiting] if waiting else []
        async for changes in behind(self._stores, SWEEP):
            since += [change.occurred_at async for change in self._missed(changes)]
        return max([0.0, *((now - each).total_seconds() for each in since)])

    async def _advance(self, group: Group, known: Sequence[Change] = ()) -> None:
        tenant, aggregate = group
        await self._delivery.advance(self._stores.open(tenant), aggregate, known)

    async def _again(self, due: Due) -> None:
        store = self._stores.open(due.tenant)
        await self._delivery.advance(store, due.ref)
        cursor = await read_cursor(store, due.ref)
        if self._delivery.waiting(cursor):
            return
        try:
            await write_cursor(store, cursor)  # whoever writes a place after the note that we have seen, notes again
        except (AlreadyExists, Stale):
            return
        await settle(self._stores, due)

    async def _missed(self, changes: Sequence[Change]) -> AsyncIterator[Change]:
        """Of each aggregate the first change here that no relay has seen."""
        heads: dict[Group, int] = {}
        for change in changes:
            group = change.tenant_id, change.aggregate
            if group not in heads:
                heads[group] = (await read_cursor(self._stores.open(change.tenant_id), change.aggregate)).head
            if change.sequence > heads[group]:
                heads[group] = change.sequence
                yield change


async def resume(stores: Stores, store: Store, aggregate: str, consumer: str, sequence: int, *, skip: bool) -> bool:
    """Let the next sweep try a parked change again, or go on without it; False when it is not parked any more."""
    while True:
        cursor = await read_cursor(store, aggregate)
        place = cursor.places.get(consumer)
        if place is None or not place.parked or place.sequence + 1 != sequence:
            return False
        await note(stores, RELAY, store.tenant, aggregate, store.clock.now())
        resumed = place.behind(sequence if skip else sequence - 1)
        try:
            await write_cursor(store, cursor.with_(places={**cursor.places, consumer: resumed}))
        except Stale:
            continue
        return True
