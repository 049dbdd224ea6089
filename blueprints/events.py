"""Events over HTTP."""

from asyncio import gather
from datetime import date, datetime
from typing import Annotated

import azure.functions as func
from pydantic import Field

from blueprints.surface import surface
from shared.access import Actor, Permission, allow
from shared.domains.events import actions, queries
from shared.domains.events.model import (
    DeletedEvent,
    Event,
    EventDates,
    EventExists,
    EventFields,
    EventNotFound,
    EventState,
    EventStatus,
    Name,
    SessionsOutside,
)
from shared.domains.events.views import CountedEventView, EventView, shown
from shared.domains.projects import deletion as projects_deletion
from shared.domains.projects import queries as projects
from shared.domains.projects.model import Project
from shared.domains.purging.purge import purge_due
from shared.domains.sessions import cloning
from shared.domains.sessions.cloning import Cloneable
from shared.domains.sessions.model import Session
from shared.platform.http import Api, Created, Listed, Listing, Order, Selection
from shared.platform.opened import platform as opened
from shared.platform.shapes import IfMatch, Input, NewId, Patch, Query
from shared.platform.store import ALL, Store
from shared.platform.store.listing import Each, listed
from shared.platform.store.predicates import all_of, eq

api = Api(surface, "Events")

LISTING = Listing(
    fields={
        "status": str, "displayName": str, "eventType": str, "location": str, "startDate": date, "endDate": date,
        "createdAt": datetime, "tags": Each(str),
    },
    orders=(Order("startDate"), Order("createdAt"), Order("displayName")),
    odata_type="microsoft.graph.collection",
)  # fmt: skip


class NewEvent(EventFields, Input):
    """What an event begins with."""


class EventPatch(EventFields, Patch):
    """What of an event may change."""

    display_name: Name = ""
    start_date: date = date.min
    end_date: date = date.min
    status: EventStatus = EventStatus.DRAFT


class Clone(Input):
    """The first day of the new event, local to its time zone, and its name unless that stays."""

    start_date: Annotated[date, Field(examples=["2027-05-03"])]
    display_name: Name | None = None


class Which(Query):
    """`upcoming=true` leaves out what is over.

    `deleted=true` lists what was deleted and can be restored, to those who may do that.
    """

    deleted: bool = False
    upcoming: bool = False


@api.get("v1/events", allow=Permission.LIST_EVENTS, listing=LISTING)
async def list_events(query: Which, actor: Actor, store: Store, selection: Selection) -> Listed[EventView]:
    """List the events; drafts only for those who may edit them, deleted ones for those who may restore them."""
    coming = queries.not_over(store.clock.now()) if query.upcoming else ALL
    if query.deleted:
        actor.require(Permission.RESTORE_EVENT)
        return (await listed(store, DeletedEvent, selection, all_of(queries.restorable(store.clock), coming))).map(
            shown
        )
    return (await listed(store, Event, selection, all_of(queries.visible_to(actor), coming))).map(shown)


@api.post("v1/events", allow=Permission.CREATE_EVENT, raises=(EventExists, EventDates))
async def create_event(body: NewEvent, actor: Actor, store: Store, new_id: NewId) -> Created[CountedEventView]:
    """Create an event in draft."""
    event = await actions.create(store, allow(actor, None, Permission.CREATE_EVENT), body, new_id("evt"))
    return Created(await _counted(store, actor, event), f"/v1/events/{event.id}")


@api.get("v1/events/{event_id}", allow=Permission.VIEW_EVENT, raises=(EventNotFound,), queries=2)
async def get_event(event_id: str, actor: Actor, store: Store) -> CountedEventView:
    """An event, with how much hangs on it."""
    return await _counted(store, actor, (await queries.load(store, actor, event_id, Permission.VIEW_EVENT)).thing)


@api.patch(
    "v1/events/{event_id}",
    allow=Permission.EDIT_EVENT,
    raises=(EventNotFound, EventExists, EventDates, EventState, SessionsOutside),
)
async def edit_event(
    event_id: str, body: EventPatch, if_match: IfMatch, actor: Actor, store: Store
) -> CountedEventView:
    """Change an event; a status acts as its own route does."""
    event = await actions.edit(
        store, await queries.load(store, actor, event_id, Permission.EDIT_EVENT), body.changes(), if_match
    )
    return await _counted(store, actor, event)


@api.post("v1/events/{event_id}/publish", allow=Permission.PUBLISH_EVENT, raises=(EventNotFound, EventState))
async def publish_event(event_id: str, actor: Actor, store: Store) -> CountedEventView:
    """Make an event live: visible to everyone signed in."""
    event = await actions.publish(store, await queries.load(store, actor, event_id, Permission.PUBLISH_EVENT))
    return await _counted(store, actor, event)


@api.post("v1/events/{event_id}/archive", allow=Permission.ARCHIVE_EVENT, raises=(EventNotFound, EventState))
async def archive_event(event_id: str, actor: Actor, store: Store) -> CountedEventView:
    """Close a live event; it stays readable."""
    event = await actions.archive(store, await queries.load(store, actor, event_id, Permission.ARCHIVE_EVENT))
    return await _counted(store, actor, event)


@api.delete("v1/events/{event_id}", allow=Permission.DELETE_EVENT, raises=(EventNotFound,))
async def delete_event(event_id: str, if_match: IfMatch, actor: Actor, store: Store) -> None:
    """Delete an event with all that hangs on it; for 30 days it can be restored."""
    await actions.delete(store, await queries.load(store, actor, event_id, Permission.DELETE_EVENT), if_match)
    await projects_deletion.follow_event(store, event_id)


@api.post(
    "v1/events/{event_id}/restore", allow=Permission.RESTORE_EVENT, raises=(EventNotFound, EventState, EventExists)
)
async def restore_event(event_id: str, actor: Actor, store: Store) -> CountedEventView:
    """Bring back a deleted event, with what was deleted with it."""
    event = await actions.restore(store, await queries.load_deleted(store, actor, event_id))
    await projects_deletion.follow_event(store, event_id)
    return await _counted(store, actor, event)


@api.post("v1/events/{event_id}/clone", allow=Permission.CREATE_EVENT, raises=(EventNotFound, EventExists, EventDates))
async def clone_event(
    event_id: str, body: Clone, actor: Actor, store: Store, new_id: NewId
) -> Created[CountedEventView]:
    """Create a draft from an event and its sessions, each at its local time, days later; nobody is registered."""
    original: Cloneable = await queries.load(store, actor, event_id, Permission.CREATE_EVENT)
    event = await cloning.clone(store, original, body.start_date, body.display_name, new_id("evt"))
    return Created(await _counted(store, actor, event), f"/v1/events/{event.id}")


@api.blueprint.timer_trigger(arg_name="timer", schedule="0 45 3 * * *")
async def purge_deleted(timer: func.TimerRequest) -> None:  # noqa: ARG001 -- the binding's name
    """Each night, remove for good what nobody can restore any more."""
    base = opened()
    await purge_due(await base.stores(), await base.blobs())


async def _counted(store: Store, actor: Actor, event: Event) -> CountedEventView:
    """The event with its sessions and those of its projects that the caller sees, counted."""
    mine = all_of(eq("eventId", event.id), projects.visible_to(actor))
    projects_seen, sessions = await gather(store.count(Project, mine), store.count(Session, aggregate=event.id))
    return CountedEventView(**dict(shown(event)), project_count=projects_seen, session_count=sessions)
