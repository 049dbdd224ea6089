"""The store on a SQLite file, which several processes may share: one writer thread in each, and readers beside it."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import orjson

from shared.clock import Clock
from shared.platform.store import ALL, Keyset, Origin, Page, Predicate, Record, Sort, Write
from shared.platform.store.batch import check_page, checked_tenant, prepare
from shared.platform.store.records import MODELS, Expiring, instant
from shared.platform.store.sqlite_commit import committing
from shared.platform.store.sqlite_faults import Faults, look, told
from shared.platform.store.sqlite_indexes import prepare_indexes
from shared.platform.store.sqlite_log import LOG_SCHEMA, Bell, SqliteLog
from shared.platform.store.sqlite_reader import Readers
from shared.platform.store.sqlite_selection import Selection
from shared.platform.store.sqlite_sql import unbound
from shared.platform.store.sqlite_writer import Writer, connect
from shared.platform.store.tenants import SYSTEM, Tenants

R = TypeVar("R", bound=Record)

SYSTEM_ORIGIN = Origin()
_SWEPT = 1000
_SMALL = 100
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS records (
    container TEXT NOT NULL, tenant TEXT NOT NULL, aggregate TEXT NOT NULL, id TEXT NOT NULL,
    kind TEXT NOT NULL, etag TEXT NOT NULL, expires_at TEXT, body TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS records_key ON records (container, tenant, aggregate, id);
CREATE INDEX IF NOT EXISTS records_within ON records (container, tenant, aggregate, kind, id);
CREATE INDEX IF NOT EXISTS records_kind ON records (container, kind, tenant, id);
CREATE INDEX IF NOT EXISTS records_expiry ON records (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS pings (one INTEGER PRIMARY KEY, at TEXT NOT NULL);
{LOG_SCHEMA}"""
_GET = """
SELECT body, etag, kind, expires_at FROM records INDEXED BY records_key
WHERE container = ? AND tenant = ? AND aggregate = ? AND id = ?
"""
_PING = "INSERT OR REPLACE INTO pings (one, at) VALUES (1, ?)"
_EXPIRE = "DELETE FROM records WHERE rowid IN (SELECT rowid FROM records WHERE expires_at <= ? LIMIT ?)"


async def open_sqlite(path: Path, clock: Clock) -> "SqliteStores":
    """Open the file, made when missing, with the indexes of all record types known by now."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        database = _Database(path)
    except (OSError, sqlite3.Error) as error:
        raise told(error) or error from error
    await database.writer.run(_prepare)
    stores = SqliteStores(database, clock)
    await stores.index(list(MODELS.values()))
    return stores


def _prepare(db: sqlite3.Connection) -> None:
    for statement in _SCHEMA.split(";"):
        db.execute(statement)


class _Database:
    """The file, as one process has it open."""

    def __init__(self, path: Path) -> None:
        with closing(connect(path)) as first:
            first.execute("PRAGMA journal_mode = WAL")
        self.path = path
        self.faults = Faults()
        self.writer = Writer(path, self.faults)
        self.readers = Readers(path, self.faults)

    def close(self) -> None:
        self.writer.close()
        self.readers.close()


class SqliteStores:
    """See `Stores`."""

    def __init__(self, database: _Database, clock: Clock) -> None:
        self.clock = clock
        self.database = database
        self.bell = Bell()
        self.log = SqliteLog(database.readers, database.writer, clock, self.bell)
        self.tenants = Tenants(self.open(SYSTEM))
        self._indexed: set[type[Record]] = set()

    def open(self, tenant: str, origin: Origin = SYSTEM_ORIGIN) -> "SqliteStore":
        return SqliteStore(self, checked_tenant(tenant), origin)

    async def index(self, models: Sequence[type[Record]]) -> None:
        """Make the declared indexes of these record types, where they are missing."""
        new = {model.whole for model in models} - self._indexed
        if new:
            await self.database.writer.run(lambda db: prepare_indexes(db, new))
            self._indexed |= new

    async def ping(self) -> None:
        if self.database.faults.lasting:
            raise self.database.faults.lasting
        await asyncio.to_thread(look, self.database.path)
        await self.database.writer.run(lambda db: db.execute(_PING, (instant(self.clock.now()),)))

    async def sweep(self) -> int:
        now, swept = instant(self.clock.now()), 0
        while True:
            removed = await self.database.writer.run(lambda db: db.execute(_EXPIRE, (now, _SWEPT)).rowcount)
            swept += removed
            if removed < _SWEPT:
                return swept

    async def close(self) -> None:
        await asyncio.to_thread(self.database.close)


class SqliteStore:
    """See `Store`."""

    def __init__(self, stores: SqliteStores, tenant: str, origin: Origin) -> None:
        self._stores = stores
        self.tenant = tenant
        self.origin = origin
        self.clock = stores.clock

    async def get(self, model: type[R], record_id: str, aggregate: str | None = None) -> R | None:
        key = (model.container, self.tenant, aggregate or record_id, record_id)
        row = self._stores.database.readers.here(lambda db: db.execute(_GET, key).fetchone())
        if row is None:
            return None
        body, etag, kind, expires_at = row
        if kind != model.kind or (expires_at is not None and expires_at <= instant(self.clock.now())):
            return None
        return model.restored(orjson.loads(body), etag)

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
        check_page(limit, skip, after)
        await self._stores.index([model])
        texts, parameters = self._selection(model, where, aggregate).pages(order, after)
        parameters = {**parameters, "skip": skip}
        return await self._stores.database.readers.run(
            lambda db: _page(db, model, texts, parameters, limit), small=limit <= _SMALL
        )

    async def count(self, model: type[Record], where: Predicate = ALL, *, aggregate: str | None = None) -> int:
        await self._stores.index([model])
        text, parameters = self._selection(model, where, aggregate).count()
        return int(await self._stores.database.readers.run(lambda db: db.execute(text, parameters).fetchone()[0]))

    async def counts(self, model: type[Record], by: str, where: Predicate = ALL) -> dict[str, int]:
        await self._stores.index([model])
        text, parameters = self._selection(model, where, None).counts(by)
        rows = await self._stores.database.readers.run(lambda db: db.execute(text, parameters).fetchall())
        found: Counter[Any] = Counter()
        for value, number in rows:
            found[value] += number
        return {value: number for value, number in found.items() if isinstance(value, str) and value}

    async def commit(self, write: Write) -> tuple[Record, ...]:
        batch = prepare(write, self.tenant, self.origin, self.clock)
        await self._stores.tenants.note(self.tenant)
        await self._stores.database.writer.run(committing(batch, instant(self.clock.now())))
        if batch.changes:
            self._stores.bell.ring()
        return tuple(each.operation.record.model_copy(update={"etag": each.etag}) for each in batch.operations)

    def _selection(self, model: type[Record], where: Predicate, aggregate: str | None) -> Selection:
        now = instant(self.clock.now()) if issubclass(model, Expiring) else None
        return Selection.of(model, self.tenant, where, aggregate, now)


def _page(
    db: sqlite3.Connection, model: type[R], texts: Sequence[str], parameters: dict[str, Any], limit: int
) -> Page[R]:
    rows: list[tuple[Any, ...]] = []
    for text in texts:
        if len(rows) <= limit:
            rows += db.execute(text, {**parameters, "limit": limit + 1 - len(rows)})
    items = tuple(model.restored(orjson.loads(row[0]), row[1]) for row in rows[:limit])
    return Page(items, tuple(map(unbound, rows[limit - 1][2:])) if len(rows) > limit else None)
