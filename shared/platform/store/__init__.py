"""The store port: the records of one tenant, and one way to write them.

A record lives at the key (container, tenant, aggregate, id). A transaction (`Write`) names one aggregate, and holds
records together with the changes that tell of them; nothing else writes. A store cannot be opened without a tenant.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, Self, TypeVar

from shared import errors
from shared.clock import Clock
from shared.errors import Conflict, PreconditionFailed, Problem, Unprocessable
from shared.platform.store.predicates import ALL, Predicate
from shared.platform.store.records import Change, Record

R = TypeVar("R", bound=Record)

MAX_OPERATIONS = 100
"""Operations of one transaction, changes included: the limit of a Cosmos DB batch."""
MAX_BYTES = 2_000_000
"""Bytes of one transaction's JSON: the same limit, with room for its envelope."""
MAX_LIMIT, MAX_SKIP = 1000, 10_000
"""Records of a page, and records skipped to come to it: keysets go deeper."""
_PAGE = 500


class AlreadyExists(Conflict):
    """A record to be created is there already; who tries again sees it."""

    code = "record.exists"
    title = "It exists already"
    transient = True


class Stale(PreconditionFailed):
    """A record to be replaced or deleted has another ETag now, or is gone; who tries again reads it anew."""

    transient = True


class Busy(errors.Busy):
    """The database has no room for this now, or does not answer; nothing is known to have changed."""

    code = "store.busy"
    title = "The database is busy"


class TooLarge(Unprocessable):
    """The transaction exceeds MAX_OPERATIONS or MAX_BYTES; nothing was sent."""

    code = "transaction.too_large"
    title = "Too much for one transaction"


class Unavailable(Problem):
    """The database cannot do this until somebody acts; nothing is known to have changed."""

    status = 503
    code = "store.unavailable"
    title = "The database is not available"


class Unreachable(Unavailable):
    """Its files cannot be opened, read or written."""

    code = "store.unreachable"
    title = "The database cannot be reached"


class Full(Unavailable):
    """It has no space left."""

    code = "store.full"
    title = "The database's disk is full"


class ReadOnly(Unavailable):
    """It may be read, not written."""

    code = "store.read_only"
    title = "The database is read-only"


class Damaged(Unavailable):
    """What is stored is no database any more, or not a whole one."""

    code = "store.damaged"
    title = "The database is damaged"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who and what a store is opened for; stamped on each change it writes."""

    actor: str = "system"
    correlation_id: str = ""
    causation_id: str | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Sort:
    """One field of an order, by its JSON name; null sorts before everything when ascending."""

    field: str
    descending: bool = False


Keyset = tuple[Any, ...]
"""Where a page ended: the values of the order's fields and, last, the id."""


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """A page of records; `after` continues behind the last one and is None at the end."""

    items: tuple[R, ...]
    after: Keyset | None


@dataclass(frozen=True, slots=True)
class Operation:
    """One record of a transaction: `create` needs absence, `replace` and `delete` its ETag, `put` nothing."""

    verb: str
    record: Record


@dataclass(frozen=True, slots=True)
class Event:
    """A change to be recorded; the store gives it its id, its sequence and its time."""

    type: str
    subject: str
    data: Mapping[str, Any]


@dataclass(slots=True)
class Write:
    """A transaction on one aggregate, built up by chaining: `Write(project.id).replace(project).change(…)`."""

    aggregate: str
    operations: list[Operation] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def create(self, record: Record) -> Self:
        return self._add("create", record)

    def replace(self, record: Record) -> Self:
        return self._add("replace", record)

    def put(self, record: Record) -> Self:
        """Write whatever is there: for records of one writer, such as cursors and projections."""
        return self._add("put", record)

    def delete(self, record: Record) -> Self:
        return self._add("delete", record)

    def change(self, event_type: str, subject: str, data: Mapping[str, Any] | None = None) -> Self:
        """Record that something happened: past tense type, subject `{type}/{id}`, JSON data."""
        self.events.append(Event(event_type, subject, dict(data or {})))
        return self

    def _add(self, verb: str, record: Record) -> Self:
        if record.aggregate_id != self.aggregate:
            raise ValueError(f"{record.kind} {record.id} belongs to {record.aggregate_id}, not to {self.aggregate}")
        self.operations.append(Operation(verb, record))
        return self


class Store(Protocol):
    """The records of one tenant, opened for one origin."""

    @property
    def tenant(self) -> str: ...

    @property
    def origin(self) -> Origin: ...

    @property
    def clock(self) -> Clock: ...

    async def get(self, model: type[R], record_id: str, aggregate: str | None = None) -> R | None:
        """The record by a point read; its aggregate is its own id unless named. None when missing or expired."""
        ...

    async def query(
        self,
        model: type[R],
        where: Predicate = ALL,
        *,
        order: Sequence[Sort] = (),
        limit: int = 100,
        skip: int = 0,
        after: Keyset | None = None,
        aggregate: str | None = None,
    ) -> Page[R]:
        """Records of the tenant (or of one aggregate) that match, ordered; at most `limit` (1…MAX_LIMIT).

        What is equal goes by id, in the direction of the order's last field; where aggregates share ids, the order
        has to tell them apart, or a page would begin behind all that share one. `skip` counts from the start of the
        list, so it cannot go with `after`.
        """
        ...

    async def count(self, model: type[Record], where: Predicate = ALL, *, aggregate: str | None = None) -> int: ...

    async def counts(self, model: type[Record], by: str, where: Predicate = ALL) -> dict[str, int]:
        """How many records match of each value of a text field, in one call; values of no record are left out."""
        ...

    async def commit(self, write: Write) -> tuple[Record, ...]:
        """Carry out a transaction whole or not at all; the records written, with their new ETags, in order.

        Raises AlreadyExists, Stale or TooLarge.
        """
        ...


class Stores(Protocol):
    """An open database, from which stores are opened, one for each tenant and origin; cheap to open."""

    def open(self, tenant: str, origin: Origin = Origin()) -> Store: ...

    @property
    def log(self) -> "ChangeLog": ...

    async def ping(self) -> None:
        """Raise unless the database can be read and written."""
        ...

    async def sweep(self) -> int:
        """Remove what has expired, which nobody sees any more, unless the database does; the number of records."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Lease:
    """A reader's exclusive right to go on reading the log, until a time by the store's clock."""

    reader: str
    owner: str
    position: str | None
    until: datetime


class ChangeLog(Protocol):
    """All tenants' changes, in the order of commits (an aggregate's by sequence); each reader keeps its place."""

    async def read(self, after: str | None, limit: int = 100) -> tuple[list[dict[str, Any]], str | None]:
        """Changes as stored JSON documents, behind a position, and the position behind the last of them."""
        ...

    async def wait(self, seconds: float, after: str | None = None) -> None:
        """Return once there are changes behind the position, or after `seconds`; None for the end as it is now."""
        ...

    async def acquire(self, reader: str, owner: str, seconds: float) -> Lease | None:
        """Take or renew the reader's lease; None while somebody else holds it."""
        ...

    async def checkpoint(self, lease: Lease, position: str) -> Lease:
        """Remember the position; raises Stale when the lease was lost."""
        ...

    async def release(self, lease: Lease) -> None: ...


async def save(store: Store, record: R, change: str, data: Mapping[str, Any] | None = None, *, subject: str = "") -> R:
    """Create the record (no ETag yet) or replace it, and record the change of the same subject; returns it as saved."""
    write = Write(record.aggregate_id)
    write = write.replace(record) if record.etag else write.create(record)
    saved = (await store.commit(write.change(change, subject or record.subject, data)))[0]
    assert isinstance(saved, type(record))  # noqa: S101 -- commit answers in the order of its operations
    return saved


async def create_once(store: Store, record: R, change: str, data: Mapping[str, Any] | None = None) -> R:
    """Create the record, or find the one that an earlier try of the same request has made."""
    try:
        return await save(store, record, change, data)
    except AlreadyExists:
        found = await store.get(type(record), record.id, record.aggregate_id)
        if found is None:
            raise
        return found


async def every(
    store: Store,
    model: type[R],
    where: Predicate = ALL,
    *,
    order: Sequence[Sort] = (),
    aggregate: str | None = None,
) -> AsyncIterator[R]:
    """All records that match, page by page."""
    after: Keyset | None = None
    while True:
        page = await store.query(model, where, order=order, limit=_PAGE, after=after, aggregate=aggregate)
        for record in page.items:
            yield record
        if page.after is None:
            return
        after = page.after


__all__ = [
    "ALL",
    "AlreadyExists",
    "Busy",
    "Change",
    "ChangeLog",
    "Damaged",
    "Event",
    "Full",
    "Keyset",
    "Lease",
    "Operation",
    "Origin",
    "Page",
    "Predicate",
    "ReadOnly",
    "Record",
    "Sort",
    "Stale",
    "Store",
    "Stores",
    "TooLarge",
    "Unavailable",
    "Unreachable",
    "Write",
    "create_once",
    "every",
    "save",
]
