"""The history of one execution, as the engine keeps it at hand between replays."""

import json
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from local.host.durable.events import SCHEDULED, EventType, played
from local.host.durable.tasks import Task, TaskKind

EVENT_OF = {
    TaskKind.ACTIVITY: EventType.TASK_SCHEDULED,
    TaskKind.SUB: EventType.SUB_ORCHESTRATION_INSTANCE_CREATED,
    TaskKind.TIMER: EventType.TIMER_CREATED,
}


def signature(task: Task) -> tuple[int, str]:
    """Return what a replay must ask for again at the same place."""
    return EVENT_OF[task.kind], task.name


@dataclass(slots=True)
class Log:
    """`planned` has one signature for each action that was scheduled; `numbers` counts retries too."""

    execution: str
    events: list[str] = field(default_factory=list)
    planned: list[tuple[int, str]] = field(default_factory=list)
    numbers: int = 0
    cancelled: set[int] = field(default_factory=set)

    @classmethod
    def load(cls, execution: str, stored: Iterable[str]) -> "Log":
        log = cls(execution)
        log.extend(list(stored))
        return log

    def extend(self, stored: list[str]) -> None:
        """Add events in the form in which they are stored."""
        for text in stored:
            self.events.append(played(text))
            event = json.loads(text)
            if event["EventType"] in SCHEDULED:
                self.numbers += 1
                if not event.get("Retry"):
                    self.planned.append((event["EventType"], event.get("Name") or ""))


class Logs:
    """The most recently used logs, by instance."""

    def __init__(self, capacity: int = 32) -> None:
        self._capacity = capacity
        self._logs: OrderedDict[str, Log] = OrderedDict()

    def get(self, instance: str, execution: str) -> Log | None:
        log = self._logs.get(instance)
        if log is None or log.execution != execution:
            return None
        self._logs.move_to_end(instance)
        return log

    def put(self, instance: str, log: Log) -> None:
        self._logs[instance] = log
        self._logs.move_to_end(instance)
        if len(self._logs) > self._capacity:
            self._logs.popitem(last=False)

    def drop(self, instance: str) -> None:
        self._logs.pop(instance, None)
