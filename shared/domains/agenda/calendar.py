"""Agendas as iCalendar (RFC 5545): times in UTC, which every program shows by its own clocks."""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shared.domains.agenda.queries import Chosen, Owner, chosen
from shared.domains.events.model import Event, EventStatus
from shared.domains.registrations.model import Standing
from shared.domains.sessions.model import DeletedSession, Session
from shared.domains.sessions.queries import Visible
from shared.platform.store import Store, every

if TYPE_CHECKING:
    from icalendar import Event as Entry

PRODUCT = "-//Event Hub//Agenda//EN"
REFRESH = timedelta(hours=1)
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
"""Control characters that no text of RFC 5545 may hold; line feeds are escaped, tabs allowed."""


@dataclass(frozen=True, slots=True)
class Line:
    """A session as a calendar shows it: `tentative` when it is not sure, `free` when it blocks no time."""

    session: Session
    event: Event
    tentative: bool = False
    free: bool = False


async def of_event(store: Store, event: Visible, address: str) -> bytes:
    """All sessions of an event, those deleted lately as cancelled ones."""
    lines = [line async for line in _lines(store, event.thing)]
    return _calendar(event.thing.display_name, event.thing.time_zone, lines, address)


async def of_person(store: Store, owner: Owner, address: str) -> bytes:
    """What somebody has chosen; what they wait for is tentative, what they have marked blocks no time."""
    lines = [_chosen_line(each) for each in await chosen(store, owner)]
    return _calendar("My agenda", "UTC", lines, address)


async def _lines(store: Store, event: Event) -> AsyncIterator[Line]:
    draft = event.status is EventStatus.DRAFT
    for kind in (Session, DeletedSession):
        async for session in every(store, kind, aggregate=event.id):
            yield Line(session, event, tentative=draft)


def _chosen_line(each: Chosen) -> Line:
    registration = each.registration
    waits = registration is not None and registration.standing is Standing.WAITING
    return Line(each.session, each.event, tentative=waits, free=registration is None)


def _calendar(name: str, zone: str, lines: Iterable[Line], address: str) -> bytes:
    from icalendar import Calendar

    calendar = Calendar()
    for key, value in (("prodid", PRODUCT), ("version", "2.0"), ("calscale", "GREGORIAN"), ("method", "PUBLISH")):
        calendar.add(key, value)
    for key, value in (("name", name), ("x-wr-calname", name), ("x-wr-timezone", zone)):
        calendar.add(key, _text(value))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for line in sorted(lines, key=lambda each: (each.session.start_time, each.session.id)):
        calendar.add_component(_entry(line, address))
    return bytes(calendar.to_ical())


def _entry(line: Line, address: str) -> "Entry":
    from icalendar import Event as Entry

    session, entry = line.session, Entry()
    texts = {"summary": session.title, "description": _description(session), "location": _place(session, line.event)}
    told: dict[str, Any] = {
        "uid": f"{session.id}@event-hub",
        "sequence": session.revision,
        "dtstamp": session.updated_at,
        "last-modified": session.updated_at,
        "created": session.created_at,
        "dtstart": session.start_time,
        "dtend": session.end_time,
        **{name: _text(text) for name, text in texts.items() if text},
        "categories": [session.session_type.value],
        "status": _status(line),
        "transp": "TRANSPARENT" if line.free else "OPAQUE",
        "url": f"{address}/v1/sessions/{session.id}",
    }
    for name, value in told.items():
        entry.add(name, value)
    return entry


def _status(line: Line) -> str:
    if isinstance(line.session, DeletedSession):
        return "CANCELLED"
    return "TENTATIVE" if line.tentative else "CONFIRMED"


def _description(session: Session) -> str:
    speakers = ", ".join(session.speakers)
    links = "\n".join((*session.resources, *([session.transcript] if session.transcript else [])))
    return "\n\n".join(part for part in (speakers, session.description, links) if part)


def _place(session: Session, event: Event) -> str:
    return ", ".join(part for part in (session.room, event.location) if part)


def _text(text: str) -> str:
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
