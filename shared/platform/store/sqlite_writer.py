"""The one thread that writes to a SQLite file: whoever waits meanwhile shares the next flush to disk."""

import asyncio
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from shared.platform.store.sqlite_faults import Faults

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], T]

GROUP = 64
"""Most transactions of one flush."""
PATIENCE_SECONDS = 30.0
"""How long to wait for another process that writes."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection without implicit transactions, usable from any thread."""
    connection = sqlite3.connect(
        path, timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    connection.execute("PRAGMA synchronous = FULL")
    return connection


@dataclass(slots=True)
class _Waiting(Generic[T]):
    job: Job[T]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[T]
    result: T | None = None
    error: BaseException | None = None

    def settle(self) -> None:
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)  # type: ignore[arg-type]  # T may be None


class Writer:
    """Runs jobs in the order they came, each a transaction of its own, many in one commit."""

    def __init__(self, path: Path, faults: Faults | None = None) -> None:
        self._path = path
        self._faults = faults or Faults()
        self._open: sqlite3.Connection | None = None
        self._queue: SimpleQueue[_Waiting[Any] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    async def run(self, job: Job[T]) -> T:
        """The job's result once it is on disk; whatever it raises undoes all it did."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue.put(_Waiting(job, loop, future))
        try:
            return await future
        except sqlite3.Error as error:
            raise self._faults.told(error) or error from error

    def close(self) -> None:
        """Finish what was asked for, then close."""
        self._queue.put(None)
        self._thread.join()
        self._close()

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            group = [first]
            more = self._drain(group)
            self._commit(group)
            _settle(group)
            if not more:
                return

    def _drain(self, group: list[_Waiting[Any]]) -> bool:
        """Add who else is waiting; False when told to stop."""
        with suppress(Empty):
            while len(group) < GROUP:
                waiting = self._queue.get_nowait()
                if waiting is None:
                    return False
                group.append(waiting)
        return True

    def _commit(self, group: list[_Waiting[Any]]) -> None:
        try:
            connection = self._opened()
            _begin(connection)
            for waiting in group:
                _attempt(connection, waiting)
            connection.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 -- whoever waits must hear of it, and the thread must live on
            for waiting in group:
                waiting.error = waiting.error or error
            self._close()  # nobody knows what the failure has left of it

    def _opened(self) -> sqlite3.Connection:
        if self._open is None:
            self._open = connect(self._path)
            self._open.execute("PRAGMA busy_timeout = 0")
        return self._open

    def _close(self) -> None:
        if self._open is not None:
            with suppress(sqlite3.Error):
                self._open.close()
            self._open = None


def _attempt(connection: sqlite3.Connection, waiting: _Waiting[Any]) -> None:
    """Run one job; what it raises undoes it alone, unless SQLite has undone the whole transaction."""
    connection.execute("SAVEPOINT one")
    try:
        waiting.result = waiting.job(connection)
    except Exception as error:
        waiting.error = error
        if not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO one")
    connection.execute("RELEASE one")


def _begin(connection: sqlite3.Connection) -> None:
    """Take the write lock; SQLite's own waiting sleeps longer and longer, and starves."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.0005)
        else:
            return


def _settle(group: list[_Waiting[Any]]) -> None:
    loops = defaultdict(list)
    for waiting in group:
        loops[waiting.loop].append(waiting)
    for loop, settled in loops.items():
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle_all, settled)


def _settle_all(settled: list[_Waiting[Any]]) -> None:
    for waiting in settled:
        waiting.settle()
