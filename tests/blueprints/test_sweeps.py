"""What runs on a timer asks what is due, however many tenants there are."""

import inspect
import json

import azure.functions as func
import pytest

from registry import BLUEPRINTS
from shared.platform.store import Stores, Write
from tests.counting import calls_of

TENANTS = 60
MOST_CALLS = 20


def timers():
    app = func.FunctionApp()
    for blueprint in BLUEPRINTS:
        app.register_functions(blueprint)
    for function in app.get_functions():
        if any(json.loads(raw)["type"] == "timerTrigger" for raw in function.get_raw_bindings()):
            yield str(function.get_function_name()), inspect.unwrap(function.get_user_function())


TIMERS = dict(timers())


async def populate(stores: Stores) -> None:
    for number in range(TENANTS):
        await stores.open(f"tenant-{number}").commit(Write("x").change("EventCreated", "event/x"))


async def run(hub, name: str) -> None:
    given = {"timer": None, "client": hub.durable}
    await TIMERS[name](**{parameter: given[parameter] for parameter in inspect.signature(TIMERS[name]).parameters})


@pytest.mark.parametrize("name", sorted(TIMERS))
async def test_no_timer_visits_idle_tenants(hub, name):
    stores = await hub.app.platform.stores()
    await populate(stores)
    await hub.settle()
    for _ in range(2):
        hub.clock.advance(minutes=10)
        for each in TIMERS:
            await run(hub, each)
        await hub.settle()
    with calls_of(stores) as calls:
        await run(hub, name)
    assert len(calls) <= MOST_CALLS


def test_the_timers_are_found():
    assert set(TIMERS) >= {"sweep_changes", "complete_audit", "retire_audit", "reconcile_uploads", "report_backlog"}
