"""Sessions of events over HTTP."""

from blueprints.surface import surface
from shared.access import Actor, Permission
from shared.domains.events import queries as events
from shared.domains.events.model import EventNotFound, EventState
from shared.domains.sessions import actions
from shared.domains.sessions.actions import Editable
from shared.domains.sessions.model import (
    SESSIONS,
    DoubleBooking,
    SessionFields,
    SessionNotFound,
    SessionTimes,
    SessionView,
)
from shared.platform.http import Api, Created, Listed, Selection
from shared.platform.shapes import Input, NewId, Query
from shared.platform.store import Store

api = Api(surface, "Sessions")


class NewSession(SessionFields, Input):
    """What a session begins with."""


class Booked(Query):
    """`allowOverlap=true` books a room or a speaker a second time."""

    allow_overlap: bool = False


@api.get("v1/events/{event_id}/sessions", allow=Permission.VIEW_EVENT, raises=(EventNotFound,), listing=SESSIONS)
async def list_sessions(event_id: str, actor: Actor, store: Store, selection: Selection) -> Listed[SessionView]:
    """List the sessions of an event, by their start unless asked otherwise."""
    page = await actions.of_event(store, await events.load(store, actor, event_id, Permission.VIEW_EVENT), selection)
    return page.map(SessionView.of)


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
    return Created(SessionView.of(session), f"/v1/sessions/{session.id}")


@api.get("v1/sessions/{session_id}", allow=Permission.VIEW_EVENT, raises=(SessionNotFound,), queries=1)
async def get_session(session_id: str, actor: Actor, store: Store) -> SessionView:
    """A session of an event that the caller may see."""
    return SessionView.of(await actions.load(store, actor, session_id))
