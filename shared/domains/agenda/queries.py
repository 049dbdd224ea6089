"""What is on: in an event's rooms at a moment, and for somebody in all that they have chosen."""

from asyncio import gather
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from shared.access import Actor, Allowed, Permission
from shared.domains.agenda.views import AgendaEntry, DayView, NowView, Overlap, RoomNow
from shared.domains.events import queries as events
from shared.domains.events.model import Event, EventNotFound
from shared.domains.events.timetable import Booking, Timetable
from shared.domains.registrations import queries as registrations
from shared.domains.registrations.favourites import Favourite
from shared.domains.registrations.model import Registration
from shared.domains.registrations.views import SessionView
from shared.domains.sessions.model import Session
from shared.domains.sessions.queries import Visible
from shared.platform.store import Store, every
from shared.platform.store.predicates import eq, one_of

Owner = Allowed[None, Literal[Permission.REGISTER_FOR_SESSION]]
MOST = 500
"""Sessions of somebody's agenda: of more, those that end last."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A session in its event, that somebody is registered for, waits for or has marked."""

    session: Session
    event: Event
    registration: Registration | None


async def chosen(store: Store, owner: Owner, event_id: str | None = None) -> list[Chosen]:
    """What the owner has chosen and may still see, by its start; of one event if it is named."""
    actor = owner.actor
    mine = {each.session_id: each async for each in every(store, Registration, eq("userId", actor.id))}
    marked = [each async for each in every(store, Favourite, aggregate=actor.id)]
    wanted: dict[str, set[str]] = {}
    places = {(each.event_id, each.session_id) for each in mine.values()}
    for within, session_id in places | {(each.event_id, each.session_id) for each in marked}:
        if event_id in (None, within):
            wanted.setdefault(within, set()).add(session_id)
    found = [
        Chosen(session, event, mine.get(session.id))
        for event in await _seen(store, actor, wanted)
        for session in await _sessions(store, event, wanted[event.id])
    ]
    kept = sorted(found, key=lambda each: (each.session.end_time, each.session.id))[-MOST:]
    return sorted(kept, key=lambda each: (each.session.start_time, each.session.id))


async def agenda(store: Store, owner: Owner, event_id: str | None = None) -> list[AgendaEntry]:
    """The same as it is shown: each with the others that it overlaps."""
    found = await chosen(store, owner, event_id)
    views = await registrations.seen(store, owner.actor, [each.session for each in found])
    overlapping = _overlaps([each.session for each in found])
    return [
        AgendaEntry(
            session=view, event_name=each.event.display_name, time_zone=each.event.time_zone,
            overlaps=tuple(Overlap(id=other.id, title=other.title) for other in overlapping[each.session.id]),
        )
        for each, view in zip(found, views, strict=True)
    ]  # fmt: skip


async def now(store: Store, actor: Actor, event: Visible, at: datetime) -> NowView:
    """What goes on in each room, and what begins there next."""
    bookings = (await Timetable.of(store, event.thing.id)).bookings
    rooms = {room: _now_and_next([each for each in bookings if each.room == room], at) for room in _rooms(bookings)}
    ids = {each.session_id for pair in rooms.values() for part in pair for each in part}
    sessions = await _sessions(store, event.thing, ids)
    views = {view.id: view for view in await registrations.seen(store, actor, sessions)}
    shown = []
    for going, coming in rooms.values():
        first, then = (
            [views[each.session_id] for each in part if each.session_id in views] for part in (going, coming)
        )
        if first or then:
            shown.append(RoomNow(room=(first or then)[0].room, now=first, next=then))
    return NowView(at=at, rooms=tuple(shown))


async def days(store: Store, event: Visible) -> list[DayView]:
    """The days on which sessions begin, by the event's clocks."""
    zone, found = ZoneInfo(event.thing.time_zone), dict[date, list[Booking]]()
    for booking in (await Timetable.of(store, event.thing.id)).bookings:
        found.setdefault(booking.start.astimezone(zone).date(), []).append(booking)
    return [DayView(day=day, sessions=len(bookings)) for day, bookings in sorted(found.items())]


def _known(views: Mapping[str, SessionView], bookings: Iterable[Booking]) -> tuple[SessionView, ...]:
    return tuple(views[each.session_id] for each in bookings if each.session_id in views)


def _rooms(bookings: Iterable[Booking]) -> list[str]:
    return sorted({booking.room for booking in bookings})


def _now_and_next(bookings: Sequence[Booking], at: datetime) -> tuple[list[Booking], list[Booking]]:
    later = [each for each in bookings if each.start > at]
    soonest = min((each.start for each in later), default=at)
    return [each for each in bookings if each.start <= at < each.end], [each for each in later if each.start == soonest]


async def _seen(store: Store, actor: Actor, event_ids: Iterable[str]) -> list[Event]:
    found = await gather(*(_event(store, actor, each) for each in event_ids))
    return [event for event in found if event is not None]


async def _event(store: Store, actor: Actor, event_id: str) -> Event | None:
    try:
        return (await events.load(store, actor, event_id, Permission.VIEW_EVENT)).thing
    except EventNotFound:
        return None


async def _sessions(store: Store, event: Event, ids: Iterable[str]) -> list[Session]:
    """Those of the event that are still there, by their start."""
    wanted = sorted(ids)[:MOST]
    if not wanted:
        return []
    page = await store.query(Session, one_of("id", wanted), limit=len(wanted), aggregate=event.id)
    return sorted(page.items, key=lambda session: (session.start_time, session.id))


def _overlaps(sessions: Sequence[Session]) -> dict[str, list[Session]]:
    """For each of these sessions, which are in the order of their starts, the others at the same time."""
    found: dict[str, list[Session]] = {session.id: [] for session in sessions}
    for at, session in enumerate(sessions):
        for other in sessions[at + 1 :]:
            if other.start_time >= session.end_time:
                break
            found[session.id].append(other)
            found[other.id].append(session)
    return found
