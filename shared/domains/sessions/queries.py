"""What can be asked about sessions, by those who see their event."""

from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from shared.access import Actor, Allowed, P, Permission, allow
from shared.domains.events import queries as events
from shared.domains.events.model import Event, EventNotFound
from shared.domains.sessions.model import Session, SessionNotFound
from shared.platform.store import ALL, Predicate, Sort, Store, every
from shared.platform.store.listing import Listed, Selection, listed
from shared.platform.store.predicates import Compare, all_of, eq
from shared.platform.store.records import instant

Visible = Allowed[Event, Literal[Permission.VIEW_EVENT]]


async def load(store: Store, actor: Actor, session_id: str, permission: P) -> Allowed[Session, P]:
    """A session of an event that the actor may see, and the proof that they may do this to it.

    Raises SessionNotFound or Forbidden.
    """
    found = await store.query(Session, eq("id", session_id), limit=1)
    for session in found.items:
        try:
            await events.load(store, actor, session.event_id, Permission.VIEW_EVENT)
        except EventNotFound:
            break
        return allow(actor, session, permission)
    raise SessionNotFound(f"There is no session {session_id} that you may see.")


async def all_of_event(store: Store, event: Visible) -> list[Session]:
    """All sessions of an event, by their start."""
    return [session async for session in every(store, Session, order=(Sort("startTime"),), aggregate=event.thing.id)]


async def of_event(store: Store, event: Visible, selection: Selection, day: date | None = None) -> Listed[Session]:
    """The sessions of an event, or those that begin on a day there."""
    where = _on(day, ZoneInfo(event.thing.time_zone)) if day else ALL
    return await listed(store, Session, selection, where, aggregate=event.thing.id)


def _on(day: date, zone: ZoneInfo) -> Predicate:
    """Beginning within the day by these clocks, which may be longer or shorter than others."""
    begins = datetime.combine(day, time(), zone)
    ends = datetime.combine(day + timedelta(days=1), time(), zone)
    return all_of(Compare("startTime", "ge", instant(begins)), Compare("startTime", "lt", instant(ends)))
