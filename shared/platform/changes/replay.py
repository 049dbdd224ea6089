"""Has consumers hear again of what happened before: how a projection of the records that was lost is made anew.

Their places in each aggregate go back to before the first change that is the newest of its subject, and the relay's
sweep does the rest, with all it knows of failures. More is not needed, as a projection shows the present state.
"""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import ClassVar

from shared.platform.changes import Consumer
from shared.platform.changes.cursor import BY_AGGREGATE, Progress, RelayCursor, read_cursor, write_cursor
from shared.platform.changes.delivery import RELAY, bounded
from shared.platform.store import AlreadyExists, Change, Stale, Store, Stores, Write, every
from shared.platform.store.due import PROGRESS, note
from shared.platform.store.predicates import Compare
from shared.platform.store.records import Record
from shared.platform.store.tenants import SYSTEM, all_tenants

MOST = 1000
"""Aggregates that one call goes through, about what a sweep of the relay delivers."""
_CONCURRENCY = 16


class Replay(Record):
    """That a projection, the id, is to be made anew; all behind this aggregate of this tenant is still to be done."""

    kind: ClassVar[str] = "replay"
    container: ClassVar[str] = PROGRESS

    tenant: str = ""
    aggregate: str = ""


async def ask_replay(stores: Stores, projection: str) -> None:
    """Have a projection made anew, from the beginning if it is under way; `go_on` does it."""
    await stores.open(SYSTEM).commit(Write(projection).put(Replay(id=projection)))


async def go_on(stores: Stores, projection: str, consumers: Sequence[Consumer], most: int = MOST) -> bool:
    """Go on where it was, if it was asked for; whether there is more to do."""
    system = stores.open(SYSTEM)
    replay = await system.get(Replay, projection)
    if replay is None:
        return False
    further = await _some(stores, replay, consumers, most)
    with suppress(Stale):  # asked for anew meanwhile
        write = Write(projection)
        await system.commit(write.replace(further) if further else write.delete(replay))
    return True


async def _some(stores: Stores, replay: Replay, consumers: Sequence[Consumer], most: int) -> Replay | None:
    """Take the consumers back in at most so many aggregates; None when these were the last."""
    for tenant in sorted(each for each in await all_tenants(stores) if each >= replay.tenant):
        store, after = stores.open(tenant), replay.aggregate if tenant == replay.tenant else ""
        behind = Compare("aggregate", "gt", after)
        cursors = (await store.query(RelayCursor, behind, order=BY_AGGREGATE, limit=most)).items

        async def back(cursor: RelayCursor, store: Store = store) -> None:
            await _take_back(stores, store, cursor, consumers)

        await bounded(_CONCURRENCY, back, cursors)
        most -= len(cursors)
        if not most:
            return replay.with_(tenant=tenant, aggregate=cursors[-1].aggregate)
    return None


async def _take_back(stores: Stores, store: Store, cursor: RelayCursor, consumers: Sequence[Consumer]) -> None:
    """A parked place stays: the change there waits for a person."""
    firsts = await _firsts(store, cursor.aggregate, consumers)
    while True:
        places = {
            name: place.back(sequence - 1)
            for name, sequence in firsts.items()
            if not (place := cursor.places.get(name, Progress(sequence=cursor.head))).parked
            and place.sequence >= sequence
        }
        if not places:
            return
        await note(stores, RELAY, store.tenant, cursor.aggregate, store.clock.now())
        try:
            await write_cursor(store, cursor.with_(places={**cursor.places, **places}))
        except (AlreadyExists, Stale):
            cursor = await read_cursor(store, cursor.aggregate)
        else:
            return


async def _firsts(store: Store, aggregate: str, consumers: Sequence[Consumer]) -> dict[str, int]:
    """For each consumer that wants any of the changes: of those that are the newest of their subjects, the first."""
    newest: dict[str, dict[str, int]] = defaultdict(dict)
    async for change in every(store, Change, aggregate=aggregate):
        for consumer in consumers:
            if consumer.wants(change):
                newest[consumer.name][change.subject] = change.sequence
    return {name: min(subjects.values()) for name, subjects in newest.items()}
