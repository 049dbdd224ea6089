"""What follows from changes: what is deleted is noted, to be removed for good when nobody can restore it any more."""

from shared.domains.events.model import RESTORABLE, DeletedEvent
from shared.domains.projects.model import DeletedProject
from shared.domains.purging.purge import DELETED
from shared.platform.changes import Change, Consumer
from shared.platform.opened import platform
from shared.platform.store import Store
from shared.platform.store.due import forget, note


async def note_deleted(store: Store, change: Change) -> None:
    """Note when the thing is due, or that it is back."""
    stores = await platform().stores()
    model: type[DeletedEvent | DeletedProject] = DeletedEvent if _is_event(change) else DeletedProject
    deleted = await store.get(model, change.aggregate)
    if deleted is None:
        await forget(stores, DELETED, store.tenant, change.aggregate)
    else:
        await note(stores, DELETED, store.tenant, change.aggregate, deleted.deleted_at + RESTORABLE)


def _is_event(change: Change) -> bool:
    return change.event_type.startswith("Event")


NOTED = frozenset({"EventDeleted", "EventRestored", "ProjectDeleted", "ProjectRestored"})
CONSUMERS = (Consumer("purging", note_deleted, NOTED),)
