"""Cloning an event: its sessions too, each at the same local time so many days later or earlier."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from shared.access import Allowed, Permission
from shared.clock import derived_id
from shared.domains.events import actions as events
from shared.domains.events.model import Event, EventDates, EventFields
from shared.domains.events.timetable import TIMETABLE, Timetable
from shared.domains.sessions.model import Session, SessionFields
from shared.errors import Fault
from shared.platform.store import Store, Write, every

TOGETHER = 45
"""Sessions of one transaction, which holds a change for each, and the event with its own."""

Cloneable = Allowed[Event, Literal[Permission.CREATE_EVENT]]


async def clone(store: Store, original: Cloneable, start: date, name: str | None, event_id: str = "") -> Event:
    """A draft with the fields and the sessions of an event, its first day moved to `start`; nobody is registered.

    Sessions beyond one transaction are written before the event, so that it is there whole or not at all. Raises
    EventExists and EventDates.
    """
    move = _Move.of(original.thing, start)
    given = [session async for session in every(store, Session, aggregate=original.thing.id)]
    now = store.clock.now()

    async def begin(event: Event) -> Write:
        made = [
            Session(
                id=derived_id("sess", event.id, session.id), event_id=event.id, created_by=original.actor.id,
                created_at=now, updated_at=now, **move.session(session),
            )
            for session in given
        ]  # fmt: skip
        timetable = Timetable(id=TIMETABLE, event_id=event.id, bookings=tuple(session.booking for session in made))
        for at in range(TOGETHER, len(made), TOGETHER):
            await _write_missing(store, event, made[at : at + TOGETHER])
        return _with_sessions(Write(event.id).create(timetable), event, made[:TOGETHER])

    return await events.create(store, original, move.event(name), event_id, begin)


@dataclass(frozen=True, slots=True)
class _Move:
    """From an event's days to others, so many days away; the clocks of its time zone may have changed between."""

    original: Event
    days: timedelta

    @classmethod
    def of(cls, event: Event, start: date) -> "_Move":
        return cls(event, start - event.start_date)

    def event(self, name: str | None) -> EventFields:
        event = self.original
        known = {field: getattr(event, field) for field in EventFields.model_fields}
        try:
            known |= {"start_date": event.start_date + self.days, "end_date": event.end_date + self.days}
        except OverflowError:
            raise _too_far() from None
        return EventFields.model_validate({**known, "display_name": name or event.display_name})

    def session(self, session: Session) -> dict[str, object]:
        """Its fields; where the clocks change within it, it ends later than it begins all the same."""
        try:
            start, end = self._moment(session.start_time), self._moment(session.end_time)
            end = end if end > start else start + (session.end_time - session.start_time)
            moved = {**{field: getattr(session, field) for field in SessionFields.model_fields}}
            return dict(SessionFields.model_validate({**moved, "start_time": start, "end_time": end}))
        except (OverflowError, ValidationError):
            raise _too_far() from None

    def _moment(self, moment: datetime) -> datetime:
        zone = ZoneInfo(self.original.time_zone)
        local = moment.astimezone(zone)
        return (local.replace(tzinfo=None) + self.days).replace(tzinfo=zone, fold=local.fold).astimezone(UTC)


def _too_far() -> EventDates:
    detail = "so far away there is no calendar for its sessions"
    return EventDates("The event cannot be moved there.", errors=[Fault("/startDate", detail)])


async def _write_missing(store: Store, event: Event, sessions: Sequence[Session]) -> None:
    """Those that no earlier try of the same request has written."""
    missing = [one for one in sessions if await store.get(Session, one.id, event.id) is None]
    if missing:
        await store.commit(_with_sessions(Write(event.id), event, missing))


def _with_sessions(write: Write, event: Event, sessions: Sequence[Session]) -> Write:
    for session in sessions:
        write = write.create(session).change("SessionCreated", session.subject, {"eventId": event.id})
    return write
