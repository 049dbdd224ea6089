import json
from typing import Any

import pytest

from local.host.durable.registry import Kind, Registered
from local.host.durable.replay import as_input, make_context, replay
from local.host.durable.status import Instance, Status


def returning(value: Any) -> Registered:
    return Registered("f", Kind.ORCHESTRATOR, "context", lambda _: value)


def raising(error: Exception) -> Registered:
    def call(_: str) -> None:
        raise error

    return Registered("f", Kind.ORCHESTRATOR, "context", call)


@pytest.mark.parametrize("state", [None, "", "no JSON", "[]", "{}", '{"actions": 5}', b"\xff"])
def test_what_is_no_state_is_an_error(state: Any) -> None:
    assert "did not return the state" in (replay(returning(state), "{}").error or "")


def test_an_error_carries_its_state() -> None:
    state = json.dumps({"isDone": False, "actions": [[]], "error": "why", "customStatus": "so far"})
    outcome = replay(raising(ValueError(f"why\n\n$OutOfProcData$:{state}")), "{}")
    assert (outcome.error, outcome.custom_status, outcome.done) == ("why", '"so far"', False)


def test_an_error_of_the_sdk_itself_names_its_type() -> None:
    assert replay(raising(KeyError("x")), "{}").error == "KeyError: 'x'"


def test_compound_actions_are_taken_in_order() -> None:
    call = {"actionType": 0, "input": "1"}
    wait = {"actionType": 6, "externalEventName": "go"}
    inner = {"actionType": 12, "compoundActions": [{**call, "functionName": "b"}, wait]}
    outer = {"actionType": 11, "compoundActions": [{**call, "functionName": "a"}, inner]}
    state = {"isDone": False, "actions": [[outer, {**call, "functionName": "c"}]]}
    outcome = replay(returning(json.dumps(state)), "{}")
    assert [planned.task.name for planned in outcome.planned] == ["a", "b", "c"]


def test_continuing_as_new_takes_the_new_input() -> None:
    state = {"isDone": True, "actions": [[{"actionType": 4, "input": "[1]"}]], "output": "ignored"}
    outcome = replay(returning(json.dumps(state)), "{}")
    assert outcome.renewed
    assert as_input(outcome.output) == "[1]"


@pytest.mark.parametrize(
    ("stored", "seen"),
    [(None, None), ('"{\\"a\\": 1}"', '{"a": 1}'), ('{"a": 1}', '{"a": 1}'), ('"plain"', '"plain"'), ("5", "5")],
)
def test_inputs_are_decoded_once_or_twice(stored: str | None, seen: str | None) -> None:
    assert as_input(stored) == seen


def test_a_context_is_json() -> None:
    instance = Instance("i", "e", "f", Status.RUNNING, "1", None, None, "", "", "p", None, None)
    context = json.loads(make_context(instance, ['{"EventType":12}', '{"EventType":0}'], replaying=True))
    assert [event["EventType"] for event in context["history"]] == [12, 0]
    assert (context["instanceId"], context["parentInstanceId"], context["isReplaying"]) == ("i", "p", True)
