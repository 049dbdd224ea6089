"""What the host must remember when it is killed: messages in hand, blobs handled, timers, change-feed positions.

SQLite with `synchronous=FULL`: what is recorded has reached the disk.
"""

import fcntl
import os
import sqlite3
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from local.host.errors import HostBusy, usable

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (queue TEXT, id TEXT, receipt TEXT, PRIMARY KEY (queue, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blob (function TEXT, name TEXT, etag TEXT, tries INTEGER, done INTEGER,
    PRIMARY KEY (function, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS timer (function TEXT PRIMARY KEY, last TEXT, next TEXT, updated TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lease (function TEXT PRIMARY KEY, position TEXT) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class TimerStatus:
    """When a timer last ran by its schedule, and when it is to run next."""

    last: datetime | None
    next: datetime
    updated: datetime


class State:
    """The host's own database, in its data folder, which it locks against a second host; raises CannotStart."""

    def __init__(self, folder: Path) -> None:
        with usable(folder), ExitStack() as opened:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = opened.enter_context(_lock(folder / "host.lock"))
            self._db = opened.enter_context(closing(sqlite3.connect(folder / "host.db", isolation_level=None)))
            self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; {_SCHEMA}")
            opened.pop_all()

    def close(self) -> None:
        self._db.close()
        self._lock.close()

    def hold_message(self, queue: str, message_id: str, receipt: str) -> None:
        """Record that this host has a message, so that the next one can release it at once."""
        self._db.execute("INSERT OR REPLACE INTO message VALUES (?, ?, ?)", (queue, message_id, receipt))

    def drop_message(self, queue: str, message_id: str) -> None:
        self._db.execute("DELETE FROM message WHERE queue = ? AND id = ?", (queue, message_id))

    def held_messages(self, queue: str) -> list[tuple[str, str]]:
        """Ids and pop receipts."""
        return list(self._db.execute("SELECT id, receipt FROM message WHERE queue = ?", (queue,)))

    def blob_tries(self, function: str, name: str, etag: str) -> int | None:
        """How often this version was tried, None when it is done with."""
        query = "SELECT tries, done FROM blob WHERE function = ? AND name = ? AND etag = ?"
        row = self._db.execute(query, (function, name, etag)).fetchone()
        if row is None:
            return 0
        return None if row[1] else int(row[0])

    def handled_blobs(self, function: str) -> dict[str, str]:
        """The ETag of the version that was handled, by blob name."""
        return dict(self._db.execute("SELECT name, etag FROM blob WHERE function = ? AND done", (function,)))

    def try_blob(self, function: str, name: str, etag: str, tries: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO blob VALUES (?, ?, ?, ?, 0)", (function, name, etag, tries))

    def finish_blob(self, function: str, name: str, etag: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO blob VALUES (?, ?, ?, 0, 1)", (function, name, etag))

    def forget_blobs(self, function: str, names: set[str]) -> None:
        """Blobs that no longer exist; one that appears again has another ETag."""
        rows = [(function, name) for name in names]
        self._db.execute("BEGIN")
        self._db.executemany("DELETE FROM blob WHERE function = ? AND name = ?", rows)
        self._db.execute("COMMIT")

    def timer(self, function: str) -> TimerStatus | None:
        row = self._db.execute("SELECT last, next, updated FROM timer WHERE function = ?", (function,)).fetchone()
        if row is None:
            return None
        last = datetime.fromisoformat(row[0]) if row[0] else None
        return TimerStatus(last, datetime.fromisoformat(row[1]), datetime.fromisoformat(row[2]))

    def save_timer(self, function: str, status: TimerStatus) -> None:
        last = status.last.isoformat() if status.last else None
        row = (function, last, status.next.isoformat(), status.updated.isoformat())
        self._db.execute("INSERT OR REPLACE INTO timer VALUES (?, ?, ?, ?)", row)

    def position(self, function: str) -> str | None:
        """Where the function's change feed is to be read on."""
        row = self._db.execute("SELECT position FROM lease WHERE function = ?", (function,)).fetchone()
        return None if row is None else str(row[0])

    def save_position(self, function: str, position: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO lease VALUES (?, ?)", (function, position))


def _lock(path: Path) -> IO[str]:
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        owner = file.read().strip()
        file.close()
        raise HostBusy(f"another host (process {owner}) runs on {path.parent}; stop it or use another folder") from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
