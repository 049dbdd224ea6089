"""Plays a random orchestration on the engine's own parts, one event at a time, beside the reference interpreter."""

import json
import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from azure.durable_functions import Orchestrator

from local.host.durable import commits, queries
from local.host.durable.commits import Start
from local.host.durable.events import EventType, completed, event, failed
from local.host.durable.journal import SCHEMA, transaction
from local.host.durable.log import Logs
from local.host.durable.registry import Kind, Registered, Registry
from local.host.durable.status import Status
from local.host.durable.tasks import TaskKey, TaskKind
from local.host.durable.turn import Turn, judge, remember, run, take_turn, to_work
from tests.local.host.durable.programs import Json, blame, interpret, may_fail
from tests.local.host.durable.reference import Reference

NOW = datetime(2030, 1, 1, tzinfo=UTC)
REGISTRY = Registry(
    [
        Registered("interpret", Kind.ORCHESTRATOR, "context", Orchestrator.create(interpret)),
        Registered("act", Kind.ACTIVITY, "value", lambda value: value),
    ]
)
ROOT = "root"
LONGEST = 3000


@dataclass(slots=True)
class World:
    """The database, the references by instance, and what they said of finished instances."""

    dice: random.Random
    db: sqlite3.Connection = field(default_factory=lambda: sqlite3.connect(":memory:", isolation_level=None))
    logs: Logs = field(default_factory=Logs)
    references: dict[str, Reference] = field(default_factory=dict)
    raised: set[tuple[str, str, str]] = field(default_factory=set)
    turns: int = 0

    def play(self, spec: Json) -> None:
        """Run a program to its end in a random order, and check everything on the way."""
        with closing(self.db):
            self._play(spec)

    def _play(self, spec: Json) -> None:
        self.db.executescript(SCHEMA)
        self.write(lambda db: commits.start_instance(db, Start(ROOT, "interpret", json.dumps(json.dumps(spec))), NOW))
        for _ in range(LONGEST):
            moves = self.moves()
            if not moves:
                break
            self.dice.choice(moves)()
        left = self.db.execute(
            "SELECT id FROM instances WHERE status IN ('Pending', 'Running', 'Suspended')"
        ).fetchall()
        assert left == []
        assert self.db.execute("SELECT count(*) FROM inbox").fetchone() == (0,)

    def write(self, work: Any) -> Any:
        with transaction(self.db):
            return work(self.db)

    def moves(self) -> list[Any]:
        """Return all that may happen next; turns and completions more often than mishaps."""
        moves: list[Any] = []
        for instance_id in queries.woken(self.db):
            if take_turn(self.db, self.logs, instance_id, NOW) is not None:
                moves += [lambda i=instance_id: self.turn(i)] * 2
        for key in sorted(self.keys(TaskKind.ACTIVITY), key=lambda key: (self.place(key), self.label(key))):
            moves += [lambda k=key: self.perform(k)] * 2
        for key in sorted(self.keys(TaskKind.TIMER), key=self.place):
            moves.append(lambda k=key: self.fire(k))
        moves += self.events()
        if moves and self.dice.random() < 0.2:
            moves += self.mishaps()
        return moves or self.resumptions()

    def keys(self, kind: TaskKind) -> list[TaskKey]:
        return [key for key, _ in queries.open_tasks(self.db, kind)]

    def place(self, key: TaskKey) -> tuple[int, int]:
        """Order tasks alike in every run, whatever the random ids of sub-orchestrations are."""
        return list(self.references).index(key.instance), key.number

    def events(self) -> list[Any]:
        """Return the external events that may be raised: those awaited, and now and then one that is too early."""
        moves: list[Any] = []
        for instance_id, reference in self.references.items():
            instance = queries.find_instance(self.db, instance_id)
            if instance is None or instance.status.finished or reference.state != "Running":
                continue
            names = set(reference.waiting) | (set(early(reference)) if self.dice.random() < 0.1 else set())
            for name in sorted(names):
                if (instance_id, instance.execution, name) not in self.raised:
                    moves += [lambda i=instance, n=name: self.raise_event(i, n)]
        return moves

    def mishaps(self) -> list[Any]:
        """Restarts, replays that are lost, suspensions, and the end of a sub-orchestration that may fail."""
        moves: list[Any] = [self.restart, *self.resumptions()]
        moves += [lambda i=instance_id: self.lose(i) for instance_id in queries.woken(self.db)]
        for instance_id, reference in self.references.items():
            instance = queries.find_instance(self.db, instance_id)
            if instance is None or instance.status.finished:
                continue
            moves.append(lambda i=instance_id: self.steer(i, EventType.EXECUTION_SUSPENDED))
            if not reference.spec["safe"] and self.dice.random() < 0.2:
                moves.append(lambda i=instance_id: self.steer(i, EventType.EXECUTION_TERMINATED))
        return moves

    def resumptions(self) -> list[Any]:
        rows = self.db.execute("SELECT id FROM instances WHERE status = 'Suspended'").fetchall()
        order = [*self.references, *(row[0] for row in rows if row[0] not in self.references)]
        rows.sort(key=lambda row: order.index(row[0]))
        return [lambda i=row[0]: self.steer(i, EventType.EXECUTION_RESUMED) for row in rows]

    def steer(self, instance_id: str, kind: EventType) -> None:
        self.write(
            lambda db: commits.send(
                db, instance_id, event(kind, NOW, Input=f"stop:{instance_id[-4:]}", Recursive=False)
            )
        )

    def restart(self) -> None:
        self.logs = Logs()

    def lose(self, instance_id: str) -> None:
        """Replay, and crash before it is on disk."""
        turn = take_turn(self.db, self.logs, instance_id, NOW)
        if turn is not None and not turn.controls:
            judge(turn, run(turn, REGISTRY), REGISTRY, NOW)
        self.restart()

    def perform(self, key: TaskKey) -> None:
        """Complete an activity, twice if the dice say so: the second must not count."""
        label = self.label(key)
        is_failure = may_fail(label) and self.dice.random() < 0.4
        if is_failure:
            what = failed(EventType.TASK_FAILED, NOW, key.number, f"boom:{label}", "")
        else:
            what = completed(EventType.TASK_COMPLETED, NOW, key.number, json.dumps(label))
        for _ in range(self.dice.choice([1, 1, 2])):
            self.write(lambda db: commits.complete(db, key, what, failed=is_failure))

    def label(self, key: TaskKey) -> str:
        task = queries.find_task(self.db, key)
        assert task is not None
        assert task.input is not None
        return str(json.loads(task.input)["label"])

    def fire(self, key: TaskKey) -> None:
        self.write(lambda db: commits.fire(db, [key, key], NOW))

    def raise_event(self, instance: Any, name: str) -> None:
        self.raised.add((instance.id, instance.execution, name))
        what = event(EventType.EVENT_RAISED, NOW, Name=name, Input=json.dumps(name))
        self.write(lambda db: commits.send(db, instance.id, what))

    def turn(self, instance_id: str) -> None:
        """Let an instance take its turn, tell the reference the same, and compare."""
        turn = take_turn(self.db, self.logs, instance_id, NOW)
        assert turn is not None
        self.turns += 1
        decision = None if turn.controls else judge(turn, run(turn, REGISTRY), REGISTRY, NOW)
        self.write(to_work(turn, decision, NOW))
        remember(self.logs, turn, decision)
        for entry in turn.batch:
            self.tell(turn, json.loads(entry.event))
        self.compare(turn)

    def tell(self, turn: Turn, what: dict[str, Any]) -> None:
        instance_id = turn.instance.id
        if what["EventType"] == EventType.EXECUTION_STARTED:
            self.references[instance_id] = Reference(json.loads(json.loads(what["Input"])))
            self.references[instance_id].start()
        elif instance_id in self.references:
            self.references[instance_id].hear(what)

    def compare(self, turn: Turn) -> None:
        instance = queries.find_instance(self.db, turn.instance.id)
        reference = self.references.get(turn.instance.id)
        assert instance is not None
        if reference is None or turn.controls:
            return
        if reference.custom_status is not None:
            assert instance.custom_status == json.dumps(reference.custom_status)
        if reference.state == "Renewed":
            assert instance.status is Status.RUNNING
            assert instance.execution != turn.instance.execution
            assert json.loads(json.loads(instance.input or "")) == reference.output
        elif reference.state == "Running":
            assert instance.status is Status.RUNNING
            self.compare_open(instance.id, instance.execution, reference)
        else:
            assert (instance.status, self.output(instance)) == (reference.state, reference.output)

    def output(self, instance: Any) -> Json:
        return blame(instance.output) if instance.status is Status.FAILED else json.loads(instance.output)

    def compare_open(self, instance_id: str, execution: str, reference: Reference) -> None:
        """Hold the engine's open tasks and their numbers against the reference's.

        Numbers whose completion waits in the inbox are still open for the reference alone.
        """
        rows = self.db.execute(
            "SELECT number, kind, task FROM tasks WHERE instance = ? AND execution = ?", (instance_id, execution)
        )
        engine = {number: (kind, described(kind, json.loads(task))) for number, kind, task in rows}
        waiting = {
            event.get("TaskScheduledId", event.get("TimerId"))
            for event in (json.loads(entry.event) for entry in queries.read_inbox(self.db, instance_id))
        }
        expected = {
            number: opened.what
            for number, opened in reference.open.items()
            if number not in waiting and not opened.leaf.cancelled
        }
        assert engine == expected


def described(kind: str, task: dict[str, Any]) -> Any:
    if kind == "activity":
        return json.loads(task["input"])["label"]
    return json.loads(task["input"]) if kind == "sub" else None


def early(reference: Reference) -> list[str]:
    """Return the names of the events that this round of a program may yet wait for."""
    return [f"{label}.{reference.spec['round']}" for label in labels(reference.spec["body"])]


def labels(body: Any) -> list[str]:
    found = []
    for each in body:
        if isinstance(each, list):
            if len(each) == 2 and each[0] == "event":
                found.append(each[1])
            found += labels(each)
    return found
