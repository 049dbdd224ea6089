"""What the SQLite store costs, as ratios to the least of the same run.

    python -m bench.store [SIZES…]

First a point read, a commit and a page over bare sqlite3 calls. Then, for each number of projects and jobs (1,000,
16,000 and 64,000 unless told), what somebody pays who sees their own and what is public, over somebody who sees all:
a page of 20 with its count. At last a project with 50 artifacts over one without, and a list of 20 artifacts over
the same with all their evidence.
"""

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from shared.access import Actor, Role
from shared.clock import Clock
from shared.domains.compilation.model import COMPILATION
from shared.domains.jobs.model import Job
from shared.domains.jobs.queries import visible_to as jobs_of
from shared.domains.knowledge.content import Content, Evidence, Passage, SourceType, Statement, StatementKind
from shared.domains.knowledge.model import Artifact, ArtifactStatus, ArtifactSummary
from shared.domains.knowledge.queries import project_scope
from shared.domains.knowledge.views import shown as knowledge_shown
from shared.domains.projects.model import Project
from shared.domains.projects.queries import visible_to as projects_of
from shared.domains.publication.views import whole
from shared.platform.store import Sort, Store, Write
from shared.platform.store.listing import Selection, listed
from shared.platform.store.predicates import all_of, eq
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


STATEMENT = (
    "SeatSense finds a free seat in under two seconds in 92.5% of all cases, which is more than the best known method."
)
SIZES = (1_000, 16_000, 64_000)


def a_project(number: int, start: datetime = START) -> Project:
    """One in two is published; the others have teams of their own, one in fifty that of whoever asks."""
    team = ("ada@example.org",) if number % 50 == 0 else (f"p{number}@example.org",)
    made = start + timedelta(seconds=number)
    return Project(
        id=f"proj_{number}", event_id="evt_1", title=f"Project {number}", abstract=STATEMENT * 10, team=team,
        created_by=f"usr_{number % 1000}", created_at=made, updated_at=made,
        published_at=made if number % 2 else None,
    )  # fmt: skip


def a_job(number: int) -> Job:
    made = START + timedelta(seconds=number)
    return Job(
        id=f"job_{number}", job_type=COMPILATION.name, about=f"project/proj_{number}",
        created_by=f"usr_{number % 1000}", readers=a_project(number).readers, created_at=made, updated_at=made,
    )  # fmt: skip


def an_artifact(number: int, project: Project) -> Artifact:
    """Of a paper's size: 60 statements, each with its evidence."""
    passage = Passage(source_id="src_1", start=0, end=100, section="Results", page=3)
    evidence = (Evidence(n=1, quotation=STATEMENT, passage=passage, sha256="0" * 64, verified=True),)
    statements = tuple(
        Statement(id=f"stm_{n}", kind=StatementKind.CLAIM, text=STATEMENT, supported=True, evidence=evidence)
        for n in range(60)
    )
    return Artifact(
        id=f"{project.id}_art_{number}", project_id=project.id, event_id="evt_1", source_id=f"src_{number}",
        source_type=SourceType.PAPER, source_sha256="0" * 64, job_id="job_1", status=ArtifactStatus.APPROVED,
        content=Content(title="SeatSense", abstract=STATEMENT * 8, statements=statements),
        created_by="usr_1", extracted_at=START, updated_at=START,
    )  # fmt: skip


ADA = Actor("usr_7", "bench", "ada@example.org", frozenset({Role.PRESENTER}))
ADMIN = Actor("usr_0", "bench", "admin@example.org", frozenset({Role.ADMIN}))


async def spent(call: Callable[[], Awaitable[object]], times: int = 20) -> float:
    """Median processor milliseconds of a call, in whatever thread."""
    taken = []
    for _ in range(times):
        began = time.process_time()
        await call()
        taken.append(time.process_time() - began)
    return statistics.median(taken) * 1e3


async def written(store: Store, records: Sequence[Record]) -> None:
    for start in range(0, len(records), 500):
        await asyncio.gather(*(store.commit(Write(each.id).create(each)) for each in records[start : start + 500]))


async def visibility(size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stores = await open_sqlite(Path(folder) / "store.db", Clock())
        store = stores.open("bench")
        await written(store, [a_project(number) for number in range(size)])
        await written(store, [a_job(number) for number in range(size)])

        def listing(model: type[Record], actor: Actor, skip: int = 0) -> Callable[[], Awaitable[object]]:
            if model is Project:
                where, order = all_of(eq("eventId", "evt_1"), projects_of(actor)), (Sort("createdAt"),)
            else:
                where, order = jobs_of(actor), (Sort("createdAt", descending=True),)
            return lambda: listed(store, model, Selection(order=order, skip=skip), where)

        for name, model, skip in (("projects", Project, 0), ("projects, skipping 400", Project, 400), ("jobs", Job, 0)):
            mine, least = await spent(listing(model, ADA, skip)), await spent(listing(model, ADMIN, skip))
            print(f"{f'{size} {name}':32}{mine:10.2f}{least:10.2f}{mine / least:8.1f}")
        await stores.close()


async def artifacts() -> None:
    with tempfile.TemporaryDirectory() as folder:
        stores = await open_sqlite(Path(folder) / "store.db", Clock())
        store = stores.open("bench")
        bare, full = a_project(1), a_project(3)
        await written(store, [bare, full])
        await written(store, [an_artifact(number, full) for number in range(50)])

        async def one(project: Project) -> None:
            await whole(store, ADMIN, project)

        async def knowledge(project: Project) -> None:
            scope = project_scope(ADMIN, project)
            page = await listed(store, ArtifactSummary, Selection(order=(Sort("extractedAt"),)), scope)
            page.map(lambda each: knowledge_shown(ADMIN, each, project))

        async def evidence(project: Project) -> None:
            scope = project_scope(ADMIN, project)
            page = await listed(store, Artifact, Selection(order=(Sort("extractedAt"),)), scope)
            page.map(lambda each: knowledge_shown(ADMIN, each, project))

        for name, call, base, of in (
            ("a project of 50 artifacts", one, one, bare),
            ("20 artifacts, of whole ones", knowledge, evidence, full),
        ):
            mine, least = await spent(lambda: call(full)), await spent(lambda: base(of))  # noqa: B023 -- called here
            print(f"{name:32}{mine:10.2f}{least:10.2f}{mine / least:8.1f}")
        await stores.close()


async def main(sizes: Sequence[int]) -> None:
    await bare_calls()
    print(f"\n{'':32}{'ms':>10}{'least ms':>10}{'ratio':>8}")
    for size in sizes:
        await visibility(size)
    await artifacts()


async def bare_calls() -> None:
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
    asyncio.run(main([int(given) for given in sys.argv[1:]] or SIZES))
