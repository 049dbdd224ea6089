"""Sessions of events over HTTP."""

from datetime import UTC, date, datetime
from typing import Annotated

from azurefunctions.extensions.http.fastapi import Response
from pydantic import Field

from blueprints.surface import surface
from shared.access import Actor, Permission
from shared.domains.events import queries as events
from shared.domains.events.model import EventNotFound, EventState
from shared.domains.registrations import actions as registering
from shared.domains.registrations import queries as registrations
from shared.domains.registrations.actions import Attending
from shared.domains.registrations.model import SessionOver
from shared.domains.registrations.views import AttendeeView, SessionView
from shared.domains.registrations.waiting import move_up
from shared.domains.sessions import actions, queries, table
from shared.domains.sessions.actions import Editable, EditableSession
from shared.domains.sessions.importing import ImportReport, imported
from shared.domains.sessions.model import (
    SESSIONS,
    CapacityTaken,
    DoubleBooking,
    Moment,
    Session,
    SessionFields,
    SessionNotFound,
    SessionTimes,
    Title,
)
from shared.domains.sessions.queries import Visible
from shared.domains.sessions.table import BadColumns, BadTable, TooManyRows
from shared.platform.http import Api, Created, Listed, Selection
from shared.platform.shapes import Csv, IfMatch, Input, NewId, Patch, Query
from shared.platform.store import Store

api = Api(surface, "Sessions")
CSV = "text/csv"
NEVER = datetime(1900, 1, 1, tzinfo=UTC)


class NewSession(SessionFields, Input):
    """What a session begins with."""


class SessionPatch(SessionFields, Patch):
    """What of a session may change."""

    title: Title = ""
    start_time: Annotated[Moment, Field(examples=["2026-05-04T09:00:00Z"])] = NEVER
    end_time: Annotated[Moment, Field(examples=["2026-05-04T10:00:00Z"])] = NEVER


class Day(Query):
    """The day on which sessions begin, where the event is; every day when none is named."""

    day: Annotated[date | None, Field(ge=date(1900, 1, 1), lt=date(2200, 1, 1), examples=["2026-05-04"])] = None


class SessionTable(Csv):
    """Sessions, a row each under a header."""

    example = "title,startTime,endTime,room\r\nOpening,2026-05-04 09:00,2026-05-04 10:00,Aula\r\n"


class Importing(Query):
    """`dryRun=true` tells what would become of each row; `allowOverlap=true` books rooms and speakers again."""

    dry_run: bool = False
    allow_overlap: bool = False


class Booked(Query):
    """`allowOverlap=true` books a room or a speaker a second time."""

    allow_overlap: bool = False


@api.get("v1/events/{event_id}/sessions", allow=Permission.VIEW_EVENT, raises=(EventNotFound,), listing=SESSIONS)
async def list_sessions(
    event_id: str, query: Day, actor: Actor, store: Store, selection: Selection
) -> Listed[SessionView]:
    """List the sessions of an event, by their start unless asked otherwise."""
    event: Visible = await events.load(store, actor, event_id, Permission.VIEW_EVENT)
    page = await queries.of_event(store, event, selection, query.day)
    return Listed(tuple(await registrations.seen(store, actor, page.items)), page.count, page.after)


@api.post(
    "v1/events/{event_id}/sessions",
    allow=Permission.EDIT_EVENT,
    raises=(EventNotFound, EventState, SessionTimes, DoubleBooking),
)
async def create_session(
    event_id: str, body: NewSession, query: Booked, actor: Actor, store: Store, new_id: NewId
) -> Created[SessionView]:
    """Add a session to an event; its room and speakers must be free at that time."""
    event: Editable = await events.load(store, actor, event_id, Permission.EDIT_EVENT)
    session = await actions.create(store, event, body, new_id("sess"), allow_overlap=query.allow_overlap)
    return Created(await _seen(store, actor, session), f"/v1/sessions/{session.id}")


@api.get(
    "v1/events/{event_id}/sessions.csv",
    allow=Permission.VIEW_EVENT,
    raises=(EventNotFound,),
    produces=(CSV,),
    queries=1,
)
async def export_sessions(event_id: str, actor: Actor, store: Store) -> Response:
    """The sessions of an event as a table that can be imported again; times by the event's clocks."""
    event: Visible = await events.load(store, actor, event_id, Permission.VIEW_EVENT)
    return Response(table.written(await queries.all_of_event(store, event), event.thing), media_type=CSV)


@api.post(
    "v1/events/{event_id}/import",
    allow=Permission.EDIT_EVENT,
    raises=(EventNotFound, BadTable, BadColumns, TooManyRows),
)
async def import_sessions(
    event_id: str, body: SessionTable, query: Importing, actor: Actor, store: Store
) -> ImportReport:
    """Create and change sessions by a table, each row whole or not at all; the report says what became of each.

    Columns: id, title, startTime, endTime, room, sessionType, speakers and resources (separated by semicolons),
    capacity, description, transcript, in any order, separated by commas, semicolons or tabs. A row is known by its id,
    else by its title and start. Times without an offset are by the event's clocks.
    """
    event: Editable = await events.load(store, actor, event_id, Permission.EDIT_EVENT)
    return await imported(store, event, body.text, dry_run=query.dry_run, allow_overlap=query.allow_overlap)


@api.get("v1/sessions/{session_id}", allow=Permission.VIEW_EVENT, raises=(SessionNotFound,), queries=5)
async def get_session(session_id: str, actor: Actor, store: Store) -> SessionView:
    """A session of an event that the caller may see."""
    return await _seen(store, actor, (await queries.load(store, actor, session_id, Permission.VIEW_EVENT)).thing)


@api.patch(
    "v1/sessions/{session_id}",
    allow=Permission.EDIT_EVENT,
    raises=(SessionNotFound, EventState, SessionTimes, DoubleBooking, CapacityTaken),
)
async def edit_session(
    session_id: str, body: SessionPatch, query: Booked, if_match: IfMatch, actor: Actor, store: Store
) -> SessionView:
    """Change a session; nobody who is registered loses their seat, and more seats go to those who wait."""
    session = await actions.edit(
        store,
        await queries.load(store, actor, session_id, Permission.EDIT_EVENT),
        body.changes(),
        if_match,
        allow_overlap=query.allow_overlap,
    )
    await move_up(store, session.event_id, session.id)
    return await _seen(store, actor, session)


@api.delete("v1/sessions/{session_id}", allow=Permission.EDIT_EVENT, raises=(SessionNotFound, EventState))
async def delete_session(session_id: str, if_match: IfMatch, actor: Actor, store: Store) -> None:
    """Delete a session; its room and speakers are free again, and calendars show it as cancelled."""
    await actions.delete(store, await queries.load(store, actor, session_id, Permission.EDIT_EVENT), if_match)


@api.post(
    "v1/sessions/{session_id}/register",
    allow=Permission.REGISTER_FOR_SESSION,
    raises=(SessionNotFound, EventState, SessionOver),
)
async def register_for_session(session_id: str, actor: Actor, store: Store) -> SessionView:
    """Take a seat in a session, or the last place in its queue when it is full; again changes nothing."""
    attending: Attending = await queries.load(store, actor, session_id, Permission.REGISTER_FOR_SESSION)
    await registering.register(store, attending)
    return await _seen(store, actor, attending.thing)


@api.delete(
    "v1/sessions/{session_id}/register",
    allow=Permission.REGISTER_FOR_SESSION,
    raises=(SessionNotFound, EventState, SessionOver),
)
async def withdraw_from_session(session_id: str, actor: Actor, store: Store) -> None:
    """Give up a seat, which goes to the first in the queue, or a place in the queue."""
    await registering.withdraw(store, await queries.load(store, actor, session_id, Permission.REGISTER_FOR_SESSION))


@api.get(
    "v1/sessions/{session_id}/attendees",
    allow=Permission.EDIT_EVENT,
    raises=(SessionNotFound,),
    listing=registrations.ATTENDEES,
)
async def list_attendees(session_id: str, actor: Actor, store: Store, selection: Selection) -> Listed[AttendeeView]:
    """Who is registered, and who waits; by the order in which they came."""
    allowed: EditableSession = await queries.load(store, actor, session_id, Permission.EDIT_EVENT)
    return await registrations.attendees(store, allowed, selection)


async def _seen(store: Store, actor: Actor, session: Session) -> SessionView:
    return (await registrations.seen(store, actor, [session]))[0]
