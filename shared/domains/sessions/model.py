"""A session of an event, and what may be wrong with one."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints

from shared.domains.events.model import Line, Prose
from shared.domains.events.timetable import Booking
from shared.errors import Conflict, NotFound, Unprocessable
from shared.platform.store.listing import Each, Listing, Order
from shared.platform.store.records import Expiring, Index, Record

Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
    Field(examples=["Forecasting free seats"]),
]
Speaker = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
OptionalLink = Annotated[str, StringConstraints(max_length=2000, pattern=r"^(https?://\S+)?$")]
Link = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://\S+$")]


def _utc(moment: datetime) -> datetime:
    if not 1900 <= moment.year < 2200:
        raise ValueError("a time of the years 1900 to 2199")
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_utc)]


class SessionType(StrEnum):
    """What happens in a session."""

    KEYNOTE = "keynote"
    PAPER = "paper"
    DEMO = "demo"
    PANEL = "panel"
    WORKSHOP = "workshop"
    POSTER = "poster"


class SessionFields(BaseModel):
    """What people say of a session; `resources` are links to its slides and the like, `transcript` one to its text."""

    title: Title
    description: Prose = ""
    speakers: Annotated[tuple[Speaker, ...], Field(max_length=50)] = ()
    session_type: SessionType = SessionType.PAPER
    start_time: Annotated[Moment, Field(examples=["2026-05-04T09:00:00Z"])]
    end_time: Annotated[Moment, Field(examples=["2026-05-04T10:00:00Z"])]
    room: Line = ""
    capacity: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    resources: Annotated[tuple[Link, ...], Field(max_length=50)] = ()
    transcript: OptionalLink = ""


class Session(SessionFields, Record):
    """A session, kept beside its event; calendars tell by its `revision` which of two copies is newer."""

    kind: ClassVar[str] = "session"
    indexes: ClassVar[tuple[Index, ...]] = (Index("startTime"), Index("title"))

    event_id: str
    revision: int = 0
    created_by: str
    created_at: datetime
    updated_at: datetime

    @property
    def aggregate_id(self) -> str:
        return self.event_id

    def revised(self, now: datetime) -> Self:
        """The next revision of it."""
        return self.with_(revision=self.revision + 1, updated_at=now)

    @property
    def booking(self) -> Booking:
        """What it takes of the event's timetable."""
        return Booking(
            session_id=self.id,
            title=self.title,
            start=self.start_time,
            end=self.end_time,
            room=self.room.casefold(),
            speakers=tuple(speaker.casefold() for speaker in self.speakers),
        )


class DeletedSession(Session, Expiring):
    """A deleted session, in the place of the session: calendars tell of it for a while that it does not take place."""

    kind: ClassVar[str] = "deleted_session"

    deleted_at: datetime
    deleted_by: str


SESSIONS = Listing(
    fields={
        "title": str, "sessionType": str, "room": str, "speakers": Each(str), "startTime": datetime,
        "endTime": datetime, "capacity": int,
    },
    orders=(Order("startTime"), Order("title")),
)  # fmt: skip


class SessionNotFound(NotFound):
    """No such session, or one of an event that the caller may not know of."""

    code = "session.not_found"
    title = "No such session"


class SessionTimes(Unprocessable):
    """It ends before it begins, or lies outside its event."""

    code = "session.times"
    title = "The session's times cannot be meant"


class DoubleBooking(Conflict):
    """The room or a speaker has another session at that time."""

    code = "session.double_booking"
    title = "The room or a speaker is booked already"


class CapacityTaken(Conflict):
    """More people are registered than there would be seats."""

    code = "session.capacity_taken"
    title = "More people are registered already"
