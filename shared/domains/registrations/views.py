"""Sessions as the API shows them, with who attends as far as each may know."""

from datetime import datetime
from typing import Self

from pydantic import Field

from shared.domains.registrations.model import Registration, Standing
from shared.domains.sessions.attendance import Attendance
from shared.domains.sessions.model import Session, SessionType
from shared.platform.shapes import View


class SessionView(View):
    """A session; `registered`, `waiting`, `position` (in the queue, from 1) and `favourite` are the caller's own."""

    id: str
    event_id: str
    title: str
    description: str
    speakers: tuple[str, ...]
    session_type: SessionType
    start_time: datetime
    end_time: datetime
    room: str
    capacity: int | None
    attendees: int = Field(examples=[387])
    waiting_count: int = Field(examples=[0])
    registered: bool
    waiting: bool
    position: int | None
    favourite: bool
    resources: tuple[str, ...]
    transcript: str
    created_by: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(
        cls,
        session: Session,
        counts: Attendance | None,
        mine: Registration | None,
        position: int | None = None,
        *,
        favourite: bool = False,
    ) -> Self:
        return cls(
            **dict(session),
            attendees=counts.attendees if counts else 0,
            waiting_count=counts.waiting if counts else 0,
            registered=mine is not None and mine.standing is Standing.REGISTERED,
            waiting=mine is not None and mine.standing is Standing.WAITING,
            position=position,
            favourite=favourite,
        )


class AttendeeView(View):
    """Somebody who is registered or waits; the name is empty when the account is gone."""

    user_id: str
    display_name: str = Field(examples=["Ada Reader"])
    standing: Standing
    place: int
    registered_at: datetime

    @classmethod
    def of(cls, registration: Registration, name: str) -> Self:
        return cls(
            user_id=registration.user_id,
            display_name=name,
            standing=registration.standing,
            place=registration.place,
            registered_at=registration.created_at,
        )
