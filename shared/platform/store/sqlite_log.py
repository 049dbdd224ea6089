"""The change log of a SQLite store: positions in the order of commits, and readers that lease their place."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson

from shared.clock import Clock
from shared.platform.store import Lease, Stale
from shared.platform.store.records import instant
from shared.platform.store.sqlite_reader import Readers
from shared.platform.store.sqlite_writer import Writer

LOG_SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
    position INTEGER PRIMARY KEY AUTOINCREMENT, container TEXT, tenant TEXT, aggregate TEXT, id TEXT
);
CREATE TABLE IF NOT EXISTS readers (reader TEXT PRIMARY KEY, owner TEXT, until TEXT, position TEXT) WITHOUT ROWID;
"""
POLL_SECONDS = 0.05
"""How soon another process's changes are noticed; our own wake at once."""

_READ = """
SELECT log.position, records.body FROM log CROSS JOIN records USING (container, tenant, aggregate, id)
WHERE log.position > ? ORDER BY log.position LIMIT ?
"""


class Bell:
    """Wakes everyone who waits at the moment it is rung; rung from the event loop."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def heard(self, seconds: float) -> None:
        """Return when it rings, or after `seconds`."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)


class SqliteLog:
    """See `ChangeLog`. Positions are numbers as text."""

    def __init__(self, readers: Readers, writer: Writer, clock: Clock, bell: Bell) -> None:
        self._readers = readers
        self._writer = writer
        self._clock = clock
        self._bell = bell

    async def read(self, after: str | None, limit: int = 100) -> tuple[list[dict[str, Any]], str | None]:
        rows = self._readers.here(lambda db: db.execute(_READ, (_number(after), limit)).fetchall())
        return [orjson.loads(body) for _, body in rows], str(rows[-1][0]) if rows else after

    async def wait(self, seconds: float, after: str | None = None) -> None:
        seen = self._end() if after is None else _number(after)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self._end() <= seen and (left := deadline - loop.time()) > 0:
            await self._bell.heard(min(left, POLL_SECONDS))

    async def acquire(self, reader: str, owner: str, seconds: float) -> Lease | None:
        now = self._clock.now()
        until = now + timedelta(seconds=seconds)
        return await self._writer.run(_acquiring(Lease(reader, owner, None, until), instant(now)))

    async def checkpoint(self, lease: Lease, position: str) -> Lease:
        await self._writer.run(_changing(lease, "position = ?", position))
        return replace(lease, position=position)

    async def release(self, lease: Lease) -> None:
        with suppress(Stale):
            await self._writer.run(_changing(lease, "owner = ?, until = NULL", None))

    def _end(self) -> int:
        return self._readers.here(lambda db: int(db.execute("SELECT max(position) FROM log").fetchone()[0] or 0))


def _number(position: str | None) -> int:
    return int(position or 0)


def _acquiring(lease: Lease, now: str) -> Callable[[sqlite3.Connection], Lease | None]:
    def acquire(db: sqlite3.Connection) -> Lease | None:
        row = db.execute("SELECT owner, until, position FROM readers WHERE reader = ?", (lease.reader,)).fetchone()
        owner, until, position = row or (None, None, None)
        if owner not in (None, lease.owner) and (until or "") > now:
            return None
        values = (lease.reader, lease.owner, instant(lease.until), position)
        db.execute("INSERT OR REPLACE INTO readers (reader, owner, until, position) VALUES (?, ?, ?, ?)", values)
        return replace(lease, position=position)

    return acquire


def _changing(lease: Lease, assignment: str, value: str | None) -> Callable[[sqlite3.Connection], None]:
    def change(db: sqlite3.Connection) -> None:
        sql = f"UPDATE readers SET {assignment} WHERE reader = ? AND owner = ?"
        if not db.execute(sql, (value, lease.reader, lease.owner)).rowcount:
            raise Stale(f"{lease.owner} lost the lease of {lease.reader}.")

    return change
