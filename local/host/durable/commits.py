"""What the engine writes to its database; each function is one transaction's work and says what follows from it."""

import json
import sqlite3
import uuid
from dataclasses import dataclass, field
from datetime import datetime

from local.host.durable.clock import stamp
from local.host.durable.episode import Decision, Started, child_id
from local.host.durable.errors import AlreadyExists
from local.host.durable.events import Event, EventType, completed, dump, event, failed
from local.host.durable.queries import COLUMNS, Entry, children, find_instance, find_task
from local.host.durable.status import Instance, Status
from local.host.durable.tasks import Task, TaskKey, TaskKind


@dataclass(slots=True)
class Effects:
    """What the engine has to do once a transaction is on disk."""

    wake: list[str] = field(default_factory=list)
    activities: list[TaskKey] = field(default_factory=list)
    timers: list[tuple[str, TaskKey]] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Parent:
    """The task that a sub-orchestration will complete."""

    id: str
    execution: str
    task: int


@dataclass(frozen=True, slots=True)
class Start:
    """A new instance; `input` is JSON text."""

    id: str
    name: str
    input: str | None
    version: str | None = None
    parent: Parent | None = None


def start_instance(db: sqlite3.Connection, start: Start, now: datetime) -> Effects:
    """Create an instance, or replace a finished one; raise AlreadyExists if it is not finished."""
    existing = find_instance(db, start.id)
    if existing is not None:
        if not existing.status.finished:
            raise AlreadyExists(existing.status)
        forget(db, start.id)
    execution, at, parent = uuid.uuid4().hex, stamp(now), start.parent
    family = (parent.id, parent.execution, parent.task) if parent else (None, None, None)
    db.execute(
        f"INSERT INTO instances ({COLUMNS}) VALUES (?, ?, ?, ?, ?, NULL, NULL, ?, ?, ?, ?, ?)",  # noqa: S608 -- constants
        (start.id, execution, start.name, Status.PENDING, start.input, at, at, *family),
    )
    deliver(db, start.id, execution, execution_started(start, execution, now))
    return Effects(wake=[start.id])


def execution_started(start: Start, execution: str, now: datetime) -> Event:
    instance = {"InstanceId": start.id, "ExecutionId": execution}
    return event(
        EventType.EXECUTION_STARTED,
        now,
        Name=start.name,
        Input=start.input,
        Version=start.version or "",
        OrchestrationInstance=instance,
    )


def forget(db: sqlite3.Connection, instance_id: str) -> None:
    """Delete what is known of a finished instance; activities still at work find nobody to tell."""
    db.execute("DELETE FROM instances WHERE id = ?", (instance_id,))
    for table in ("history", "inbox"):
        db.execute(f"DELETE FROM {table} WHERE instance = ?", (instance_id,))  # noqa: S608 -- constants
    db.execute("DELETE FROM tasks WHERE instance = ? AND kind != ?", (instance_id, TaskKind.ACTIVITY))


def deliver(
    db: sqlite3.Connection, instance_id: str, execution: str | None, what: Event, follow: Task | None = None
) -> None:
    """Put an event in an instance's inbox; with an execution, it dies with that."""
    db.execute(
        "INSERT INTO inbox (instance, execution, kind, event, follow) VALUES (?, ?, ?, ?, ?)",
        (instance_id, execution, what["EventType"], dump(what), follow.dump() if follow else None),
    )


def send(db: sqlite3.Connection, instance_id: str, what: Event) -> Effects | None:
    """Deliver an event from outside; return nothing if the instance is not there to take it."""
    instance = find_instance(db, instance_id)
    if instance is None or instance.status.finished:
        return None
    deliver(db, instance_id, None, what)
    return Effects(wake=[instance_id])


def complete(db: sqlite3.Connection, key: TaskKey, what: Event, *, failed: bool = False) -> Effects:
    """Record a task's end, the first time that it is told; a stale one changes nothing."""
    task = find_task(db, key)
    if task is None:
        return Effects()
    db.execute("DELETE FROM tasks WHERE instance = ? AND execution = ? AND number = ?", key)
    instance = find_instance(db, key.instance)
    if instance is None or instance.execution != key.execution or instance.status.finished:
        return Effects()
    deliver(db, key.instance, key.execution, what, task.after(failed=failed))
    return Effects(wake=[key.instance])


def fire(db: sqlite3.Connection, keys: list[TaskKey], now: datetime) -> Effects:
    """Complete timers."""
    effects = Effects()
    for key in keys:
        task = find_task(db, key)
        if task is not None:
            what = event(EventType.TIMER_FIRED, now, TimerId=key.number, FireAt=task.due)
            effects.wake += complete(db, key, what).wake
    return effects


def commit(db: sqlite3.Connection, decision: Decision, now: datetime) -> Effects:
    """Write down a replay: its history, what it starts and cancels, and its end."""
    instance = decision.instance
    db.executemany("DELETE FROM inbox WHERE number = ?", [(number,) for number in decision.consumed])
    rows = enumerate(decision.history, decision.first)
    db.executemany("INSERT INTO history VALUES (?, ?, ?)", [(instance.id, position, text) for position, text in rows])
    db.execute(
        "UPDATE instances SET status = ?, custom_status = coalesce(?, custom_status), updated = ? WHERE id = ?",
        (decision.status, decision.custom_status, stamp(now), instance.id),
    )
    db.executemany(
        "DELETE FROM tasks WHERE instance = ? AND execution = ? AND position = ?",
        [(instance.id, instance.execution, position) for position in decision.cancelled],
    )
    effects = Effects()
    for started in decision.started:
        open_task(db, instance, started, effects, now)
    if decision.renewed:
        renew(db, instance, decision.output, effects, now)
    elif decision.status.finished:
        output = json.dumps(decision.reason) if decision.status is Status.FAILED else decision.output
        finish(db, instance, decision.status, output, effects, now)
    return effects


def open_task(db: sqlite3.Connection, instance: Instance, started: Started, effects: Effects, now: datetime) -> None:
    task, key = started.task, TaskKey(instance.id, instance.execution, started.number)
    db.execute(
        "INSERT INTO tasks (instance, execution, number, position, kind, due, task) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*key, started.position, task.kind, task.due, task.dump()),
    )
    if task.kind is TaskKind.ACTIVITY:
        effects.activities.append(key)
    elif task.kind is TaskKind.TIMER:
        effects.timers.append((task.due or stamp(now), key))
    else:
        start_child(db, instance, started, effects, now)


def start_child(db: sqlite3.Connection, instance: Instance, started: Started, effects: Effects, now: datetime) -> None:
    """Start a sub-orchestration; if its id is taken, that fails the task."""
    parent = Parent(instance.id, instance.execution, started.number)
    text = None if started.task.input is None else json.dumps(started.task.input)
    start = Start(child_id(instance, started), started.task.name, text, parent=parent)
    try:
        effects.wake += start_instance(db, start, now).wake
    except AlreadyExists as error:
        what = failed(EventType.SUB_ORCHESTRATION_INSTANCE_FAILED, now, started.number, str(error), "")
        effects.wake += complete(db, TaskKey(*parent_key(parent)), what, failed=True).wake


def parent_key(parent: Parent) -> tuple[str, str, int]:
    return parent.id, parent.execution, parent.task


def renew(db: sqlite3.Connection, instance: Instance, text: str | None, effects: Effects, now: datetime) -> None:
    """Begin a new execution with an empty history; events from outside that nobody has seen go over to it."""
    execution = uuid.uuid4().hex
    close_execution(db, instance)
    waiting = db.execute("DELETE FROM inbox WHERE instance = ? RETURNING kind, event", (instance.id,)).fetchall()
    db.execute("DELETE FROM history WHERE instance = ?", (instance.id,))
    db.execute("UPDATE instances SET execution = ?, input = ? WHERE id = ?", (execution, text, instance.id))
    start = Start(instance.id, instance.name, text)
    deliver(db, instance.id, execution, execution_started(start, execution, now))
    db.executemany(
        "INSERT INTO inbox (instance, kind, event) VALUES (?, ?, ?)",
        [(instance.id, kind, text) for kind, text in waiting],
    )
    effects.wake.append(instance.id)


def close_execution(db: sqlite3.Connection, instance: Instance) -> None:
    """Drop what only this execution waits for. Activities run all the same, as they do in Azure."""
    key = (instance.id, instance.execution)
    db.execute("DELETE FROM inbox WHERE instance = ? AND execution = ?", key)
    db.execute("DELETE FROM tasks WHERE instance = ? AND execution = ? AND kind != ?", (*key, TaskKind.ACTIVITY))


def finish(
    db: sqlite3.Connection, instance: Instance, status: Status, output: str | None, effects: Effects, now: datetime
) -> None:
    """End an instance and tell its parent, in the same transaction and hence exactly once."""
    close_execution(db, instance)
    db.execute("DELETE FROM inbox WHERE instance = ?", (instance.id,))
    db.execute(
        "UPDATE instances SET status = ?, output = ?, updated = ? WHERE id = ?",
        (status, output, stamp(now), instance.id),
    )
    effects.finished.append(instance.id)
    if instance.parent is not None and instance.parent_execution is not None and instance.parent_task is not None:
        key = TaskKey(instance.parent, instance.parent_execution, instance.parent_task)
        what = child_event(key.number, status, output, now)
        effects.wake += complete(db, key, what, failed=status is not Status.COMPLETED).wake


def child_event(number: int, status: Status, output: str | None, now: datetime) -> Event:
    if status is Status.COMPLETED:
        return completed(EventType.SUB_ORCHESTRATION_INSTANCE_COMPLETED, now, number, output)
    reason = json.loads(output) if output else ""
    return failed(EventType.SUB_ORCHESTRATION_INSTANCE_FAILED, now, number, reason, "")


def control(db: sqlite3.Connection, instance: Instance, entry: Entry, first: int, now: datetime) -> Effects:
    """Suspend, resume or terminate, `first` being the length of the history so far."""
    effects = Effects(wake=[instance.id])
    db.execute("DELETE FROM inbox WHERE number = ?", (entry.number,))
    db.execute("INSERT INTO history VALUES (?, ?, ?)", (instance.id, first, entry.event))
    if entry.kind == EventType.EXECUTION_TERMINATED:
        terminate(db, instance, json.loads(entry.event), effects, now)
    else:
        status = Status.SUSPENDED if entry.kind == EventType.EXECUTION_SUSPENDED else Status.RUNNING
        db.execute("UPDATE instances SET status = ?, updated = ? WHERE id = ?", (status, stamp(now), instance.id))
    return effects


def terminate(db: sqlite3.Connection, instance: Instance, what: Event, effects: Effects, now: datetime) -> None:
    """End an instance; a recursive event goes on to its sub-orchestrations."""
    finish(db, instance, Status.TERMINATED, json.dumps(what["Input"]), effects, now)
    for child in children(db, instance.id) if what["Recursive"] else []:
        deliver(db, child, None, what)
        effects.wake.append(child)


def purge(db: sqlite3.Connection, instance_ids: list[str]) -> int:
    """Forget those of the instances that have finished; return how many."""
    gone = 0
    for instance_id in instance_ids:
        instance = find_instance(db, instance_id)
        if instance is not None and instance.status.finished:
            forget(db, instance_id)
            gone += 1
    return gone
