"""The engine's database: one writer that commits whatever has gathered, one reader, one owner at a time."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from local.host.durable.errors import EngineBusy

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS instances (
    id TEXT PRIMARY KEY, execution TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
    input TEXT, output TEXT, custom_status TEXT, created TEXT NOT NULL, updated TEXT NOT NULL,
    parent TEXT, parent_execution TEXT, parent_task INTEGER
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS instances_by_created ON instances (created, id);
CREATE TABLE IF NOT EXISTS history (
    instance TEXT NOT NULL, position INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (instance, position)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS inbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT NOT NULL, execution TEXT,
    kind INTEGER NOT NULL, event TEXT NOT NULL, follow TEXT
);
CREATE INDEX IF NOT EXISTS inbox_by_instance ON inbox (instance, number);
CREATE TABLE IF NOT EXISTS tasks (
    instance TEXT NOT NULL, execution TEXT NOT NULL, number INTEGER NOT NULL, position INTEGER,
    kind TEXT NOT NULL, due TEXT, task TEXT NOT NULL, PRIMARY KEY (instance, execution, number)
) WITHOUT ROWID;
"""


class Journal:
    """Runs pieces of work in transactions; those that arrive while one commits share the next."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = own(path.with_name(path.name + ".lock"))
        self._writer = connect(path)
        self._writer.executescript(SCHEMA)
        self.reader = connect(path)
        self._thread = ThreadPoolExecutor(1, "durable-journal")
        self._waiting: list[tuple[Work, asyncio.Future[Any]]] = []
        self._pump: asyncio.Task[None] | None = None

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in a transaction and return its result once that is on disk."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._drain())
        return await future

    async def close(self) -> None:
        """Finish what has been asked for and let the database go."""
        if self._pump is not None:
            await self._pump
        self._thread.shutdown()
        for connection in (self.reader, self._writer, self._lock):
            connection.close()

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            results = await loop.run_in_executor(self._thread, self._commit, [work for work, _ in batch])
            for (_, future), (result, error) in zip(batch, results, strict=True):
                settle(future, result, error)

    def _commit(self, works: list[Work]) -> list[tuple[Any, Exception | None]]:
        """Commit all together, or, should one of them fail, each alone."""
        try:
            with transaction(self._writer):
                return [(work(self._writer), None) for work in works]
        except Exception as error:  # noqa: BLE001 -- it belongs to whoever asked for the work
            return [(None, error)] if len(works) == 1 else [self._commit([work])[0] for work in works]


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Begin, then commit or roll back; a commit that fails, as on a full disk, is rolled back too."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def settle(future: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    """Answer whoever still waits."""
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def connect(path: Path) -> sqlite3.Connection:
    """Open a connection whose commits survive a power cut."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def own(path: Path) -> sqlite3.Connection:
    """Hold a lock that the system gives back even after `kill -9`; raise EngineBusy if another process has it."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        connection.close()
        raise EngineBusy(f"Another process is using {path}.") from error
    return connection
