"""Hands changes to consumers: in order for each aggregate and consumer, again after failures, at last parked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.errors import NotFound
from shared.platform.changes import Consumer
from shared.platform.changes.cursor import BY_AGGREGATE, Progress, RelayCursor, read_cursor, write_cursor
from shared.platform.changes.delivery import Delivery, bounded
from shared.platform.changes.mark import missed, move_mark, since_mark
from shared.platform.store import Change, Sort, Stale, Store, Stores, every
from shared.platform.store.predicates import Compare, all_of, eq
from shared.platform.store.records import instant
from shared.platform.store.tenants import all_tenants

GRACE = timedelta(seconds=10)
"""How long the feed may take before a sweep does its work."""
_RETRYING = eq("retrying", value=True)
_WAITING = (Sort("waitingSince"), *BY_AGGREGATE)


class NotParked(NotFound):
    """Nothing is parked for the consumer in that aggregate."""

    code = "dead_letter.not_found"
    title = "No such dead letter"


@dataclass(frozen=True, slots=True)
class Parked:
    """A change that a consumer could not take in five tries; it holds back the consumer in that aggregate."""

    aggregate: str
    consumer: str
    sequence: int
    tries: int
    error: str
    since: datetime | None


class Relay:
    """Delivers to these consumers. Several relays may run at once; they share what they know in the cursors."""

    def __init__(
        self, stores: Stores, consumers: Sequence[Consumer], *, concurrency: int = 16, patience_seconds: float = 60
    ) -> None:
        self._stores = stores
        self._delivery = Delivery(stores, consumers, patience_seconds)
        self._concurrency = concurrency

    async def offer(self, documents: Iterable[Mapping[str, Any]]) -> None:
        """Deliver what the change feed brings; documents that are no changes are passed over."""
        groups: dict[tuple[str, str], list[Change]] = defaultdict(list)
        for document in documents:
            if document.get("kind") == Change.kind:
                change = Change.restored(dict(document), "")
                groups[change.tenant_id, change.aggregate].append(change)

        async def deliver(group: tuple[str, str]) -> None:
            tenant, aggregate = group
            await self._delivery.advance(self._stores.open(tenant), aggregate, groups[group])

        await bounded(self._concurrency, deliver, groups)

    async def sweep(self) -> None:
        """Try again what is due, and find what the feed has missed, in all tenants."""
        await bounded(self._concurrency, self._sweep, await all_tenants(self._stores))

    async def _sweep(self, tenant: str) -> None:
        store = self._stores.open(tenant)
        now = store.clock.now()
        due = all_of(_RETRYING, Compare("due", "le", instant(now)))
        async for cursor in every(store, RelayCursor, due, order=_WAITING):
            await self._delivery.advance(store, cursor.aggregate)
        async for changes in since_mark(store, now - GRACE):
            for aggregate in {change.aggregate async for change in missed(store, changes)}:
                await self._delivery.advance(store, aggregate)
            await move_mark(store, changes[-1].occurred_at)

    async def catch_up(self) -> None:
        """Deliver all that is due in every aggregate: for a new consumer that starts from the start."""
        for tenant in await all_tenants(self._stores):
            store = self._stores.open(tenant)
            async for cursor in every(store, RelayCursor, order=BY_AGGREGATE):
                await self._delivery.advance(store, cursor.aggregate)

    async def lag(self) -> float:
        """Age in seconds of the oldest change that some consumer has still to take; parked ones aside."""
        ages = [0.0]

        async def tenant(name: str) -> None:
            store = self._stores.open(name)
            now = store.clock.now()
            ages.extend([(now - since).total_seconds() for since in await self._waiting(store, now)])

        await bounded(self._concurrency, tenant, await all_tenants(self._stores))
        return max(ages)

    async def _waiting(self, store: Store, now: datetime) -> list[datetime]:
        """When the oldest changes happened that are being retried, or that no relay has seen."""
        retrying = await store.query(RelayCursor, _RETRYING, order=_WAITING)
        places = [place for cursor in retrying.items for place in self._delivery.places(cursor).values()]
        since = [place.waiting_since for place in places if place.next_try and place.waiting_since]
        async for changes in since_mark(store, now):
            since += [change.occurred_at async for change in missed(store, changes)]
        return since

    async def parked(self, store: Store) -> list[Parked]:
        """What is parked in the tenant."""
        cursors = every(store, RelayCursor, eq("parked", value=True), order=BY_AGGREGATE)
        return [parked async for cursor in cursors for parked in _parked(cursor)]

    async def replay(self, store: Store, aggregate: str, consumer: str) -> None:
        """Try the parked change again, and what it held back; raises NotParked."""
        await self._resume(store, aggregate, consumer, skip=0)

    async def discard(self, store: Store, aggregate: str, consumer: str) -> None:
        """Go on without the parked change; raises NotParked."""
        await self._resume(store, aggregate, consumer, skip=1)

    async def _resume(self, store: Store, aggregate: str, consumer: str, *, skip: int) -> None:
        while True:
            cursor = await read_cursor(store, aggregate)
            place = cursor.places.get(consumer)
            if place is None or not place.parked:
                raise NotParked(f"Nothing of {aggregate} is parked for {consumer}.")
            resumed = {**cursor.places, consumer: Progress(sequence=place.sequence + skip)}
            try:
                await write_cursor(store, cursor.with_(places=resumed))
            except Stale:
                continue
            await self._delivery.advance(store, aggregate)
            return


def _parked(cursor: RelayCursor) -> Iterable[Parked]:
    for name, place in cursor.places.items():
        if place.parked:
            yield Parked(cursor.aggregate, name, place.sequence + 1, place.tries, place.error, place.waiting_since)
