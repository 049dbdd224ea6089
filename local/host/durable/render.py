"""An instance's status as the management API shows it."""

import json
from typing import Any

from local.host.durable.events import COMPLETIONS, SCHEDULED, EventType
from local.host.durable.status import Instance

HIDDEN = SCHEDULED | {EventType.ORCHESTRATOR_STARTED, EventType.ORCHESTRATOR_COMPLETED}
"""Events that a status' history leaves out; what they say is shown with the completions."""


def render(
    instance: Instance, history: list[str] | None = None, *, show_input: bool = True, show_output: bool = False
) -> dict[str, Any]:
    """Return the status as JSON values."""
    body = {
        "name": instance.name,
        "instanceId": instance.id,
        "runtimeStatus": instance.status,
        "input": load(instance.input) if show_input else None,
        "customStatus": load(instance.custom_status),
        "output": load(instance.output),
        "createdTime": instance.created,
        "lastUpdatedTime": instance.updated,
    }
    if history is not None:
        body["historyEvents"] = render_history(history, show_output=show_output)
    return body


def load(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def render_history(history: list[str], *, show_output: bool) -> list[dict[str, Any]]:
    """Return the events that mean something to a reader, completions with what they complete."""
    events = [json.loads(text) for text in history]
    scheduled = {event["EventId"]: event for event in events if event["EventType"] in SCHEDULED}
    return [
        render_event(event, scheduled, show_output=show_output) for event in events if event["EventType"] not in HIDDEN
    ]


def render_event(event: dict[str, Any], scheduled: dict[Any, Any], *, show_output: bool) -> dict[str, Any]:
    kind = EventType(event["EventType"])
    hidden = {"IsPlayed", "EventId", "OrchestrationInstance"} | (set() if show_output else {"Result", "Input"})
    shown = {key: value for key, value in event.items() if key not in hidden}
    shown["EventType"] = "".join(word.capitalize() for word in kind.name.split("_"))
    start = scheduled.get(event.get("TaskScheduledId", event.get("TimerId")))
    if kind in COMPLETIONS and start:
        shown["ScheduledTime"] = start["Timestamp"]
        if "Name" in start:
            shown["FunctionName"] = start["Name"]
    elif kind is EventType.EXECUTION_STARTED:
        shown["FunctionName"] = shown.pop("Name")
    return shown
