"""Decides what one replay changes; pure, so that the database only has to write it down."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from local.host.durable.errors import UnknownFunction
from local.host.durable.events import COMPLETIONS, CONTROLS, EventType, dump, event
from local.host.durable.log import EVENT_OF, Log, signature
from local.host.durable.queries import Entry
from local.host.durable.replay import Outcome
from local.host.durable.status import Instance, Status
from local.host.durable.tasks import Task, TaskKind

LARGEST_BATCH = 1000

Check = Callable[[Task], None]
"""Raises UnknownFunction for a task that no registered function can do."""


class Started(NamedTuple):
    """A task to open. `position` counts actions, by which a cancelled timer is found again; retries have none."""

    number: int
    position: int | None
    task: Task


@dataclass(slots=True)
class Decision:
    """What to write after a replay; `renewed` means that the instance continues as new, with `output` as input."""

    instance: Instance
    consumed: list[int]
    first: int
    history: list[str]
    started: list[Started] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    status: Status = Status.RUNNING
    output: str | None = None
    reason: str = ""
    custom_status: str | None = None
    renewed: bool = False


def next_batch(status: Status, inbox: list[Entry]) -> list[Entry]:
    """Choose the events that the next replay may process together.

    The SDK numbers tasks while it works through events one after the other, and says in the end only which actions
    there were, not after which event. So an event that itself takes a number (a retry) may only come first. An external
    event may too: it must not be swallowed by a continue-as-new that an earlier event of its batch brings about.
    """
    if status is Status.SUSPENDED:
        return [entry for entry in inbox if entry.kind in CONTROLS][:1]
    batch = inbox[:1]
    if batch and batch[0].kind not in CONTROLS:
        for entry in inbox[1:LARGEST_BATCH]:
            if entry.kind not in COMPLETIONS or entry.follow is not None:
                break
            batch.append(entry)
    return batch


def open_episode(batch: list[Entry], now: datetime) -> list[str]:
    """Return the events that a replay sees for the first time."""
    return [dump(event(EventType.ORCHESTRATOR_STARTED, now)), *(entry.event for entry in batch)]


def decide(  # everything it depends on is here to see
    instance: Instance, log: Log, batch: list[Entry], opened: list[str], outcome: Outcome, now: datetime, check: Check
) -> Decision:
    """Weigh an outcome against the history and number what it starts."""
    decision = Decision(
        instance, [entry.number for entry in batch], len(log.events), opened, custom_status=outcome.custom_status
    )
    error = contradiction(log, outcome)
    if error is None:
        error = start_tasks(decision, log, batch, outcome, now, check) or outcome.error
    conclude(decision, outcome, error)
    decision.history += closing(decision, now)
    return decision


def contradiction(log: Log, outcome: Outcome) -> str | None:
    """Return how the replay differs from what the orchestrator did before, if it does."""
    if outcome.error is not None and len(outcome.planned) < len(log.planned):
        return outcome.error
    for position, (_, name) in enumerate(log.planned):
        if position >= len(outcome.planned) or signature(outcome.planned[position].task) != log.planned[position]:
            what = f"'{name}'" if name else "a timer"
            return (
                f"Non-Deterministic workflow detected: A previous execution of this orchestration scheduled {what} as "
                f"action {position}, but the current replay did not. Was a change made to the orchestrator code after "
                f"this instance had already started running?"
            )
    return None


def start_tasks(
    decision: Decision, log: Log, batch: list[Entry], outcome: Outcome, now: datetime, check: Check
) -> str | None:
    """Open the tasks that are new, the retry's first; return an error if one asks for an unknown function."""
    wanted = list(new_tasks(log, batch, outcome, now))
    try:
        for started in wanted:
            check(started.task)
    except UnknownFunction as error:
        return str(error)
    decision.history += [dump(scheduled(decision.instance, started, now)) for started in wanted]
    decision.cancelled = [
        position
        for position, planned in enumerate(outcome.planned)
        if planned.cancelled and position not in log.cancelled
    ]
    decision.started = [started for started in wanted if started.position not in decision.cancelled]
    return None


def new_tasks(log: Log, batch: list[Entry], outcome: Outcome, now: datetime) -> Iterator[Started]:
    number = log.numbers
    if batch[0].follow is not None:
        yield Started(number, None, batch[0].follow.timed(now))
        number += 1
    for position in range(len(log.planned), len(outcome.planned)):
        yield Started(number, position, outcome.planned[position].task)
        number += 1


def scheduled(instance: Instance, started: Started, now: datetime) -> dict[str, object]:
    """Build the history event of a task's start."""
    task = started.task
    fields = {"FireAt": task.due} if task.kind is TaskKind.TIMER else {"Name": task.name, "Input": task.input}
    if task.kind is TaskKind.SUB:
        fields["InstanceId"] = child_id(instance, started)
    if started.position is None:
        fields["Retry"] = "true"
    return event(EVENT_OF[task.kind], now, started.number, **fields)


def child_id(instance: Instance, started: Started) -> str:
    """Return the asked for or else a unique and repeatable id of a sub-orchestration."""
    return started.task.child or f"{instance.execution}:{started.number:04x}"


def conclude(decision: Decision, outcome: Outcome, error: str | None) -> None:
    if error is not None:
        decision.status = Status.FAILED
        decision.reason = f"Orchestrator function '{decision.instance.name}' failed: {error}"
    elif outcome.renewed:
        decision.renewed, decision.output = True, outcome.output
    elif outcome.done:
        decision.status, decision.output = Status.COMPLETED, outcome.output


def closing(decision: Decision, now: datetime) -> list[str]:
    """Return the events that end an episode."""
    events = []
    if decision.status.finished:
        result = decision.reason or decision.output
        events.append(event(EventType.EXECUTION_COMPLETED, now, OrchestrationStatus=decision.status, Result=result))
    return [dump(each) for each in [*events, event(EventType.ORCHESTRATOR_COMPLETED, now)]]
