"""Agendas as the API shows them."""

from datetime import date, datetime

from pydantic import Field

from shared.domains.registrations.views import SessionView
from shared.platform.shapes import View


class Overlap(View):
    """Another session of the agenda at the same time."""

    id: str
    title: str


class AgendaEntry(View):
    """A session that the caller is registered for, waits for or has marked, by the clocks of its event."""

    session: SessionView
    event_name: str
    time_zone: str = Field(examples=["Europe/Vienna"])
    overlaps: tuple[Overlap, ...]


class RoomNow(View):
    """What goes on in a room (empty for sessions without one), and what begins there next."""

    room: str
    now: tuple[SessionView, ...]
    next: tuple[SessionView, ...]


class DayView(View):
    """A day of an event, where that is, and how many sessions begin on it."""

    day: date
    sessions: int = Field(examples=[12])


class NowView(View):
    """The rooms of an event in which something goes on or is to come."""

    at: datetime
    rooms: tuple[RoomNow, ...]
