"""What is done with the sessions of an event, and what can be asked about them, by those who see the event."""

from typing import Literal

from pydantic import BaseModel

from shared.access import Actor, Allowed, Permission
from shared.domains.events import queries as events
from shared.domains.events.model import Event, EventNotFound, EventState, EventStatus
from shared.domains.events.timetable import Booking, Timetable
from shared.domains.sessions.model import DoubleBooking, Session, SessionNotFound, SessionTimes
from shared.errors import Fault
from shared.platform.store import AlreadyExists, Stale, Store, Write
from shared.platform.store.listing import Listed, Selection, listed
from shared.platform.store.predicates import eq

Editable = Allowed[Event, Literal[Permission.EDIT_EVENT]]


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
    """Save the session with its booking in one transaction; whoever loses a race looks again, at the event too."""
    while True:
        if (made := await store.get(Session, session.id, session.event_id)) is not None:
            return made  # by an earlier try of the same request
        timetable = await Timetable.of(store, session.event_id)
        event = await _event(store, session)
        _check_open(event)
        _check_times(event, session)
        if not allow_overlap:
            _check_free(session.booking, timetable)
        booked = timetable.with_(bookings=(*timetable.bookings, session.booking))
        write = booked.added_to(Write(session.event_id).create(session))
        try:
            saved, _ = await store.commit(
                write.change("SessionCreated", session.subject, {"eventId": session.event_id})
            )
        except (Stale, AlreadyExists):
            continue
        assert isinstance(saved, Session)  # noqa: S101 -- commit answers in the order of its operations
        return saved


async def _event(store: Store, session: Session) -> Event:
    """The event as it is after its timetable was read: a later change of it makes the timetable stale."""
    event = await store.get(Event, session.event_id)
    if event is None:
        raise EventNotFound(f"There is no event {session.event_id} any more.")
    return event


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
