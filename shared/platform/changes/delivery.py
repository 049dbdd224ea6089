"""Delivers the changes of one aggregate to consumers, each from its own place, and keeps the places.

Consumers do not wait for each other: who is not done within `quick_seconds` goes on by itself, and its place says that
it is in hand, so that nobody else begins with it. If the process ends meanwhile, the sweep takes it up.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from shared.platform import telemetry
from shared.platform.changes import Consumer, Parked
from shared.platform.changes.cursor import Progress, RelayCursor, read_cursor, write_cursor
from shared.platform.changes.lingering import lingering
from shared.platform.store import AlreadyExists, Change, Origin, Stale, Store, Stores
from shared.platform.store.batch import change_id
from shared.platform.store.due import note

T = TypeVar("T")

RELAY = "relay"
"""What is due: an aggregate with a change that a consumer is still to take."""
GLIMPSE_SECONDS = 0.1
"""How long a batch waits for a consumer that is known to be slow."""
POSTPONED = timedelta(seconds=15)
MARGIN = timedelta(seconds=30)
"""How long after the patience with a consumer the change in hand is taken to be in nobody's."""
_PAGE = 500

Park = Callable[[Store, Parked], Awaitable[None]]


@dataclass(slots=True)
class Run:
    """One consumer's way through an aggregate's changes, of which `hand` is the one that it works on."""

    consumer: Consumer
    place: Progress
    hand: Change | None
    last: bool = False
    """Whether it goes no further than the change in hand."""


class Delivery:
    """What a relay does with one aggregate. `patience_seconds` is the longest that a consumer may take for a change."""

    def __init__(
        self,
        stores: Stores,
        consumers: Sequence[Consumer],
        park: Park,
        patience_seconds: float,
        quick_seconds: float,
    ) -> None:
        self._stores = stores
        self._consumers = {consumer.name: consumer for consumer in consumers}
        self._park = park
        self._patience = patience_seconds
        self._quick = quick_seconds
        self.lingering = lingering(stores)

    async def advance(self, store: Store, aggregate: str, known: Sequence[Change] = ()) -> None:
        """Deliver all that is due in an aggregate: one read and one write of its cursor when `known` are all of it."""
        more = True
        while more:
            cursor = await read_cursor(store, aggregate)
            places = self.places(cursor)
            free = {name: place for name, place in places.items() if not place.held(store.clock.now())}
            lowest = min((place.sequence for place in free.values()), default=None)
            changes, more = await _behind(store, aggregate, lowest, known)
            head = max((change.sequence for change in (changes if free else known)), default=0)
            moved = places | await self._deliver_all(store, cursor, free, changes, head)
            more = more and moved != places
            known = ()

    def places(self, cursor: RelayCursor) -> dict[str, Progress]:
        """Where the consumers are; one that is new to an aggregate which others know starts behind its head."""
        return {
            consumer.name: cursor.places.get(consumer.name)
            or Progress(sequence=0 if consumer.from_start or not cursor.etag else cursor.head)
            for consumer in self._consumers.values()
        }

    def waiting(self, cursor: RelayCursor) -> list[Progress]:
        """The places of consumers that are to try again."""
        return [place for place in self.places(cursor).values() if place.next_try]

    async def _deliver_all(
        self, store: Store, cursor: RelayCursor, places: Mapping[str, Progress], changes: Sequence[Change], head: int
    ) -> dict[str, Progress]:
        """Let each take what it can for now; the places as they are written then."""
        runs = {name: Run(self._consumers[name], place, _next(place, changes)) for name, place in places.items()}
        tasks = {name: asyncio.create_task(self._deliver(store, run, changes)) for name, run in runs.items()}
        try:
            await self._wait(tasks)
            slow = {name for name, task in tasks.items() if not task.done()}
            moved = {name: self._left(store, run) if name in slow else run.place for name, run in runs.items()}
            await self._move(store, cursor, head, self._changed(cursor, moved))
        except BaseException:
            for task in tasks.values():
                task.cancel()
            raise
        for name in slow:
            self.lingering.add(name, self._linger(store, cursor.aggregate, runs[name], tasks[name]))
        for name in tasks.keys() - slow:
            tasks[name].result()
        return moved

    async def _wait(self, tasks: Mapping[str, asyncio.Task[None]]) -> None:
        quick = [task for name, task in tasks.items() if name not in self.lingering]
        if quick:
            await asyncio.wait(quick, timeout=self._quick)
        slow = [task for task in tasks.values() if not task.done() and task not in quick]
        if slow:
            await asyncio.wait(slow, timeout=GLIMPSE_SECONDS)

    def _left(self, store: Store, run: Run) -> Progress:
        """The place of a run that goes on by itself, which ends with the change in hand."""
        run.last = True
        until = store.clock.now() + timedelta(seconds=self._patience) + MARGIN
        return run.place.waiting(run.hand, until) if run.hand else run.place

    async def _linger(self, store: Store, aggregate: str, run: Run, task: asyncio.Task[None]) -> None:
        try:
            await task
        except asyncio.CancelledError:
            task.cancel()
            raise
        await self._move(store, await read_cursor(store, aggregate), 0, {run.consumer.name: run.place})
        await self.advance(store, aggregate)

    async def _deliver(self, store: Store, run: Run, changes: Sequence[Change]) -> None:
        """Take the consumer behind all of the changes, or to the first that it fails, or has no time for."""
        for change in changes:
            while change.sequence == run.place.sequence + 1:
                await self._take(store, run, change)
                if run.last or run.place.held(store.clock.now()):
                    return

    async def _take(self, store: Store, run: Run, change: Change) -> None:
        if not run.consumer.wants(change):
            run.place = run.place.behind(change.sequence)
            return
        if self.lingering.full(run.consumer.name):
            run.place = run.place.waiting(change, store.clock.now() + POSTPONED)
            return
        run.hand = change
        error = await self._try(run.consumer, change)
        now = store.clock.now()
        run.place = run.place.failed(change, error, now) if error else run.place.behind(change.sequence)

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

    def _changed(self, cursor: RelayCursor, places: Mapping[str, Progress]) -> dict[str, Progress]:
        return {name: place for name, place in places.items() if cursor.places.get(name) != place}

    async def _move(self, store: Store, cursor: RelayCursor, head: int, places: Mapping[str, Progress]) -> None:
        """Write these places, over the cursor as read or, when another relay wrote meanwhile, joined with its places.

        What is due is noted, and what is parked is put aside, before the cursor says so.
        """
        for name, place in places.items():
            if place.parked:
                await self._park(store, Parked.of(cursor.aggregate, name, place))
        while True:
            moved = cursor.moved(head, places)
            if moved == cursor:
                return
            await self._note(store, moved)
            try:
                await write_cursor(store, moved)
            except (AlreadyExists, Stale):
                cursor = await read_cursor(store, cursor.aggregate)
            else:
                return

    async def _note(self, store: Store, cursor: RelayCursor) -> None:
        waiting = self.waiting(cursor)
        if waiting:
            due = min(place.next_try for place in waiting if place.next_try)
            since = min((place.waiting_since for place in waiting if place.waiting_since), default=due)
            await note(self._stores, RELAY, store.tenant, cursor.aggregate, due, since)


def _next(place: Progress, changes: Sequence[Change]) -> Change | None:
    return next((change for change in changes if change.sequence == place.sequence + 1), None)


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
