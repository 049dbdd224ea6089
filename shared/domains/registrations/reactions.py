"""What follows from changes: a session's free seats are given away, and its registrations go with it."""

from contextlib import suppress

from shared.domains.registrations.favourites import Favourite
from shared.domains.registrations.model import Registration
from shared.domains.registrations.waiting import move_up
from shared.domains.sessions.model import Session
from shared.platform.changes import Change, Consumer
from shared.platform.store import Stale, Store, Write, every
from shared.platform.store.predicates import eq


async def give_seats(store: Store, change: Change) -> None:
    """Seat those who wait, as far as the session has seats now."""
    await move_up(store, change.aggregate, change.subject.partition("/")[2])


async def forget(store: Store, change: Change) -> None:
    """Remove the registrations for a session that is gone, and what made it somebody's favourite."""
    session_id = change.subject.partition("/")[2]
    if await store.get(Session, session_id, change.aggregate) is not None:
        return
    for kind in (Registration, Favourite):
        async for each in every(store, kind, eq("sessionId", session_id)):
            with suppress(Stale):  # its owner removes it at the same moment
                await store.commit(Write(each.aggregate_id).delete(each))


CONSUMERS = (
    Consumer("waiting-lists", give_seats, frozenset({"SessionUpdated"})),
    Consumer("registrations", forget, frozenset({"SessionDeleted"})),
)
