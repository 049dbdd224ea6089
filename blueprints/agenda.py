"""Agendas over HTTP: of an event, and of whoever asks."""

from typing import Annotated

from azurefunctions.extensions.http.fastapi import Response
from pydantic import Field

from blueprints.surface import surface
from shared.access import Actor, Permission, allow
from shared.domains.agenda import calendar, queries
from shared.domains.agenda.queries import Owner
from shared.domains.agenda.views import AgendaEntry, DayView, NowView
from shared.domains.events import queries as events
from shared.domains.events.model import EventNotFound
from shared.domains.registrations import favourites
from shared.domains.sessions import queries as sessions
from shared.domains.sessions.model import Moment, SessionNotFound
from shared.domains.sessions.queries import Visible
from shared.platform.http import Api, Listed
from shared.platform.shapes import Query
from shared.platform.store import Store
from shared.settings import Settings

api = Api(surface, "Agenda")
CALENDAR = "text/calendar"


class When(Query):
    """The moment that is asked about; now when none is."""

    at: Annotated[Moment | None, Field(examples=["2026-05-04T09:30:00Z"])] = None


class Within(Query):
    """The one event that is asked about."""

    event_id: str | None = None


@api.put("v1/sessions/{session_id}/favourite", allow=Permission.REGISTER_FOR_SESSION, raises=(SessionNotFound,))
async def mark_session(session_id: str, actor: Actor, store: Store) -> None:
    """Put a session on the caller's agenda without registering for it."""
    await favourites.mark(store, await sessions.load(store, actor, session_id, Permission.REGISTER_FOR_SESSION))


@api.delete("v1/sessions/{session_id}/favourite", allow=Permission.REGISTER_FOR_SESSION, raises=(SessionNotFound,))
async def unmark_session(session_id: str, actor: Actor, store: Store) -> None:
    """Take a favourite off the agenda again; a registration stays."""
    await favourites.unmark(store, await sessions.load(store, actor, session_id, Permission.REGISTER_FOR_SESSION))


@api.get("v1/me/agenda", allow=Permission.REGISTER_FOR_SESSION)
async def get_agenda(query: Within, actor: Actor, store: Store) -> Listed[AgendaEntry]:
    """What the caller is registered for, waits for or has marked, by its start; overlaps are named."""
    owner: Owner = allow(actor, None, Permission.REGISTER_FOR_SESSION)
    entries = await queries.agenda(store, owner, query.event_id)
    return Listed(tuple(entries), len(entries))


@api.get("v1/me/agenda.ics", allow=Permission.REGISTER_FOR_SESSION, produces=(CALENDAR,))
async def export_agenda(actor: Actor, store: Store, settings: Settings) -> Response:
    """The same for a calendar: what the caller waits for is tentative, what they have marked blocks no time."""
    owner: Owner = allow(actor, None, Permission.REGISTER_FOR_SESSION)
    return Response(await calendar.of_person(store, owner, settings.address), media_type=CALENDAR)


@api.get(
    "v1/events/{event_id}/agenda.ics",
    allow=Permission.VIEW_EVENT,
    raises=(EventNotFound,),
    produces=(CALENDAR,),
    queries=2,
)
async def export_event(event_id: str, actor: Actor, store: Store, settings: Settings) -> Response:
    """All sessions of an event for a calendar; those deleted lately are cancelled."""
    event: Visible = await events.load(store, actor, event_id, Permission.VIEW_EVENT)
    return Response(await calendar.of_event(store, event, settings.address), media_type=CALENDAR)


@api.get("v1/events/{event_id}/now", allow=Permission.VIEW_EVENT, raises=(EventNotFound,), queries=5)
async def get_now(event_id: str, query: When, actor: Actor, store: Store) -> NowView:
    """What goes on in each room of an event, and what begins there next."""
    event: Visible = await events.load(store, actor, event_id, Permission.VIEW_EVENT)
    return await queries.now(store, actor, event, query.at or store.clock.now())


@api.get("v1/events/{event_id}/days", allow=Permission.VIEW_EVENT, raises=(EventNotFound,))
async def list_days(event_id: str, actor: Actor, store: Store) -> Listed[DayView]:
    """The days on which an event has sessions, and how many."""
    event: Visible = await events.load(store, actor, event_id, Permission.VIEW_EVENT)
    days = await queries.days(store, event)
    return Listed(tuple(days), len(days))
