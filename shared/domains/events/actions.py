"""What can be done with an event."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel

from shared.access import Actor, Allowed, Permission, allow
from shared.domains.events.model import (
    DeletedEvent,
    Event,
    EventDates,
    EventExists,
    EventState,
    EventStatus,
    SessionsOutside,
)
from shared.domains.events.queries import Restorable
from shared.domains.events.timetable import Timetable
from shared.errors import Fault
from shared.platform.changes.difference import difference
from shared.platform.shapes import IfMatch
from shared.platform.store import AlreadyExists, Store, Write, save
from shared.platform.store.reservations import confirm, release, reserve


async def create(
    store: Store,
    creator: Allowed[object, Literal[Permission.CREATE_EVENT]],
    fields: BaseModel,
    event_id: str = "",
    begin: Callable[[Event], Awaitable[Write]] | None = None,
) -> Event:
    """A new event in `draft`; its name and start day are the tenant's only ones.

    `begin` gives the transaction that it goes into, once it has its name.
    """
    now = store.clock.now()
    event = Event(
        id=event_id or store.clock.new_id("evt"),
        created_by=creator.actor.id,
        created_at=now,
        updated_at=now,
        **fields.model_dump(exclude_unset=True),
    )
    _check_dates(event)
    await _reserve_name(store, event)
    write = (await begin(event) if begin else Write(event.id)).create(event)
    write.change("EventCreated", event.subject, {"startDate": event.start_date.isoformat()})
    with suppress(AlreadyExists):  # by an earlier try of the same request
        await store.commit(write)
    await confirm(store, "event", _name(event), event.id)
    return await _made(store, event.id)


async def _made(store: Store, event_id: str) -> Event:
    event = await store.get(Event, event_id)
    if event is None:
        raise EventExists("This request has made an event before, which is deleted: restore it, or send another key.")
    return event


async def edit(
    store: Store, event: Allowed[Event, Literal[Permission.EDIT_EVENT]], changes: dict[str, Any], if_match: IfMatch
) -> Event:
    """Change fields of an event; a status among them acts as its own route does, and needs its permission."""
    to = EventStatus(changes.pop("status", event.thing.status))
    if to is not event.thing.status:
        _allow_move(event.actor, to)
    if_match.check(event.thing)
    return await _change(store, event.thing, to, changes)


async def publish(store: Store, event: Allowed[Event, Literal[Permission.PUBLISH_EVENT]]) -> Event:
    """Make an event visible to everyone signed in; an archived one goes live again."""
    return await _change(store, event.thing, EventStatus.LIVE, {})


async def archive(store: Store, event: Allowed[Event, Literal[Permission.ARCHIVE_EVENT]]) -> Event:
    """Close a live event; it stays readable."""
    return await _change(store, event.thing, EventStatus.ARCHIVED, {})


async def delete(store: Store, allowed: Allowed[Event, Literal[Permission.DELETE_EVENT]], if_match: IfMatch) -> None:
    """Take an event away for everyone, and free its name; what hangs on it follows the change."""
    event = allowed.thing
    if_match.check(event)
    deleted = DeletedEvent(**dict(event), deleted_at=store.clock.now(), deleted_by=allowed.actor.id)
    timetable = await Timetable.of(store, event.id)
    write = timetable.added_to(Write(event.id).replace(deleted))
    await store.commit(write.change("EventDeleted", event.subject, {"status": event.status}))
    await release(store, "event", _name(event), event.id)


async def restore(store: Store, restorable: Restorable) -> Event:
    """Bring a deleted event back as it was, unless another has its name now; what was deleted with it follows."""
    event = Event(**dict(restorable.thing)).with_(updated_at=store.clock.now())
    await _reserve_name(store, event)
    event = await save(store, event, "EventRestored", {"status": event.status})
    await confirm(store, "event", _name(event), event.id)
    return event


async def _change(store: Store, event: Event, to: EventStatus, changes: dict[str, Any]) -> Event:
    move = _move(event, to)
    edited = event.with_(**changes, status=to)
    _check_dates(edited)
    if _name(edited) == _name(event):
        return await _write(store, event, edited, move, changes)
    await _reserve_name(store, edited)
    edited = await _write(store, event, edited, move, changes)
    await confirm(store, "event", _name(edited), edited.id)
    await release(store, "event", _name(event), event.id)
    return edited


_MOVES = {
    EventStatus.LIVE: (frozenset({EventStatus.DRAFT, EventStatus.ARCHIVED}), Permission.PUBLISH_EVENT),
    EventStatus.ARCHIVED: (frozenset({EventStatus.LIVE}), Permission.ARCHIVE_EVENT),
}
_CHANGES = {EventStatus.LIVE: "EventPublished", EventStatus.ARCHIVED: "EventArchived"}


def _allow_move(actor: Actor, to: EventStatus) -> None:
    _, permission = _MOVES.get(to, (frozenset(), Permission.EDIT_EVENT))
    allow(actor, None, permission)


def _move(event: Event, to: EventStatus) -> str | None:
    """The change that tells of the move, None where there is none; raises EventState."""
    if event.status is to:
        return None
    allowed, _ = _MOVES.get(to, (frozenset(), None))
    if event.status not in allowed:
        raise EventState(f"An event that is {event.status} cannot become {to}.")
    return _CHANGES[to]


async def _write(store: Store, event: Event, edited: Event, move: str | None, changes: dict[str, Any]) -> Event:
    """Fields and status together, or not at all."""
    write = Write(edited.id).replace(edited.with_(updated_at=store.clock.now()))
    if move or changes.keys() & _TIMES:
        timetable = await Timetable.of(store, edited.id)
        _check_sessions(edited, timetable)
        timetable.added_to(write)
    if changes:
        write.change("EventUpdated", edited.subject, {"fields": difference(event, edited, changes)})
    if move:
        write.change(move, edited.subject, {"fields": difference(event, edited, ("status",))})
    if not write.events:
        return edited
    saved = (await store.commit(write))[0]
    assert isinstance(saved, Event)  # noqa: S101 -- commit answers in the order of its operations
    return saved


_TIMES = frozenset({"start_date", "end_date", "time_zone"})
_NAMED = 5
"""Sessions that a refusal names: enough to see what is meant, few enough to read."""


def _check_sessions(event: Event, timetable: Timetable) -> None:
    left_out = timetable.outside(event)
    if left_out:
        named = ", ".join(f"{booking.title!r} ({booking.session_id})" for booking in left_out[:_NAMED])
        more = f" and {len(left_out) - _NAMED} more" if len(left_out) > _NAMED else ""
        raise SessionsOutside(
            f"From {event.start_date} to {event.end_date} in {event.time_zone}, the event leaves out {named}{more}. "
            "Move or delete these sessions first, or choose days that hold them."
        )


def _name(event: Event) -> str:
    return f"{event.display_name.casefold()}\x1f{event.start_date.isoformat()}"


async def _reserve_name(store: Store, event: Event) -> None:
    name = _name(event)
    if not await reserve(store, "event", name, Event, event.id, holds=lambda owner: _name(owner) == name):
        raise EventExists("Choose another displayName or startDate, or rename the event that has them.")


def _check_dates(event: Event) -> None:
    faults = []
    if event.end_date < event.start_date:
        faults.append(Fault("/endDate", f"{event.end_date} is before the start, {event.start_date}"))
    if event.time_zone not in available_timezones():
        faults.append(Fault("/timeZone", f"{event.time_zone!r} is no IANA time zone, such as Europe/Berlin"))
    if faults:
        raise EventDates("; ".join(fault.detail for fault in faults), errors=faults)
