"""What only the SQLite adapter does: files, processes, threads."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import ClassVar

import pytest

from shared.platform.store import Busy, Change, Full, Sort, Write, save
from shared.platform.store.predicates import Compare
from shared.platform.store.records import Index, Record
from shared.platform.store.sqlite import open_sqlite
from tests.fakes import FakeClock

ROOT = Path(__file__).parents[4]
WRITER = """
import asyncio, sys
from pathlib import Path
from shared.clock import Clock
from shared.platform.store import Write
from shared.platform.store.sqlite import open_sqlite
from tests.shared.platform.store.test_sqlite import Mark

async def main():
    stores = await open_sqlite(Path(sys.argv[1]), Clock())
    store = stores.open("acme")
    async def write(name):
        for n in range(int(sys.argv[3])):
            record = Mark(id=f"{name}-{n}", page=n)
            await store.commit(Write(record.id).create(record).change("Marked", record.subject))
            await store.commit(Write("shared").put(Mark(id=name, page=n, book="shared")).change("Marked", "x/y"))
            print(record.id, flush=True)
    await asyncio.gather(*(write(f"{sys.argv[2]}{k}") for k in range(3)))

asyncio.run(main())
"""


class Mark(Record):
    kind = "sqlite_mark"
    indexes: ClassVar[tuple[Index, ...]] = (Index("page"),)

    page: int = 0
    book: str = ""

    @property
    def aggregate_id(self) -> str:
        return self.book or self.id


@pytest.fixture
async def stores(tmp_path, clock):
    opened = await open_sqlite(tmp_path / "records.db", clock)
    yield opened
    await opened.close()


def writing(path, name, count):
    command = [sys.executable, "-c", WRITER, str(path), name, str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


async def test_all_that_was_acknowledged_survives_a_kill(tmp_path, clock):
    path = tmp_path / "records.db"
    with writing(path, "w", 100_000) as process:
        acknowledged = [process.stdout.readline().strip() for _ in range(200)]
        process.send_signal(signal.SIGKILL)
        acknowledged += process.stdout.read().split("\n")[:-1]
    stores = await open_sqlite(path, clock)
    store = stores.open("acme")
    for record_id in acknowledged:
        assert await store.get(Mark, record_id), record_id
        assert (await store.query(Change, aggregate=record_id)).items[0].subject == f"sqlite_mark/{record_id}"
    records = await store.count(Mark)
    changes = await store.count(Change)
    shared = await store.count(Change, aggregate="shared")
    assert records - await store.count(Mark, aggregate="shared") == changes - shared
    await stores.close()


async def test_two_processes_write_side_by_side(tmp_path, clock):
    path = tmp_path / "records.db"
    processes = [writing(path, name, 40) for name in "ab"]
    for process in processes:
        await asyncio.to_thread(process.communicate)
        assert process.returncode == 0
    stores = await open_sqlite(path, clock)
    store = stores.open("acme")
    changes = (await store.query(Change, aggregate="shared", limit=1000)).items
    assert [change.sequence for change in changes] == list(range(1, 241))
    assert await store.count(Mark) == 246
    await stores.close()


async def test_many_may_open_a_new_file_at_once(tmp_path, clock):
    path = tmp_path / "deep" / "records.db"
    opened = await asyncio.gather(*(open_sqlite(path, clock) for _ in range(8)))
    for stores in opened:
        await stores.ping()
        await stores.close()


async def test_the_file_is_flushed_at_each_commit(stores, store):
    await save(store, Mark(id="a"), "Made")
    for connection in (stores.database.readers._quick._opened(), connection_of(stores)):
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def connection_of(stores):
    return stores.database.writer._open


async def test_a_type_declared_later_gets_its_indexes(stores, store, tmp_path):
    class Late(Record):
        kind = "sqlite_late"
        indexes: ClassVar[tuple[Index, ...]] = (Index("page"),)

        page: int

    await save(store, Late(id="a", page=1), "Made")
    assert (await store.query(Late, order=[Sort("page")])).items[0].page == 1
    with closing(sqlite3.connect(tmp_path / "records.db")) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'index'")]
    assert any(name.startswith("by_sqlite_late_") for name in names)


async def test_a_cancelled_commit_hurts_nobody(stores, store):
    doomed = asyncio.create_task(save(store, Mark(id="a"), "Made"))
    await asyncio.sleep(0)
    doomed.cancel()
    with pytest.raises(asyncio.CancelledError):
        await doomed
    await save(store, Mark(id="b"), "Made")
    assert await store.get(Mark, "b")


async def test_closing_finishes_what_was_asked_for(tmp_path):
    stores = await open_sqlite(tmp_path / "records.db", FakeClock())
    store = stores.open("acme")
    await save(store, Mark(id="first"), "Made")
    commits = [asyncio.create_task(store.commit(Write(f"{n}").create(Mark(id=f"{n}")))) for n in range(200)]
    await asyncio.sleep(0)
    await stores.close()
    assert len(await asyncio.gather(*commits)) == 200


async def test_sweeping_goes_on_until_nothing_is_left(stores, monkeypatch):
    monkeypatch.setattr("shared.platform.store.sqlite._SWEPT", 3)
    with closing(sqlite3.connect(stores.database.path)) as db:
        rows = [("records", "t", f"{n}", f"{n}", "k", "e", "2025", "{}") for n in range(10)]
        db.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        db.commit()
    assert await stores.sweep() == 10
    assert await stores.sweep() == 0


async def test_a_read_that_takes_too_long_never_leaves_its_transaction_open(stores, store, monkeypatch):
    await save(store, Mark(id="a"), "Made")
    monkeypatch.setattr("shared.platform.store.sqlite_reader.QUICK_SECONDS", 0)
    for _ in range(2000):
        assert len((await store.query(Mark)).items) == 1
    assert not stores.database.readers._quick._opened().in_transaction


async def test_a_read_that_fails_leaves_a_connection_that_works(stores, store):
    await save(store, Mark(id="a"), "Made")

    def fail(db):
        db.execute("SELECT 1").fetchone()
        raise RuntimeError

    for read in (stores.database.readers.run, lambda job: stores.database.readers.run(job, small=False)):
        with pytest.raises(RuntimeError):
            await read(fail)
        assert await store.count(Mark) == 1


async def test_a_commit_that_fails_is_told_to_all_who_wait_and_stops_nobody_after_them(stores, store, monkeypatch):
    await save(store, Mark(id="before"), "Made")

    def break_the_connection(db):
        db.execute("PRAGMA max_page_count = 1")
        db.executemany("INSERT INTO pings (at) VALUES (?)", [("x" * 10_000,)] * 10)

    saving = [asyncio.create_task(save(store, Mark(id=f"{n}"), "Made")) for n in range(3)]
    with pytest.raises(Full):
        await stores.database.writer.run(break_the_connection)
    for each in saving:
        with suppress(Full):
            await each
    for n in range(3):
        assert (await store.get(Mark, f"{n}") is not None) is (saving[n].exception() is None)
    await save(store, Mark(id="after"), "Made")
    assert await store.get(Mark, "before")
    assert await store.get(Mark, "after")


async def test_a_database_that_others_write_to_for_too_long_is_busy(stores, store, monkeypatch):
    await save(store, Mark(id="a"), "Made")
    monkeypatch.setattr("shared.platform.store.sqlite_writer.PATIENCE_SECONDS", 0.01)
    with closing(sqlite3.connect(stores.database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy):
            await save(store, Mark(id="b"), "Made")
        other.execute("ROLLBACK")
    await save(store, Mark(id="b"), "Made")


async def test_a_long_read_leaves_the_event_loop(stores, store, monkeypatch):
    await asyncio.gather(*(store.commit(Write(f"{n}").create(Mark(id=f"{n}"))) for n in range(300)))
    monkeypatch.setattr("shared.platform.store.sqlite_reader.QUICK_SECONDS", 0)
    assert not stores.database.readers.slow
    assert await store.count(Mark, Compare("page", "ge", 0)) == 300
    assert stores.database.readers.slow
    assert (await store.query(Mark, Compare("page", "gt", 0))).items == ()
    assert len((await store.query(Mark, limit=1000)).items) == 300
