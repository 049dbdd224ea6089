"""Records as documents: their own JSON, with the key's second half and, for what expires, the seconds to live.

The ETag of an expiring record carries its end behind an `@`, so that a write can tell that the record it was read from
has expired, whatever the database still holds.
"""

import math
from datetime import datetime, timedelta
from typing import Any

import orjson

from shared.platform.store.batch import Prepared
from shared.platform.store.records import instant

Document = dict[str, Any]

RESERVED = frozenset({"aggregateId", "ttl", "_rid", "_self", "_etag", "_attachments", "_ts", "_lsn"})
"""Names that no record may have: the adapter's and the database's own."""
GRACE = timedelta(minutes=10)
"""How much longer than its record a document lives, as the clocks of app and database may differ."""


def document(prepared: Prepared, aggregate: str, now: datetime) -> Document:
    """What is sent for one operation."""
    record = prepared.operation.record
    made = body_document(prepared.body, aggregate)
    if prepared.expires_at is not None:
        left = datetime.fromisoformat(prepared.expires_at) + GRACE - now
        made["ttl"] = min(max(1, math.ceil(left.total_seconds())), 2**31 - 1)
    if record.id != made["id"]:
        raise ValueError(f"{record.kind} {record.id} is stored as {made['id']}")
    return made


def body_document(body: bytes, aggregate: str) -> Document:
    """A body with its aggregate."""
    made: Document = orjson.loads(body)
    made["aggregateId"] = aggregate
    return made


def etag_of(stored: Document) -> str:
    """The ETag that a record carries."""
    return etag(stored["_etag"], stored["expiresAt"] if "ttl" in stored else None)


def etag(raw: str, expires_at: str | None) -> str:
    bare = raw.strip('"')
    return bare if expires_at is None else f"{bare}@{expires_at}"


def raw_etag(carried: str) -> str:
    """The database's own form of an ETag, as it is sent back."""
    return f'"{carried.partition("@")[0]}"'


def outlived(carried: str, now: str) -> bool:
    """Whether the record that carries this ETag has expired."""
    until = carried.partition("@")[2]
    return bool(until) and until <= now


def expired(stored: Document, now: datetime) -> bool:
    return "ttl" in stored and bool(stored["expiresAt"] <= instant(now))
