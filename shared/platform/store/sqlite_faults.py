"""What SQLite's failures mean to whoever called the store."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from shared.errors import Problem
from shared.platform.store import MAX_BYTES, Busy, Damaged, Full, ReadOnly, Unreachable

RESERVE_BYTES = 4 * MAX_BYTES
"""Space that has to be free: for the largest transaction, in the log and in the file."""

_HEAD = b"SQLite format 3\0"
_BUSY = (Busy, "Another process is writing to the database; try again.")
_READ_ONLY = (ReadOnly, "Give the app's account the right to write to the data folder and to the files in it.")
_DAMAGED = (Damaged, "Stop the app, and restore the data folder from a backup.")
_UNREACHABLE = (Unreachable, "Look after the disk of the data folder: the system cannot open, read or write a file.")
_FULL = (Full, "Free space on the disk of the data folder; then the same can be sent again.")
_TOLD = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: _UNREACHABLE,
    sqlite3.SQLITE_IOERR: _UNREACHABLE,
}


class Faults:
    """Tells what failures mean, and remembers the one that does not go away by itself."""

    def __init__(self) -> None:
        self.lasting: Problem | None = None

    def told(self, error: BaseException) -> Problem | None:
        problem = told(error)
        if isinstance(problem, Damaged):
            self.lasting = problem
        return problem


def told(error: BaseException) -> Problem | None:
    """The problem that a failure is; None for a mistake in a statement, which no caller can act on."""
    code = sqlite3.SQLITE_CANTOPEN if isinstance(error, OSError) else getattr(error, "sqlite_errorcode", None)
    if code is None or code & 0xFF not in _TOLD:
        return None
    problem, detail = _TOLD[code & 0xFF]
    return problem(detail)


def look(path: Path) -> None:
    """Look at the file as a newcomer would; raises a problem when it could not be opened, or hardly written."""
    if shutil.disk_usage(path.parent).free < RESERVE_BYTES:
        raise Full(_FULL[1])
    try:
        with path.open("rb") as file:  # SQLite itself may still find all in its log
            if file.read(len(_HEAD)) != _HEAD:
                raise Damaged(_DAMAGED[1])
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as db:
            db.execute("SELECT 1 FROM records LIMIT 1").fetchall()
    except (OSError, sqlite3.Error) as error:
        raise told(error) or error from error
