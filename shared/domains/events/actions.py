"""What can be done with an event."""

from typing import Any
from zoneinfo import available_timezones

from pydantic import BaseModel

from shared.access import Actor, Permission
from shared.domains.events.model import Event, EventDates, EventExists, EventState, EventStatus
from shared.domains.events.queries import load
from shared.errors import Fault
from shared.platform.store import Store, save
from shared.platform.store.reservations import confirm, release, reserve

PUBLISHABLE = frozenset({EventStatus.DRAFT, EventStatus.ARCHIVED})


async def create(store: Store, actor: Actor, fields: BaseModel, event_id: str = "") -> Event:
    """A new event in `draft`; its name and start day are the tenant's only ones."""
    now = store.clock.now()
    event = Event(
        id=event_id or store.clock.new_id("evt"),
        created_by=actor.id,
        created_at=now,
        updated_at=now,
        **fields.model_dump(exclude_unset=True),
    )
    _check_dates(event)
    await _reserve_name(store, event)
    event = await save(store, event, "EventCreated", {"startDate": event.start_date.isoformat()})
    await confirm(store, "event", _name(event), event.id)
    return event


async def edit(store: Store, actor: Actor, event: Event, changes: dict[str, Any]) -> Event:
    """Change fields of an event; a status among them acts as its own route does, and needs its permission."""
    status = EventStatus(changes.pop("status", event.status))
    edited = event.with_(**changes, updated_at=store.clock.now())
    _check_dates(edited)
    renamed = _name(edited) != _name(event)
    if changes:
        if renamed:
            await _reserve_name(store, edited)
        edited = await save(store, edited, "EventUpdated", {"fields": sorted(changes)})
        if renamed:
            await confirm(store, "event", _name(edited), edited.id)
            await release(store, "event", _name(event), event.id)
    if status is EventStatus.LIVE and edited.status is not status:
        return await publish(store, actor, edited.id)
    if status is EventStatus.ARCHIVED and edited.status is not status:
        return await archive(store, actor, edited.id)
    if status is not edited.status:
        raise EventState(f"An event that is {edited.status} cannot become {status}.")
    return edited


async def publish(store: Store, actor: Actor, event_id: str) -> Event:
    """Make an event visible to everyone signed in; an archived one goes live again."""
    event = await load(store, actor, event_id, Permission.PUBLISH_EVENT)
    return await _move(store, event, EventStatus.LIVE, PUBLISHABLE, "EventPublished")


async def archive(store: Store, actor: Actor, event_id: str) -> Event:
    """Close a live event; it stays readable."""
    event = await load(store, actor, event_id, Permission.ARCHIVE_EVENT)
    return await _move(store, event, EventStatus.ARCHIVED, frozenset({EventStatus.LIVE}), "EventArchived")


async def _move(store: Store, event: Event, to: EventStatus, allowed: frozenset[EventStatus], change: str) -> Event:
    if event.status is to:
        return event
    if event.status not in allowed:
        raise EventState(f"The event is {event.status}; only {' or '.join(sorted(allowed))} can become {to}.")
    return await save(store, event.with_(status=to, updated_at=store.clock.now()), change)


def _name(event: Event) -> str:
    return f"{event.display_name.casefold()}\x1f{event.start_date.isoformat()}"


async def _reserve_name(store: Store, event: Event) -> None:
    name = _name(event)
    if not await reserve(store, "event", name, Event, event.id, holds=lambda owner: _name(owner) == name):
        raise EventExists("Choose another displayName or startDate, or edit the event that has them.")


def _check_dates(event: Event) -> None:
    faults = []
    if event.end_date < event.start_date:
        faults.append(Fault("/endDate", f"{event.end_date} is before the start, {event.start_date}"))
    if event.time_zone not in available_timezones():
        faults.append(Fault("/timeZone", f"{event.time_zone!r} is no IANA time zone, such as Europe/Berlin"))
    if faults:
        raise EventDates("; ".join(fault.detail for fault in faults), errors=faults)
