"""Reading a SQLite file: each read on one snapshot, at once while it is quick, in a thread when it is not."""

import asyncio
import math
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from shared.platform.store.sqlite_faults import Faults
from shared.platform.store.sqlite_writer import Job, connect

T = TypeVar("T")

QUICK_SECONDS = 0.002
"""How long the event loop may be held up by a read, before a thread starts it again."""
_THREADS = 4
_STEPS = 2000


class TooSlow(Exception):
    """A read took longer than it may here; nothing is left of it."""


class Reader:
    """One connection for reads, one at a time; after any failure it is another connection."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._deadline = math.inf

    def run(self, job: Job[T], seconds: float = math.inf) -> T:
        """The job's result on one snapshot; raises TooSlow when it is not there after `seconds`."""
        connection = self._opened()
        try:
            return self._on_snapshot(connection, job, seconds)
        except BaseException as error:
            self._deadline = math.inf
            if not _interrupted(error):
                self.close()
                raise
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            if connection.in_transaction:
                self.close()
            raise TooSlow from error

    def alone(self, job: Job[T]) -> T:
        """The result of a job of one statement, which is a snapshot by itself."""
        try:
            return job(self._opened())
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _on_snapshot(self, connection: sqlite3.Connection, job: Job[T], seconds: float) -> T:
        connection.execute("BEGIN")
        self._deadline = time.perf_counter() + seconds
        result = job(connection)
        self._deadline = math.inf  # what ends the snapshot must never be interrupted
        connection.execute("COMMIT")
        return result

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connect(self._path)
            self._connection.set_progress_handler(self._overdue, _STEPS)
        return self._connection

    def _overdue(self) -> bool:
        return time.perf_counter() > self._deadline


def _interrupted(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT


class Readers:
    """The readers of one process: one of the event loop, and one of each thread."""

    def __init__(self, path: Path, faults: Faults) -> None:
        self._path = path
        self._faults = faults
        self._quick = Reader(path)
        self._threads = ThreadPoolExecutor(_THREADS, "store-reader")
        self._local = threading.local()
        self.slow: list[Reader] = []

    async def run(self, job: Job[T], *, small: bool = True) -> T:
        """Run a read: at once when it promises to be small, in a thread when it is not after all."""
        try:
            if small:
                with suppress(TooSlow):
                    return self._quick.run(job, QUICK_SECONDS)
            return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: self._mine().run(job))
        except sqlite3.Error as error:
            raise self._faults.told(error) or error from error

    def here(self, job: Job[T]) -> T:
        """Run a read of one statement that is surely quick."""
        try:
            return self._quick.alone(job)
        except sqlite3.Error as error:
            raise self._faults.told(error) or error from error

    def close(self) -> None:
        self._threads.shutdown()
        for reader in [self._quick, *self.slow]:
            reader.close()

    def _mine(self) -> Reader:
        reader: Reader | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = Reader(self._path)
            self.slow.append(reader)
        return reader
