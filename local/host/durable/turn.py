"""One instance's turn: some of its events, the replay over them, and what becomes of it."""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from local.host.durable import commits, queries
from local.host.durable.commits import Effects
from local.host.durable.episode import Decision, decide, next_batch, open_episode
from local.host.durable.errors import UnknownFunction
from local.host.durable.events import CONTROLS
from local.host.durable.log import Log, Logs
from local.host.durable.queries import Entry
from local.host.durable.registry import Registry
from local.host.durable.replay import Outcome, make_context, replay
from local.host.durable.status import Instance
from local.host.durable.tasks import Task, TaskKind

logger = logging.getLogger(__name__)

Work = Callable[[sqlite3.Connection], Effects]


@dataclass(frozen=True, slots=True)
class Turn:
    """Events that an instance may process now; `more` says that others wait behind them."""

    instance: Instance
    log: Log
    batch: list[Entry]
    opened: list[str]
    more: bool

    @property
    def controls(self) -> bool:
        """Whether this is about suspending, resuming or terminating, for which nothing is replayed."""
        return self.batch[0].kind in CONTROLS


def take_turn(db: sqlite3.Connection, logs: Logs, instance_id: str, now: datetime) -> Turn | None:
    """Return what an instance has to do, or nothing."""
    instance = queries.find_instance(db, instance_id)
    inbox = queries.read_inbox(db, instance_id)
    if instance is None or instance.status.finished:
        return None
    batch = next_batch(instance.status, inbox)
    if not batch:
        return None
    return Turn(instance, load_log(db, logs, instance), batch, open_episode(batch, now), len(inbox) > len(batch))


def load_log(db: sqlite3.Connection, logs: Logs, instance: Instance) -> Log:
    log = logs.get(instance.id, instance.execution)
    if log is None:
        log = Log.load(instance.execution, queries.read_history(db, instance.id))
        logs.put(instance.id, log)
    return log


def run(turn: Turn, registry: Registry) -> Outcome:
    """Replay the orchestrator over its history and the new events."""
    try:
        function = registry.orchestrator(turn.instance.name)
    except UnknownFunction as error:
        return Outcome(error=str(error))
    history = [*turn.log.events, *turn.opened]
    return replay(function, make_context(turn.instance, history, replaying=bool(turn.log.events)))


def judge(turn: Turn, outcome: Outcome, registry: Registry, now: datetime) -> Decision:
    """Decide what a replay changes."""
    return decide(turn.instance, turn.log, turn.batch, turn.opened, outcome, now, partial(check, registry))


def check(registry: Registry, task: Task) -> None:
    """Raise UnknownFunction for a task that nobody can do."""
    if task.kind is TaskKind.ACTIVITY:
        registry.activity(task.name)
    elif task.kind is TaskKind.SUB:
        registry.orchestrator(task.name)


def to_work(turn: Turn, decision: Decision | None, now: datetime) -> Work:
    """Return the transaction that ends a turn."""
    if decision is not None:
        return partial(commits.commit, decision=decision, now=now)
    first = len(turn.log.events)
    return partial(commits.control, instance=turn.instance, entry=turn.batch[0], first=first, now=now)


def remember(logs: Logs, turn: Turn, decision: Decision | None) -> None:
    """Bring the log up to what is now on disk, unless the execution is over."""
    if decision is None:
        turn.log.extend([turn.batch[0].event])
    elif decision.status.finished or decision.renewed:
        if decision.reason:
            logger.warning("%s (instance %s)", decision.reason, decision.instance.id)
        return
    else:
        turn.log.extend(decision.history)
        turn.log.cancelled.update(decision.cancelled)
    logs.put(turn.instance.id, turn.log)
