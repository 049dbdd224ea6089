"""What the SQLite store costs over bare sqlite3 calls of the same run: `python -m bench.store`."""

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from shared.clock import Clock
from shared.platform.store import Sort, Store, Write
from shared.platform.store.predicates import eq
from shared.platform.store.records import Index, Record
from shared.platform.store.sqlite import open_sqlite

RECORDS = 20_000
START = datetime(2026, 1, 1, tzinfo=UTC)


class Sample(Record):
    """Of about the size of an event."""

    kind: ClassVar[str] = "bench_sample"
    indexes: ClassVar[tuple[Index, ...]] = (Index("status", "-startDate"),)

    display_name: str
    status: str
    start_date: datetime
    description: str = "A workshop on finding seats in crowded libraries. " * 8
    tags: tuple[str, ...] = ("library", "seats", "forecast")


def sample(number: int) -> Sample:
    start = START + timedelta(minutes=number)
    return Sample(
        id=f"s{number}", display_name=f"Sample {number}", status=["live", "draft"][number % 2], start_date=start
    )


class Bare:
    """The least that sqlite3 needs for the same."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("CREATE TABLE samples (id TEXT PRIMARY KEY, status TEXT, start TEXT, body TEXT)")
        self._db.execute("CREATE INDEX by_status ON samples (status, start DESC, id DESC)")

    def fill(self) -> None:
        self._db.execute("BEGIN")
        for number in range(RECORDS):
            self._insert(number)
        self._db.execute("COMMIT")

    def _insert(self, number: int) -> None:
        record = sample(number)
        row = (record.id, record.status, record.start_date.isoformat(), record.encoded("bench").decode())
        self._db.execute("INSERT INTO samples VALUES (?, ?, ?, ?)", row)

    async def get(self, number: int) -> None:
        self._db.execute("SELECT body FROM samples WHERE id = ?", (f"s{number}",)).fetchone()

    async def commit(self, number: int) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._insert(RECORDS + number)
        self._db.execute("COMMIT")

    async def page(self, number: int) -> None:
        start = (START + timedelta(minutes=number)).isoformat()
        self._db.execute(
            "SELECT body FROM samples WHERE status = 'live' AND start < ? ORDER BY start DESC, id DESC LIMIT 20",
            (start,),
        ).fetchall()


async def fill(store: Store) -> None:
    for start in range(0, RECORDS, 500):
        writes = (Write(f"s{n}").create(sample(n)) for n in range(start, start + 500))
        await asyncio.gather(*map(store.commit, writes))


async def timed(call: Callable[[int], Awaitable[object]], times: int) -> float:
    """Median microseconds of a call."""
    taken = []
    for number in range(times):
        began = time.perf_counter()
        await call(number)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1e6


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        bare = Bare(Path(folder) / "bare.db")
        bare.fill()
        stores = await open_sqlite(Path(folder) / "store.db", Clock())
        store = stores.open("bench")
        await fill(store)

        async def get(number: int) -> None:
            await store.get(Sample, f"s{number}")

        async def commit(number: int) -> None:
            record = sample(RECORDS + number)
            await store.commit(Write(record.id).create(record).change("SampleMade", record.subject))

        async def page(number: int) -> None:
            after = ((START + timedelta(minutes=number)).isoformat(), "s")
            await store.query(Sample, eq("status", "live"), order=[Sort("startDate", True)], limit=20, after=after)

        async def grouped(number: int) -> None:
            await asyncio.gather(*(commit(10_000 + number * 50 + n) for n in range(50)))

        print(f"{'':24}{'store µs':>10}{'bare µs':>10}{'ratio':>8}")
        for name, ours, theirs, times in (
            ("point read", get, bare.get, 5000),
            ("commit with a change", commit, bare.commit, 500),
            ("page of 20 by a keyset", page, bare.page, 500),
        ):
            mine, least = await timed(ours, times), await timed(theirs, times)
            print(f"{name:24}{mine:10.1f}{least:10.1f}{mine / least:8.1f}")
        print(f"{'one of 50 commits':24}{await timed(grouped, 20) / 50:10.1f}")
        await stores.close()


if __name__ == "__main__":
    asyncio.run(main())
