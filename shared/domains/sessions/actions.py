"""What is done with the sessions of an event."""

from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel

from shared.access import Allowed, Permission
from shared.domains.events.model import Event, EventNotFound, EventState, EventStatus
from shared.domains.events.timetable import Booking, Timetable
from shared.domains.sessions.attendance import Attendance
from shared.domains.sessions.model import (
    CapacityTaken,
    DeletedSession,
    DoubleBooking,
    Session,
    SessionFields,
    SessionNotFound,
    SessionTimes,
)
from shared.errors import Fault
from shared.platform.changes.difference import difference
from shared.platform.shapes import IfMatch
from shared.platform.store import AlreadyExists, Stale, Store, Write

Editable = Allowed[Event, Literal[Permission.EDIT_EVENT]]
EditableSession = Allowed[Session, Literal[Permission.EDIT_EVENT]]
REMEMBERED = timedelta(days=30)
"""How long calendars are told that a session was deleted, from when it would have ended."""


async def create(
    store: Store,
    event: Editable,
    fields: BaseModel,
    session_id: str = "",
    *,
    allow_overlap: bool = False,
) -> Session:
    """A new session within the dates of its event; its room and speakers are free then, unless overlaps are allowed."""
    now = store.clock.now()
    session = Session(
        id=session_id or store.clock.new_id("sess"),
        event_id=event.thing.id,
        created_by=event.actor.id,
        created_at=now,
        updated_at=now,
        **fields.model_dump(),
    )
    return await _book(store, session, allow_overlap=allow_overlap)


async def edit(
    store: Store,
    allowed: EditableSession,
    changes: dict[str, Any],
    if_match: IfMatch,
    *,
    allow_overlap: bool = False,
) -> Session:
    """Change fields of a session, which keeps to what a new one keeps to; nobody who is registered loses their seat."""
    session = allowed.thing
    while True:
        if_match.check(session)
        edited = session.with_(**changes)
        if edited == session:
            return session
        try:
            return await _rewrite(store, session, edited, allow_overlap=allow_overlap)
        except (Stale, AlreadyExists):
            session = await _again(store, session)


async def delete(store: Store, allowed: EditableSession, if_match: IfMatch) -> None:
    """Take a session out of its event; its room and speakers are free, and registrations for it follow the change."""
    session = allowed.thing
    while True:
        if_match.check(session)
        try:
            return await _remove(store, session, allowed.actor.id)
        except (Stale, AlreadyExists):
            session = await _again(store, session)


async def _book(store: Store, session: Session, *, allow_overlap: bool) -> Session:
    """Save the session with its booking in one transaction; whoever loses a race looks again, at the event too."""
    while True:
        if (made := await store.get(Session, session.id, session.event_id)) is not None:
            return made  # by an earlier try of the same request
        timetable = await _checked(store, session, allow_overlap=allow_overlap)
        write = timetable.booked(session.booking).added_to(Write(session.event_id).create(session))
        try:
            return await _saved(store, write.change("SessionCreated", session.subject, {"eventId": session.event_id}))
        except (Stale, AlreadyExists):
            continue


async def _rewrite(store: Store, session: Session, edited: Session, *, allow_overlap: bool) -> Session:
    """The session with its new booking and its seats, in one transaction."""
    moved = not edited.booking.occupies(session.booking)
    timetable = await _checked(store, edited, allow_overlap=allow_overlap or not moved)
    write = Write(edited.event_id).replace(edited.revised(store.clock.now()))
    if edited.booking != session.booking:
        timetable.booked(edited.booking).added_to(write)
    if edited.capacity != session.capacity:
        attendance = await Attendance.of(store, edited)
        _check_capacity(edited, attendance)
        attendance.added_to(write)
    fields = difference(session, edited, _FIELDS, counted=("speakers", "resources"))
    return await _saved(
        store, write.change("SessionUpdated", edited.subject, {"eventId": edited.event_id, "fields": fields})
    )


async def _remove(store: Store, session: Session, by: str) -> None:
    timetable = await Timetable.of(store, session.event_id)
    _check_open(await _event(store, session))
    now = store.clock.now()
    until = max(now, session.end_time) + REMEMBERED
    deleted = DeletedSession(**dict(session.revised(now)), deleted_at=now, deleted_by=by, expires_at=until)
    attendance = (await Attendance.of(store, session)).with_(attendees=0, waiting=0)
    write = timetable.released(session.id).added_to(Write(session.event_id).replace(deleted))
    attendance.added_to(write)
    await store.commit(write.change("SessionDeleted", session.subject, {"eventId": session.event_id}))


_FIELDS = frozenset(SessionFields.model_fields)


async def _saved(store: Store, write: Write) -> Session:
    saved = (await store.commit(write))[0]
    assert isinstance(saved, Session)  # noqa: S101 -- commit answers in the order of its operations
    return saved


async def _again(store: Store, session: Session) -> Session:
    """The session as somebody else has left it."""
    there = await store.get(Session, session.id, session.event_id)
    if there is None:
        raise SessionNotFound(f"There is no session {session.id} any more.")
    return there


async def _checked(store: Store, session: Session, *, allow_overlap: bool) -> Timetable:
    """The timetable of an event that can have the session so; raises EventState, SessionTimes or DoubleBooking."""
    timetable = await Timetable.of(store, session.event_id)
    event = await _event(store, session)
    _check_open(event)
    _check_times(event, session)
    if not allow_overlap:
        _check_free(session.booking, timetable)
    return timetable


async def _event(store: Store, session: Session) -> Event:
    """The event as it is after its timetable was read: a later change of it makes the timetable stale."""
    event = await store.get(Event, session.event_id)
    if event is None:
        raise EventNotFound(f"There is no event {session.event_id} any more.")
    return event


def _check_free(booking: Booking, timetable: Timetable) -> None:
    for other in timetable.released(booking.session_id).bookings:
        if booking.clashes(other):
            raise DoubleBooking(
                f"{other.title!r} ({other.session_id}) has the room or a speaker from {other.start:%Y-%m-%d %H:%M} to "
                f"{other.end:%Y-%m-%d %H:%M} UTC. Choose another time, or add ?allowOverlap=true."
            )


def _check_capacity(session: Session, attendance: Attendance) -> None:
    """Raise CapacityTaken when more people are registered than the session has seats."""
    if session.capacity is not None and session.capacity < attendance.attendees:
        raise CapacityTaken(
            f"{attendance.attendees} people are registered, which is the least capacity that the session can have now."
        )


def _check_open(event: Event) -> None:
    if event.status is EventStatus.ARCHIVED:
        raise EventState("The event is archived: its sessions stay as they are. Publish it again to change them.")


def _check_times(event: Event, session: Session) -> None:
    days = f"the event goes from {event.start_date} to {event.end_date} in {event.time_zone}"
    faults = []
    if session.end_time <= session.start_time:
        faults.append(Fault("/endTime", "the session ends before it begins"))
    if session.booking.before(event):
        faults.append(Fault("/startTime", days))
    if session.booking.after(event):
        faults.append(Fault("/endTime", days))
    if faults:
        raise SessionTimes("; ".join(fault.detail for fault in faults), errors=faults)
