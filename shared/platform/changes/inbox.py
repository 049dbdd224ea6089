"""Effects that happen once: the claim of an event goes into the effect's own transaction."""

from typing import ClassVar

from shared.platform.store import AlreadyExists, Change, Record, Store, Write


class InboxClaim(Record):
    """That a consumer has had its effect of an event. Kept for good: a replay may come at any time."""

    kind: ClassVar[str] = "inbox_claim"

    aggregate: str

    @property
    def aggregate_id(self) -> str:
        return self.aggregate


def claim(consumer: str, event_id: str, aggregate: str) -> InboxClaim:
    """To be created in the effect's transaction, which then fails with AlreadyExists the second time."""
    return InboxClaim(id=f"inbox-{consumer}-{event_id}", aggregate=aggregate)


async def claimed(store: Store, consumer: str, event_id: str, aggregate: str) -> bool:
    return await store.get(InboxClaim, f"inbox-{consumer}-{event_id}", aggregate) is not None


async def commit_once(store: Store, write: Write, consumer: str, change: Change) -> bool:
    """Commit the effect of a change unless it has happened; whether it happened now."""
    if await claimed(store, consumer, change.event_id, write.aggregate):
        return False
    try:
        await store.commit(write.create(claim(consumer, change.event_id, write.aggregate)))
    except AlreadyExists:
        if await claimed(store, consumer, change.event_id, write.aggregate):
            return False
        raise
    return True
