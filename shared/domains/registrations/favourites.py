"""The sessions that somebody has marked for themselves: theirs alone, and kept beside their account."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import ClassVar

from shared.access import Actor
from shared.clock import derived_id
from shared.domains.registrations.actions import Attending
from shared.platform.store import Stale, Store, Write, create_once
from shared.platform.store.predicates import one_of
from shared.platform.store.records import Index, Record


class Favourite(Record):
    """A session that somebody wants to find again."""

    kind: ClassVar[str] = "favourite"
    indexes: ClassVar[tuple[Index, ...]] = (Index("sessionId"),)

    session_id: str
    event_id: str
    user_id: str
    created_at: datetime

    @property
    def aggregate_id(self) -> str:
        return self.user_id


async def mark(store: Store, attending: Attending) -> None:
    """Make the session a favourite; again changes nothing."""
    session, user = attending.thing, attending.actor.id
    made = Favourite(
        id=_id(session.id, user), session_id=session.id, event_id=session.event_id, user_id=user,
        created_at=store.clock.now(),
    )  # fmt: skip
    if await store.get(Favourite, made.id, user) is None:
        await create_once(store, made, "SessionMarked", {"sessionId": session.id})


async def unmark(store: Store, attending: Attending) -> None:
    """Make it none any more; nothing when it is none."""
    session, user = attending.thing, attending.actor.id
    there = await store.get(Favourite, _id(session.id, user), user)
    if there is not None:
        with suppress(Stale):  # somebody of the same account has done it
            write = Write(user).delete(there)
            await store.commit(write.change("SessionUnmarked", there.subject, {"sessionId": session.id}))


async def among(store: Store, actor: Actor, session_ids: Sequence[str]) -> frozenset[str]:
    """Which of these sessions are the actor's favourites."""
    where = one_of("sessionId", session_ids)
    page = await store.query(Favourite, where, limit=len(session_ids), aggregate=actor.id)
    return frozenset(favourite.session_id for favourite in page.items)


def _id(session_id: str, user_id: str) -> str:
    return derived_id("fav", session_id, user_id)
