"""What is done with the sessions of an event, and what can be asked about them, by those who see the event."""

from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from shared.access import Actor, Allowed, Permission
from shared.domains.events import queries as events
from shared.domains.events.model import Event, EventNotFound, EventState, EventStatus
from shared.domains.sessions.model import Booking, DoubleBooking, Session, SessionNotFound, SessionTimes, Timetable
from shared.errors import Fault
from shared.platform.store import AlreadyExists, Stale, Store, Write
from shared.platform.store.listing import Listed, Selection, listed
from shared.platform.store.predicates import eq

Editable = Allowed[Event, Literal[Permission.EDIT_EVENT]]
TIMETABLE = "timetable"
MIDNIGHT = timedelta(microseconds=1)
"""So that a session may end at the midnight that ends its event."""


async def create(
    store: Store,
    event: Editable,
    fields: BaseModel,
    session_id: str = "",
    *,
    allow_overlap: bool = False,
) -> Session:
    """A new session within the dates of its event; its room and speakers are free then, unless overlaps are allowed."""
    _check_open(event.thing)
    now = store.clock.now()
    session = Session(
        id=session_id or store.clock.new_id("sess"),
        event_id=event.thing.id,
        created_by=event.actor.id,
        created_at=now,
        updated_at=now,
        **fields.model_dump(),
    )
    _check_times(event.thing, session)
    return await _book(store, session, allow_overlap=allow_overlap)


async def load(store: Store, actor: Actor, session_id: str) -> Session:
    """A session of an event that the actor may see; raises SessionNotFound."""
    found = await store.query(Session, eq("id", session_id), limit=1)
    for session in found.items:
        try:
            await events.load(store, actor, session.event_id, Permission.VIEW_EVENT)
        except EventNotFound:
            break
        return session
    raise SessionNotFound(f"There is no session {session_id} that you may see.")


async def of_event(
    store: Store, event: Allowed[Event, Literal[Permission.VIEW_EVENT]], selection: Selection
) -> Listed[Session]:
    """The sessions of an event."""
    return await listed(store, Session, selection, aggregate=event.thing.id)


async def _book(store: Store, session: Session, *, allow_overlap: bool) -> Session:
    """Save the session with its booking in one transaction; whoever loses a race looks at the timetable again."""
    while True:
        if (made := await store.get(Session, session.id, session.event_id)) is not None:
            return made  # by an earlier try of the same request
        timetable = await store.get(Timetable, TIMETABLE, session.event_id)
        timetable = timetable or Timetable(id=TIMETABLE, event_id=session.event_id)
        booking = Booking.of(session)
        if not allow_overlap:
            _check_free(booking, timetable)
        booked = timetable.with_(bookings=(*timetable.bookings, booking))
        write = Write(session.event_id).create(session)
        write = write.replace(booked) if booked.etag else write.create(booked)
        try:
            saved, _ = await store.commit(
                write.change("SessionCreated", session.subject, {"eventId": session.event_id})
            )
        except (Stale, AlreadyExists):
            continue
        assert isinstance(saved, Session)  # noqa: S101 -- commit answers in the order of its operations
        return saved


def _check_free(booking: Booking, timetable: Timetable) -> None:
    for other in timetable.bookings:
        if booking.clashes(other):
            raise DoubleBooking(
                f"{other.title!r} ({other.session_id}) has the room or a speaker from {other.start:%Y-%m-%d %H:%M} to "
                f"{other.end:%Y-%m-%d %H:%M} UTC. Choose another time, or add ?allowOverlap=true."
            )


def _check_open(event: Event) -> None:
    if event.status is EventStatus.ARCHIVED:
        raise EventState("The event is archived and takes no more sessions.")


def _check_times(event: Event, session: Session) -> None:
    zone = ZoneInfo(event.time_zone)
    first, last = session.start_time.astimezone(zone), session.end_time.astimezone(zone) - MIDNIGHT
    days = f"the event goes from {event.start_date} to {event.end_date} in {event.time_zone}"
    faults = []
    if session.end_time <= session.start_time:
        faults.append(Fault("/endTime", "the session ends before it begins"))
    if first.date() < event.start_date:
        faults.append(Fault("/startTime", days))
    if last.date() > event.end_date:
        faults.append(Fault("/endTime", days))
    if faults:
        raise SessionTimes("; ".join(fault.detail for fault in faults), errors=faults)
