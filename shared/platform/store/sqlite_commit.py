"""A transaction as statements on SQLite: operations, then changes with the next sequences of their aggregate."""

import sqlite3
from collections.abc import Callable

from shared.platform.store import AlreadyExists, Stale
from shared.platform.store.batch import Batch, Prepared, change_id, numbered
from shared.platform.store.records import Change

Key = tuple[str, str, str, str]

_AT = "container = ? AND tenant = ? AND aggregate = ? AND id = ?"
_ALIVE = "(expires_at IS NULL OR expires_at > ?)"
_INSERT = """
INSERT INTO records (container, tenant, aggregate, id, kind, etag, expires_at, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_OVERWRITE = f"""
{_INSERT} ON CONFLICT (container, tenant, aggregate, id)
DO UPDATE SET kind = excluded.kind, etag = excluded.etag, expires_at = excluded.expires_at, body = excluded.body
"""
_CREATE = f"{_OVERWRITE} WHERE records.expires_at <= ?"
_REPLACE = f"UPDATE records SET kind = ?, etag = ?, expires_at = ?, body = ? WHERE {_AT} AND etag = ? AND {_ALIVE}"
_DELETE = f"DELETE FROM records WHERE {_AT} AND etag = ? AND {_ALIVE}"
_LAST = f"SELECT max(id) FROM records WHERE {_AT.replace('id = ?', 'id > ? AND id < ?')}"
_LOG = "INSERT INTO log (container, tenant, aggregate, id) VALUES (?, ?, ?, ?)"


def committing(batch: Batch, now: str) -> Callable[[sqlite3.Connection], None]:
    """The job that carries out a transaction."""

    def commit(db: sqlite3.Connection) -> None:
        for prepared in batch.operations:
            _operate(db, prepared, (batch.container, batch.tenant, batch.aggregate, prepared.operation.record.id), now)
        if batch.changes:
            _record_changes(db, batch)

    return commit


def _operate(db: sqlite3.Connection, prepared: Prepared, key: Key, now: str) -> None:
    record = prepared.operation.record
    stored = (record.kind, prepared.etag, prepared.expires_at, prepared.body.decode())
    match prepared.operation.verb:
        case "put":
            db.execute(_OVERWRITE, (*key, *stored))
        case "create":
            if not db.execute(_CREATE, (*key, *stored, now)).rowcount:
                raise AlreadyExists(f"There is a {record.kind} {record.id} already.")
        case "replace":
            _expect_one(db.execute(_REPLACE, (*stored, *key, record.etag, now)), prepared)
        case "delete":
            _expect_one(db.execute(_DELETE, (*key, record.etag, now)), prepared)


def _expect_one(cursor: sqlite3.Cursor, prepared: Prepared) -> None:
    if cursor.rowcount != 1:
        record = prepared.operation.record
        raise Stale(f"The {record.kind} {record.id} has changed since it was read.")


def _record_changes(db: sqlite3.Connection, batch: Batch) -> None:
    place = (batch.container, batch.tenant, batch.aggregate)
    last = db.execute(_LAST, (*place, change_id(0), change_id(9_999_999_999))).fetchone()[0]
    sequence = int(last.removeprefix("change-")) if last else 0
    for change, etag in zip(batch.changes, batch.change_etags, strict=True):
        sequence += 1
        key = (*place, change_id(sequence))
        db.execute(_INSERT, (*key, Change.kind, etag, None, numbered(change, sequence).decode()))
        db.execute(_LOG, key)
