"""The events of an orchestration's history, as JSON text in the form that the SDK reads."""

import json
from datetime import datetime
from typing import Any

from azure.durable_functions.models.history import HistoryEventType as EventType

from local.host.durable.clock import stamp

__all__ = [
    "COMPLETIONS",
    "CONTROLS",
    "SCHEDULED",
    "Event",
    "EventType",
    "completed",
    "dump",
    "event",
    "failed",
    "played",
]

Event = dict[str, Any]

SCHEDULED = {EventType.TASK_SCHEDULED, EventType.SUB_ORCHESTRATION_INSTANCE_CREATED, EventType.TIMER_CREATED}
"""Events that take the next number of their orchestration, whether an action or a retry caused them."""

CONTROLS = {EventType.EXECUTION_TERMINATED, EventType.EXECUTION_SUSPENDED, EventType.EXECUTION_RESUMED}
"""Events that the engine acts on by itself, without a replay."""

COMPLETIONS = {
    EventType.TASK_COMPLETED,
    EventType.TASK_FAILED,
    EventType.TIMER_FIRED,
    EventType.SUB_ORCHESTRATION_INSTANCE_COMPLETED,
    EventType.SUB_ORCHESTRATION_INSTANCE_FAILED,
}

UNPLAYED, PLAYED = '{"IsPlayed":false', '{"IsPlayed":true'


def event(kind: EventType, at: datetime, number: int = -1, **fields: Any) -> Event:
    """Build an event; `number` is the id of the task that a scheduling event starts."""
    return {"IsPlayed": False, "EventType": int(kind), "EventId": number, "Timestamp": stamp(at), **fields}


def completed(kind: EventType, at: datetime, task: int, result: str | None) -> Event:
    """Build the event for a task that succeeded with a result, which is JSON text."""
    return event(kind, at, TaskScheduledId=task, Result=result)


def failed(kind: EventType, at: datetime, task: int, reason: str, details: str) -> Event:
    """Build the event for a task that failed; orchestrators see the reason and the details."""
    return event(kind, at, TaskScheduledId=task, Reason=reason, Details=details)


def dump(value: Event) -> str:
    """Write an event so that `played` can mark it."""
    return json.dumps(value, separators=(",", ":"))


def played(text: str) -> str:
    """Mark a stored event as seen by an earlier replay."""
    return PLAYED + text.removeprefix(UNPLAYED)
