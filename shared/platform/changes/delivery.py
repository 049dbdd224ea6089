"""Delivers the changes of one aggregate to consumers, each from its own place, and keeps the places."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from shared.platform import telemetry
from shared.platform.changes import Consumer
from shared.platform.changes.cursor import Progress, RelayCursor, move_cursor, read_cursor
from shared.platform.store import Change, Origin, Store, Stores
from shared.platform.store.batch import change_id

T = TypeVar("T")

_PAGE = 500


class Delivery:
    """What a relay does with one aggregate. `patience_seconds` is the longest that a consumer may take for a change."""

    def __init__(self, stores: Stores, consumers: Sequence[Consumer], patience_seconds: float) -> None:
        self._stores = stores
        self._consumers = tuple(consumers)
        self._patience = patience_seconds

    async def advance(self, store: Store, aggregate: str, known: Sequence[Change] = ()) -> None:
        """Deliver all that is due in an aggregate: one read and one write of its cursor when `known` are all of it."""
        more = True
        while more:
            cursor = await read_cursor(store, aggregate)
            places = self.places(cursor)
            free = {name: place for name, place in places.items() if not place.held(store.clock.now())}
            lowest = min((place.sequence for place in free.values()), default=None)
            changes, more = await _behind(store, aggregate, lowest, known)
            moved = places | await self._deliver_all(store, free, changes)
            head = max((change.sequence for change in (changes if free else known)), default=0)
            await move_cursor(store, cursor, head, _changed(cursor, moved))
            more = more and moved != places
            known = ()

    def places(self, cursor: RelayCursor) -> dict[str, Progress]:
        """Where the consumers are; one that is new to an aggregate which others know starts behind its head."""
        return {
            consumer.name: cursor.places.get(consumer.name)
            or Progress(sequence=0 if consumer.from_start or not cursor.etag else cursor.head)
            for consumer in self._consumers
        }

    async def _deliver_all(
        self, store: Store, places: Mapping[str, Progress], changes: Sequence[Change]
    ) -> dict[str, Progress]:
        consumers = [consumer for consumer in self._consumers if consumer.name in places]
        moved = await asyncio.gather(*(self._deliver(store, each, places[each.name], changes) for each in consumers))
        return {consumer.name: place for consumer, place in zip(consumers, moved, strict=True)}

    async def _deliver(self, store: Store, consumer: Consumer, place: Progress, changes: Sequence[Change]) -> Progress:
        """The consumer's place after all of the changes, or at the first that it fails."""
        for change in changes:
            while change.sequence == place.sequence + 1:
                error = await self._try(consumer, change) if consumer.wants(change) else None
                if error is None:
                    place = Progress(sequence=change.sequence)
                else:
                    place = place.failed(change, error, store.clock.now())
                if place.held(store.clock.now()):
                    return place
        return place

    async def _try(self, consumer: Consumer, change: Change) -> Exception | None:
        origin = Origin("system", change.correlation_id, change.event_id)
        try:
            async with asyncio.timeout(self._patience):
                await consumer.handle(self._stores.open(change.tenant_id, origin), change)
        except Exception as error:  # noqa: BLE001 -- a consumer's failure is kept, tried again and shown
            telemetry.logger(__name__).warning(
                "consumer failed", consumer=consumer.name, event_id=change.event_id, error=type(error).__name__
            )
            return error
        return None


def _changed(cursor: RelayCursor, places: Mapping[str, Progress]) -> dict[str, Progress]:
    return {name: place for name, place in places.items() if cursor.places.get(name) != place}


async def _behind(
    store: Store, aggregate: str, lowest: int | None, known: Sequence[Change]
) -> tuple[Sequence[Change], bool]:
    """The aggregate's changes behind a sequence, in order and without gaps, and whether there are more."""
    if lowest is None:
        return (), False
    ordered = sorted({change.sequence: change for change in known if change.sequence > lowest}.items())
    if known and all(sequence == lowest + place for place, (sequence, _) in enumerate(ordered, 1)):
        return [change for _, change in ordered], False
    page = await store.query(Change, aggregate=aggregate, after=(change_id(lowest),), limit=_PAGE)
    return page.items, page.after is not None


async def bounded(limit: int, function: Callable[[T], Awaitable[None]], items: Iterable[T]) -> None:
    """Call for each item, at most `limit` at once and all of them; then raise the first error."""
    room = asyncio.Semaphore(limit)

    async def one(item: T) -> None:
        async with room:
            await function(item)

    results = await asyncio.gather(*map(one, items), return_exceptions=True)
    for error in filter(None, results):
        raise error
