"""What can be asked about events, by those who may see them."""

from datetime import datetime, timedelta
from typing import Literal

from shared.access import EVERYBODY, Actor, Allowed, P, Permission, allow
from shared.clock import Clock
from shared.domains.events.model import RESTORABLE, DeletedEvent, Event, EventNotFound, EventState
from shared.platform.store import ALL, Predicate, Store
from shared.platform.store.predicates import Compare, has
from shared.platform.store.records import instant

WESTERNMOST = timedelta(hours=12)
"""How far the last clocks of the world are behind UTC."""


def visible_to(actor: Actor) -> Predicate:
    """Drafts are for those who may edit events."""
    return ALL if actor.may(Permission.EDIT_EVENT) else has("readers", EVERYBODY)


def not_over(now: datetime) -> Predicate:
    """Events that last until today or later, where the day ends last."""
    return Compare("endDate", "ge", (now - WESTERNMOST).date().isoformat())


def visible(actor: Actor, event: Event) -> bool:
    return event.public or actor.may(Permission.EDIT_EVENT)


async def load(store: Store, actor: Actor, event_id: str, permission: P) -> Allowed[Event, P]:
    """An event that the actor may see, and the proof that they may do this to it; raises EventNotFound or Forbidden."""
    event = await store.get(Event, event_id)
    if event is None or not visible(actor, event):
        raise EventNotFound(f"There is no event {event_id} that you may see.")
    return allow(actor, event, permission)


Restorable = Allowed[DeletedEvent, Literal[Permission.RESTORE_EVENT]]


def restorable(clock: Clock) -> Predicate:
    """Deleted things that can still be restored."""
    return Compare("deletedAt", "gt", instant(clock.now() - RESTORABLE))


async def load_deleted(store: Store, actor: Actor, event_id: str) -> Restorable:
    """A deleted event that the actor may restore; raises EventNotFound, EventState or Forbidden."""
    deleted = await store.get(DeletedEvent, event_id)
    if deleted is None:
        await load(store, actor, event_id, Permission.RESTORE_EVENT)
        raise EventState("The event is not deleted.")
    if store.clock.now() >= deleted.deleted_at + RESTORABLE:
        raise EventNotFound(f"There is no event {event_id} that you may see.")
    return allow(actor, deleted, Permission.RESTORE_EVENT)
