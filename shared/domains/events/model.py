"""An event: its states, and what may be wrong with it."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field, StringConstraints, computed_field

from shared.access import EVERYBODY
from shared.errors import Conflict, NotFound, Unprocessable
from shared.platform.store.records import Index, Restricted

RESTORABLE = timedelta(days=30)
"""How long what was deleted can be restored."""
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    Field(examples=["Open Research Days"]),
]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Tags = Annotated[
    tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)], ...],
    Field(max_length=50),
]
ImageUrl = Annotated[str, StringConstraints(max_length=2000, pattern=r"^(https?://\S+)?$")]
"""Empty for none; never a script."""


class EventType(StrEnum):
    """What kind of gathering it is."""

    CONFERENCE = "conference"
    SEMINAR = "seminar"
    LECTURE_SERIES = "lecture-series"


class EventStatus(StrEnum):
    """`draft` is seen by those who may edit it; `live` and `archived` by everyone signed in."""

    DRAFT = "draft"
    LIVE = "live"
    ARCHIVED = "archived"


class EventFields(BaseModel):
    """What people say of an event; its dates are local to its time zone."""

    display_name: Name
    description: Prose = ""
    start_date: date
    end_date: date
    location: Line = ""
    event_type: EventType = EventType.CONFERENCE
    time_zone: Line = "UTC"
    tags: Tags = ()
    image_url: ImageUrl = ""


class Event(EventFields, Restricted):
    """A research event."""

    kind: ClassVar[str] = "event"
    version: ClassVar[int] = 2
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("createdAt"),
        Index("startDate"),
        Index("displayName"),
        Index("status", "startDate"),
        Index("status", "createdAt"),
    )

    status: EventStatus = EventStatus.DRAFT
    created_by: str
    created_at: datetime
    updated_at: datetime

    @computed_field  # type: ignore[prop-decorator]  # mypy takes no decorator on a property
    @property
    def readers(self) -> tuple[str, ...]:
        return (EVERYBODY,) if self.public else ()

    @property
    def public(self) -> bool:
        """Whether everyone signed in may see it."""
        return self.status is not EventStatus.DRAFT


class DeletedEvent(Event):
    """A deleted event, in the place of the event: nothing finds or writes that until it is restored."""

    kind: ClassVar[str] = "deleted_event"

    deleted_at: datetime
    deleted_by: str


class EventNotFound(NotFound):
    """No such event, or one that the caller may not know of."""

    code = "event.not_found"
    title = "No such event"


class EventExists(Conflict):
    """The tenant has an event of this name and start already."""

    code = "event.exists"
    title = "An event of this name starts on that day already"


class EventState(Conflict):
    """The event's state forbids it."""

    code = "event.state"
    title = "The event's state does not allow this"


class EventDates(Unprocessable):
    """It ends before it starts, or in no time zone."""

    code = "event.dates"
    title = "The event's dates cannot be meant"


class SessionsOutside(Conflict):
    """Its new days leave sessions out."""

    code = "event.sessions_outside"
    title = "Sessions would lie outside the event"
