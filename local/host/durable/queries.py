"""What the engine reads from its database."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from local.host.durable.events import EventType
from local.host.durable.status import FINISHED, Instance, Status
from local.host.durable.tasks import Task, TaskKey, TaskKind

COLUMNS = (
    "id, execution, name, status, input, output, custom_status, created, updated, parent, parent_execution, parent_task"
)
UNFINISHED = tuple(status for status in Status if status not in FINISHED)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event that an instance has not processed, and the task that takes a number before any new action."""

    number: int
    kind: EventType
    event: str
    follow: Task | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which instances to list: bounds are stamps, `after` is the (created, id) of the last one seen."""

    created_from: str | None = None
    created_to: str | None = None
    statuses: tuple[str, ...] = ()
    prefix: str | None = None
    after: tuple[str, str] | None = None
    limit: int = 100


def find_instance(db: sqlite3.Connection, instance_id: str) -> Instance | None:
    row = db.execute(f"SELECT {COLUMNS} FROM instances WHERE id = ?", (instance_id,)).fetchone()  # noqa: S608 -- constants
    return to_instance(row) if row else None


def to_instance(row: tuple[str, ...]) -> Instance:
    return Instance(row[0], row[1], row[2], Status(row[3]), *row[4:])  # type: ignore[arg-type]  # as COLUMNS says


def list_instances(db: sqlite3.Connection, wanted: Filter) -> list[Instance]:
    """Return matching instances by creation, then id."""
    clauses, values = conditions(wanted)
    where = " AND ".join(["1", *clauses])
    rows = db.execute(
        f"SELECT {COLUMNS} FROM instances WHERE {where} ORDER BY created, id LIMIT ?",  # noqa: S608 -- constants
        (*values, wanted.limit),
    )
    return [to_instance(row) for row in rows]


def conditions(wanted: Filter) -> tuple[list[str], list[object]]:
    clauses: list[str] = []
    values: list[object] = []
    for clause, value in (
        ("created >= ?", wanted.created_from),
        ("created <= ?", wanted.created_to),
        ("substr(id, 1, length(?)) = ?", wanted.prefix),
    ):
        if value:
            clauses.append(clause)
            values += [value] * clause.count("?")
    if wanted.statuses:
        clauses.append(f"status IN ({','.join('?' * len(wanted.statuses))})")
        values += wanted.statuses
    if wanted.after:
        clauses.append("(created, id) > (?, ?)")
        values += wanted.after
    return clauses, values


def read_inbox(db: sqlite3.Connection, instance_id: str) -> list[Entry]:
    rows = db.execute(
        "SELECT number, kind, event, follow FROM inbox WHERE instance = ? ORDER BY number", (instance_id,)
    )
    return [
        Entry(number, EventType(kind), event, Task.load(follow) if follow else None)
        for number, kind, event, follow in rows
    ]


def read_history(db: sqlite3.Connection, instance_id: str) -> list[str]:
    rows = db.execute("SELECT event FROM history WHERE instance = ? ORDER BY position", (instance_id,))
    return [event for (event,) in rows]


def find_task(db: sqlite3.Connection, key: TaskKey) -> Task | None:
    row = db.execute("SELECT task FROM tasks WHERE instance = ? AND execution = ? AND number = ?", key).fetchone()
    return Task.load(row[0]) if row else None


def open_tasks(db: sqlite3.Connection, kind: TaskKind) -> Iterable[tuple[TaskKey, str]]:
    """Return every open task of a kind with its due time, those of an instance in their order."""
    rows = db.execute(
        "SELECT instance, execution, number, due FROM tasks WHERE kind = ? ORDER BY instance, number", (kind,)
    )
    return [(TaskKey(instance, execution, number), due) for instance, execution, number, due in rows]


def woken(db: sqlite3.Connection) -> list[str]:
    """Return the instances that have unprocessed events."""
    return [row[0] for row in db.execute("SELECT instance FROM inbox GROUP BY instance ORDER BY min(number)")]


def children(db: sqlite3.Connection, instance_id: str) -> list[str]:
    """Return the unfinished sub-orchestrations of an instance."""
    marks = ",".join("?" * len(UNFINISHED))
    rows = db.execute(
        f"SELECT id FROM instances WHERE parent = ? AND status IN ({marks})",  # noqa: S608 -- constants
        (instance_id, *UNFINISHED),
    )
    return [row[0] for row in rows]
