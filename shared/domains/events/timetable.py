"""The timetable of an event: when its sessions have their rooms and speakers, and which of them its days leave out.

Whatever bears on both an event and its sessions writes the timetable too, so that neither changes past the other.
"""

from datetime import datetime, timedelta
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from shared.domains.events.model import Event
from shared.platform.store import Store, Write
from shared.platform.store.records import Record

TIMETABLE = "timetable"
MIDNIGHT = timedelta(microseconds=1)
"""So that a session may end at the midnight that ends its event."""


class Booking(BaseModel):
    """When a session has its room and its speakers, both in lower case."""

    session_id: str
    title: str
    start: datetime
    end: datetime
    room: str
    speakers: tuple[str, ...]

    def clashes(self, other: "Booking") -> bool:
        """Whether both want the same room or speaker at the same time; one may begin when the other ends."""
        shared = (self.room and self.room == other.room) or set(self.speakers) & set(other.speakers)
        return bool(shared) and self.start < other.end and other.start < self.end

    def occupies(self, other: "Booking") -> bool:
        """Whether both take the same room and speakers at the same time."""
        return (self.start, self.end, self.room, self.speakers) == (other.start, other.end, other.room, other.speakers)

    def before(self, event: Event) -> bool:
        """Whether it begins before the first day of the event, where that is."""
        return self.start.astimezone(ZoneInfo(event.time_zone)).date() < event.start_date

    def after(self, event: Event) -> bool:
        """Whether it ends after the last day of the event, where that is."""
        return (self.end.astimezone(ZoneInfo(event.time_zone)) - MIDNIGHT).date() > event.end_date


class Timetable(Record):
    """All bookings of an event: written with each of its sessions, so that no two are booked past each other."""

    kind: ClassVar[str] = "timetable"

    event_id: str
    bookings: tuple[Booking, ...] = ()

    @property
    def aggregate_id(self) -> str:
        return self.event_id

    @classmethod
    async def of(cls, store: Store, event_id: str) -> Self:
        """The timetable of an event, an empty one before its first session."""
        return await store.get(cls, TIMETABLE, event_id) or cls(id=TIMETABLE, event_id=event_id)

    def booked(self, booking: Booking) -> Self:
        """With the booking, in the place of the one that its session had."""
        return self._with((*self.released(booking.session_id).bookings, booking))

    def released(self, session_id: str) -> Self:
        """Without the booking of the session."""
        return self._with(tuple(each for each in self.bookings if each.session_id != session_id))

    def _with(self, bookings: tuple[Booking, ...]) -> Self:
        return self.model_copy(update={"bookings": bookings})  # all valid already, and there may be a thousand

    def outside(self, event: Event) -> tuple[Booking, ...]:
        """Those that the days of the event leave out."""
        return tuple(booking for booking in self.bookings if booking.before(event) or booking.after(event))

    def added_to(self, write: Write) -> Write:
        """The transaction, which now fails when somebody else has written the timetable meanwhile."""
        return write.replace(self) if self.etag else write.create(self)
