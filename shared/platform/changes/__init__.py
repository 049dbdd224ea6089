"""Who hears of changes: a consumer gets each aggregate's changes in their order, at least once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from shared.platform.changes.cursor import Progress
from shared.platform.store import Change, Store

Handler = Callable[[Store, Change], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Consumer:
    """What is done about changes. `handle` must not mind being called twice with the same change; see `inbox`.

    `types` are the event types it wants, None for all. A consumer that is new to an aggregate starts with what
    happens next there, or with `from_start` at its first change. One with a `projection` makes that of the records'
    present state: to hear of the newest change of each subject is enough to make it anew; see `replay`.
    """

    name: str
    handle: Handler
    types: frozenset[str] | None = None
    from_start: bool = False
    projection: str = ""

    def wants(self, change: Change) -> bool:
        return self.types is None or change.event_type in self.types


@dataclass(frozen=True, slots=True)
class Parked:
    """A change that a consumer could not take in five tries; it holds back the consumer in that aggregate."""

    aggregate: str
    consumer: str
    sequence: int
    tries: int
    error: str
    since: datetime | None

    @classmethod
    def of(cls, aggregate: str, consumer: str, place: Progress) -> Self:
        return cls(aggregate, consumer, place.sequence + 1, place.tries, place.error, place.waiting_since)


__all__ = ["Change", "Consumer", "Handler", "Parked"]
