"""The indexes that record types declare, made in the file where they are missing."""

import sqlite3
from collections.abc import Iterable
from hashlib import sha256

import orjson

from shared.platform.store.records import Index, Record, Restricted
from shared.platform.store.sqlite_access import access_ddl, table_of
from shared.platform.store.sqlite_sql import value_of

_OLD = f"""
SELECT tenant, aggregate, id, etag, body FROM records
WHERE container = ? AND kind = ? AND {value_of("schemaVersion")} < ?
"""
_RENEW = "UPDATE records SET body = ? WHERE container = ? AND tenant = ? AND aggregate = ? AND id = ?"


def prepare_indexes(db: sqlite3.Connection, models: Iterable[type[Record]]) -> None:
    """Make what is missing for these types; what earlier versions wrote gets its place in it."""
    for model in models:
        for index in model.indexes:
            db.execute(index_ddl(model, index))
        if issubclass(model, Restricted) and not _there(db, table_of(model)):
            _forget_former(db, model)
            _renew(db, model)
            for statement in access_ddl(model):
                db.execute(statement)


def _there(db: sqlite3.Connection, table: str) -> bool:
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone() is not None


def _forget_former(db: sqlite3.Connection, model: type[Record]) -> None:
    """Drop the table that other indexes of the type had, with its triggers."""
    names = "SELECT type, name FROM sqlite_master WHERE name GLOB ? AND type IN ('table', 'trigger') ORDER BY type DESC"
    for kind, name in db.execute(names, (f"access_{model.kind}_{'[0-9a-f]' * 8}*",)).fetchall():
        db.execute(f"DROP {kind} {name}")


def _renew(db: sqlite3.Connection, model: type[Record]) -> None:
    """Rewrite documents of older versions, which may not say yet who reads them."""
    old = db.execute(_OLD, (model.container, model.kind, model.version)).fetchall()
    for tenant, aggregate, record_id, etag, body in old:
        renewed = model.restored(orjson.loads(body), etag).encoded(tenant).decode()
        db.execute(_RENEW, (renewed, model.container, tenant, aggregate, record_id))


def index_name(model: type[Record], index: Index) -> str:
    digest = sha256("\n".join((model.container, *index.fields)).encode()).hexdigest()[:8]
    return f"by_{model.kind}_{digest}"


def index_ddl(model: type[Record], index: Index) -> str:
    """The partial index of a declaration: tenant first, id last and in the direction of the last field."""
    columns = [f"{value_of(name.removeprefix('-'))}{' DESC' * name.startswith('-')}" for name in index.fields]
    identity = f"id{' DESC' * index.fields[-1].startswith('-')}"
    return (
        f"CREATE INDEX IF NOT EXISTS {index_name(model, index)} ON records (tenant, {', '.join(columns)}, {identity}) "
        f"WHERE container = '{model.container}' AND kind = '{model.kind}'"
    )
