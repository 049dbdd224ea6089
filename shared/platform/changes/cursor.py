"""How far each consumer has come in one aggregate: one record for all of them, in a container of its own."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from shared.platform.store import Change, Sort, Store, Write
from shared.platform.store.due import PROGRESS
from shared.platform.store.records import Index, Record

CURSOR_ID = "relay-cursor"
BY_AGGREGATE = (Sort("aggregate"),)
"""An order for lists of cursors, all of which have the same id."""
BACK_OFF_SECONDS = (0, 5, 30, 120)
"""From a try to the next; after the fifth the change is parked."""
MAX_ERROR = 1000


class Progress(BaseModel):
    """How far a consumer has come: the last sequence it is done with, and how the next one fares if it was tried.

    `times` counts how often it was taken back to begin again: whoever was under way before is not further.
    """

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    sequence: int
    times: int = 0
    tries: int = 0
    next_try: datetime | None = None
    parked: bool = False
    error: str = ""
    waiting_since: datetime | None = None

    @property
    def rank(self) -> tuple[int, int, int]:
        """The further one of two relays' places is right."""
        return self.times, self.sequence, self.tries

    def behind(self, sequence: int) -> Self:
        """Done with this one, whatever became of it."""
        return type(self)(sequence=sequence, times=self.times)

    def back(self, sequence: int) -> Self:
        """To take what follows on this one once more."""
        return type(self)(sequence=sequence, times=self.times + 1)

    def held(self, now: datetime) -> bool:
        return self.parked or (self.next_try is not None and self.next_try > now)

    def failed(self, change: Change, error: BaseException, now: datetime) -> Self:
        """After one more try at the next change."""
        parked = self.tries == len(BACK_OFF_SECONDS)
        return self.model_copy(
            update={
                "tries": self.tries + 1,
                "next_try": None if parked else now + timedelta(seconds=BACK_OFF_SECONDS[self.tries]),
                "parked": parked,
                "error": f"{type(error).__name__}: {error}"[:MAX_ERROR],
                "waiting_since": change.occurred_at,
            }
        )

    def waiting(self, change: Change, until: datetime) -> Self:
        """While the next change is in hand, or waits for its turn: nobody else begins with it until then."""
        return self.model_copy(update={"next_try": until, "waiting_since": change.occurred_at})


class RelayCursor(Record):
    """All consumers' places in an aggregate. `head` is the highest sequence that was given to them."""

    kind: ClassVar[str] = "relay_cursor"
    container: ClassVar[str] = PROGRESS
    indexes: ClassVar[tuple[Index, ...]] = (Index("aggregate"),)

    id: str = CURSOR_ID
    aggregate: str
    head: int = 0
    places: dict[str, Progress] = {}  # noqa: RUF012 -- pydantic copies it

    @property
    def aggregate_id(self) -> str:
        return self.aggregate

    def moved(self, head: int, places: Mapping[str, Progress]) -> Self:
        """With these places where they are further than its own."""
        further = {
            name: max(place, self.places.get(name, place), key=lambda each: each.rank) for name, place in places.items()
        }
        return self.with_(head=max(self.head, head), places={**self.places, **further})


async def read_cursor(store: Store, aggregate: str) -> RelayCursor:
    """The stored cursor, or a new one without an ETag."""
    return await store.get(RelayCursor, CURSOR_ID, aggregate) or RelayCursor(aggregate=aggregate)


async def write_cursor(store: Store, cursor: RelayCursor) -> None:
    """Create or replace; raises AlreadyExists or Stale."""
    write = Write(cursor.aggregate)
    await store.commit(write.replace(cursor) if cursor.etag else write.create(cursor))
