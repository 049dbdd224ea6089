"""What every adapter does to what it is asked before sending it: checks, and JSON to store."""

import re
from dataclasses import dataclass

from shared.clock import Clock
from shared.platform.store import (
    MAX_BYTES,
    MAX_LIMIT,
    MAX_OPERATIONS,
    MAX_SKIP,
    Event,
    Keyset,
    Operation,
    Origin,
    TooLarge,
    Write,
)
from shared.platform.store.records import Change, Expiring, Partial, encode, instant

_IDENTIFIER = re.compile(r"(?!\.{1,2}\Z)[^/\\?#\x00-\x1f]{1,255}(?<! )")
_AGGREGATE = re.compile(r"[^\x00-\x1f]{1,500}")


@dataclass(frozen=True, slots=True)
class Prepared:
    """One operation with its record's JSON, its new ETag, and when it expires."""

    operation: Operation
    body: bytes
    etag: str
    expires_at: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """A transaction ready to be sent. `changes` lack their ids and sequences: see `numbered`."""

    container: str
    tenant: str
    aggregate: str
    operations: tuple[Prepared, ...]
    changes: tuple[bytes, ...]
    change_etags: tuple[str, ...]


def prepare(write: Write, tenant: str, origin: Origin, clock: Clock) -> Batch:
    """Check a transaction and encode it; raises TooLarge, or ValueError for what no caller may write."""
    container = _container(write)
    if len(write.operations) + len(write.events) > MAX_OPERATIONS:
        raise TooLarge(f"A transaction may have at most {MAX_OPERATIONS} operations, changes included.")
    operations = tuple(_prepared(operation, tenant, clock) for operation in write.operations)
    changes = tuple(encode(_change(event, write.aggregate, tenant, origin, clock)) for event in write.events)
    if sum(len(each.body) for each in operations) + sum(map(len, changes)) > MAX_BYTES:
        raise TooLarge(f"A transaction may have at most {MAX_BYTES} bytes of JSON.")
    etags = tuple(clock.uuid7().hex for _ in changes)
    return Batch(container, tenant, write.aggregate, operations, changes, etags)


def change_id(sequence: int) -> str:
    """The id of an aggregate's change; the order of ids is that of sequences."""
    return f"change-{sequence:010d}"


def numbered(change: bytes, sequence: int) -> bytes:
    """A prepared change with its place in its aggregate."""
    return b'{"id":"%s","sequence":%d,' % (change_id(sequence).encode(), sequence) + change[1:]


def possible_id(text: str) -> bool:
    """Whether a record may have this id: it stands in addresses, where no slash and no dots may change the way."""
    return _IDENTIFIER.fullmatch(text) is not None


def checked_tenant(tenant: str) -> str:
    if not possible_id(tenant):
        raise ValueError(f"{tenant!r} cannot be a tenant")
    return tenant


def check_page(limit: int, skip: int, after: Keyset | None) -> None:
    """Raise ValueError for a page that no adapter gives."""
    if not 1 <= limit <= MAX_LIMIT or not 0 <= skip <= MAX_SKIP or (skip and after is not None):
        raise ValueError(f"no page of {limit} records, skipping {skip}, after {after}")


def _container(write: Write) -> str:
    """The one container of a transaction; changes live in the container that the feed is read from."""
    containers = {operation.record.container for operation in write.operations}
    if write.events:
        containers.add(Change.container)
    if len(containers) != 1:
        raise ValueError(f"a transaction needs one container, not {sorted(containers)}")
    if not _AGGREGATE.fullmatch(write.aggregate):
        raise ValueError(f"{write.aggregate!r} cannot be an aggregate")
    return containers.pop()


def _prepared(operation: Operation, tenant: str, clock: Clock) -> Prepared:
    record = operation.record
    if isinstance(record, Change):
        raise TypeError("changes are recorded by Write.change, and never touched again")
    if isinstance(record, Partial):
        raise TypeError(
            f"a {type(record).__name__} is a part of a {record.kind}, which has to be read whole to be written"
        )
    if not possible_id(record.id):
        raise ValueError(f"{record.id!r} cannot be an id")
    if operation.verb == "delete":
        return Prepared(operation, b"", record.etag, None)
    expires_at = instant(record.expires_at) if isinstance(record, Expiring) else None
    return Prepared(operation, record.encoded(tenant), clock.uuid7().hex, expires_at)


def _change(event: Event, aggregate: str, tenant: str, origin: Origin, clock: Clock) -> dict[str, object]:
    return {
        "kind": Change.kind,
        "schemaVersion": Change.version,
        "tenantId": tenant,
        "aggregate": aggregate,
        "eventId": str(clock.uuid7()),
        "eventType": event.type,
        "occurredAt": clock.now(),
        "producer": "event-hub",
        "correlationId": origin.correlation_id,
        "causationId": origin.causation_id,
        "subject": event.subject,
        "data": event.data,
        "actor": origin.actor,
        "address": origin.address,
    }
