"""What runs on a timer asks what is due, however many tenants there are."""

import asyncio
import inspect
import json

import azure.functions as func

from registry import BLUEPRINTS
from shared.platform.store import Stores, Write
from tests.counting import calls_of

TENANTS = 1_000
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
    made = (
        stores.open(f"tenant-{each}").commit(Write("x").change("EventCreated", "event/x")) for each in range(TENANTS)
    )
    await asyncio.gather(*made)


async def run(hub, name: str) -> None:
    given = {"timer": None, "client": hub.durable}
    await TIMERS[name](**{parameter: given[parameter] for parameter in inspect.signature(TIMERS[name]).parameters})


async def test_no_timer_visits_idle_tenants(hub):
    stores = await hub.app.platform.stores()
    await populate(stores)
    await hub.settle()
    for _ in range(2):
        hub.clock.advance(minutes=10)
        for each in TIMERS:
            await run(hub, each)
        await hub.settle()
    asked = {}
    for name in TIMERS:
        with calls_of(stores) as calls:
            await run(hub, name)
        asked[name] = len(calls)
    assert {name: number for name, number in asked.items() if number > MOST_CALLS} == {}


def test_the_timers_are_found():
    assert set(TIMERS) >= {"sweep_changes", "complete_audit", "retire_audit", "reconcile_uploads", "report_backlog"}
