"""Runs an orchestrator function over its history and reads what it wants."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from local.host.durable.clock import parse, stamp
from local.host.durable.errors import DurableError
from local.host.durable.registry import Registered
from local.host.durable.status import Instance
from local.host.durable.tasks import Retry, Task, TaskKind

SCHEMA_VERSION = 2
"""The newest replay schema of the SDK, in which compound actions nest."""

LABEL = "\n\n$OutOfProcData$:"
"""Stands between an orchestrator's error and its state, in the message of what the SDK raises."""


class ActionType(IntEnum):
    """The SDK's action types."""

    CALL_ACTIVITY = 0
    CALL_ACTIVITY_WITH_RETRY = 1
    CALL_SUB_ORCHESTRATOR = 2
    CALL_SUB_ORCHESTRATOR_WITH_RETRY = 3
    CONTINUE_AS_NEW = 4
    CREATE_TIMER = 5
    WAIT_FOR_EXTERNAL_EVENT = 6
    CALL_ENTITY = 7
    CALL_HTTP = 8
    SIGNAL_ENTITY = 9
    WHEN_ANY = 11
    WHEN_ALL = 12


class UnsupportedAction(DurableError):
    """The orchestrator asked for what this engine does not do."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A task that the orchestrator wants, or wanted in an earlier replay."""

    task: Task
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one replay said. `planned` is cumulative; `output` and `custom_status` are JSON text."""

    planned: list[Planned] = field(default_factory=list)
    done: bool = False
    output: str | None = None
    error: str | None = None
    custom_status: str | None = None
    renewed: bool = False
    """Continue as new, with `output` as the input."""


def replay(function: Registered, context: str) -> Outcome:
    """Call an orchestrator; whatever it raises is an outcome too."""
    try:
        return read_state(function.call(context))
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- an orchestrator may raise anything
        return read_error(error)


def make_context(instance: Instance, history: Iterable[str], *, replaying: bool) -> str:
    """Write the JSON that an orchestration trigger receives; `history` holds JSON texts."""
    fields = {
        "instanceId": instance.id,
        "isReplaying": replaying,
        "parentInstanceId": instance.parent,
        "input": as_input(instance.input),
        "upperSchemaVersion": SCHEMA_VERSION,
    }
    return f'{{"history":[{",".join(history)}],{json.dumps(fields)[1:]}'


def as_input(stored: str | None) -> str | None:
    """Undo the second encoding that the SDK's client gives an input, and keep what others post."""
    if stored is None:
        return None
    value = json.loads(stored)
    return value if isinstance(value, str) and is_json(value) else stored


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def read_error(error: BaseException) -> Outcome:
    """Take the SDK's exception apart: the message, and the state with the actions that still count."""
    if isinstance(error, DurableError):
        return Outcome(error=str(error))
    if LABEL not in str(error):
        return Outcome(error=f"{type(error).__name__}: {error}")
    try:
        return read_state(str(error).rpartition(LABEL)[2])
    except DurableError as unsupported:
        return Outcome(error=str(unsupported))


def read_state(text: Any) -> Outcome:
    """Parse the SDK's orchestrator state."""
    try:
        state = json.loads(text)
        actions = list(flatten(action for group in state["actions"] for action in group))
    except (TypeError, ValueError, KeyError, AttributeError) as unreadable:
        return Outcome(error=f"The orchestrator did not return the state of an orchestration: {unreadable!r}")
    error = state.get("error")
    renewal = next((a for a in actions if a["actionType"] == ActionType.CONTINUE_AS_NEW), None)
    return Outcome(
        planned=[plan(action) for action in actions if action["actionType"] not in SILENT],
        done=bool(state.get("isDone")) and error is None,
        output=json.dumps(renewal["input"]) if renewal else dump(state.get("output")),
        error=error,
        custom_status=dump(state.get("customStatus")),
        renewed=renewal is not None and error is None,
    )


SILENT = {ActionType.WAIT_FOR_EXTERNAL_EVENT, ActionType.CONTINUE_AS_NEW}
"""Actions that start no task and take no number that anything refers to."""


def dump(value: Any) -> str | None:
    return None if value is None else json.dumps(value)


def flatten(actions: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the atomic actions in the order in which the SDK numbers their tasks."""
    for action in actions:
        if action["actionType"] in (ActionType.WHEN_ALL, ActionType.WHEN_ANY):
            yield from flatten(action["compoundActions"])
        else:
            yield action


def plan(action: dict[str, Any]) -> Planned:
    """Turn an action into the task it asks for."""
    kind = ActionType(action["actionType"])
    match kind:
        case ActionType.CALL_ACTIVITY | ActionType.CALL_ACTIVITY_WITH_RETRY:
            return Planned(called(TaskKind.ACTIVITY, action))
        case ActionType.CALL_SUB_ORCHESTRATOR | ActionType.CALL_SUB_ORCHESTRATOR_WITH_RETRY:
            return Planned(called(TaskKind.SUB, action))
        case ActionType.CREATE_TIMER:
            due = stamp(parse(action["fireAt"]))
            return Planned(Task(TaskKind.TIMER, due=due), cancelled=bool(action.get("isCanceled")))
        case _:
            raise UnsupportedAction(f"{kind.name} is not supported by the local durable engine.")


def called(kind: TaskKind, action: dict[str, Any]) -> Task:
    options = action.get("retryOptions")
    retry = Retry(options["firstRetryIntervalInMilliseconds"], options["maxNumberOfAttempts"]) if options else None
    return Task(kind, action["functionName"], action["input"], action.get("instanceId"), retry=retry)
