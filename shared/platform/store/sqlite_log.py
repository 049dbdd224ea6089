"""The change log of a SQLite store: positions in the order of commits."""

import asyncio
import sqlite3
from contextlib import suppress
from typing import Any

import orjson

LOG_SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
    position INTEGER PRIMARY KEY AUTOINCREMENT, container TEXT, tenant TEXT, aggregate TEXT, id TEXT
);
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

    def __init__(self, reader: sqlite3.Connection, bell: Bell) -> None:
        self._reader = reader
        self._bell = bell

    async def read(self, after: str | None, limit: int = 100) -> tuple[list[dict[str, Any]], str | None]:
        rows = self._reader.execute(_READ, (_number(after), limit)).fetchall()
        return [orjson.loads(body) for _, body in rows], str(rows[-1][0]) if rows else after

    async def wait(self, seconds: float, after: str | None = None) -> None:
        seen = self._end() if after is None else _number(after)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self._end() <= seen and (left := deadline - loop.time()) > 0:
            await self._bell.heard(min(left, POLL_SECONDS))

    def _end(self) -> int:
        row = self._reader.execute("SELECT max(position) FROM log").fetchone()
        return int(row[0] or 0)


def _number(position: str | None) -> int:
    return int(position or 0)
