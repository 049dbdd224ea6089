import json

import azure.durable_functions as df
import pytest

from local.host.durable import Kind, Registered, UnsupportedFunction
from local.host.durable.registry import Registry


def make(name: str, kind: Kind) -> Registered:
    return Registered(name, kind, "value", str)


def test_entities_are_refused_by_name() -> None:
    with pytest.raises(UnsupportedFunction, match="'Counter' is a durable entity"):
        Registry([make("Counter", Kind.ENTITY)])


def test_two_functions_of_one_name_are_refused() -> None:
    with pytest.raises(UnsupportedFunction, match="Two activityTrigger functions are called 'Work'"):
        Registry([make("work", Kind.ACTIVITY), make("Work", Kind.ACTIVITY)])


def test_an_activity_may_share_its_name_with_an_orchestrator() -> None:
    registry = Registry([make("work", Kind.ACTIVITY), make("work", Kind.ORCHESTRATOR)])
    assert registry.activity("work").kind is Kind.ACTIVITY
    assert registry.orchestrator("WORK").kind is Kind.ORCHESTRATOR


def test_the_kinds_are_the_sdks_binding_types() -> None:
    app = df.DFApp()

    @app.orchestration_trigger(context_name="context")
    def one(context):
        yield

    @app.activity_trigger(input_name="value")  # type: ignore[untyped-decorator]  # the SDK's
    def two(value: str) -> str:
        return value

    kinds = [Kind(json.loads(function.get_raw_bindings()[0])["type"]) for function in app.get_functions()]
    assert kinds == [Kind.ORCHESTRATOR, Kind.ACTIVITY]
