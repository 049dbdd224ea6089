"""How activities are called, bounded, retried and fail."""

import asyncio
import threading
from collections import Counter
from typing import Any

import azure.durable_functions as df

from tests.local.host.durable.apps import (
    Flaky,
    Gate,
    HeldClock,
    Host,
    activity,
    boom,
    double,
    failure,
    one_call,
    orchestrator,
    output,
    result,
    retrying,
    until,
)


@activity
def shout(text: str) -> str:
    return f"{text.upper()} {threading.current_thread() is threading.main_thread()}"


async def test_an_activity_gets_its_input_and_its_result_comes_back(host: Host) -> None:
    async with host(one_call, double) as engine:
        assert await result(engine, "one_call", ["double", 21]) == 42


async def test_a_sync_activity_runs_in_a_thread(host: Host) -> None:
    async with host(one_call, shout) as engine:
        assert await result(engine, "one_call", ["shout", "hi"]) == "HI False"


async def test_function_names_ignore_case(host: Host) -> None:
    async with host(one_call, double) as engine:
        assert await result(engine, "One_Call", ["DOUBLE", 1]) == 2


async def test_custom_objects_travel_as_the_sdk_serialises_them(host: Host) -> None:
    @activity
    async def weigh(thing: Weight) -> Weight:
        return Weight(thing.grams + 1)

    @orchestrator
    def weighing(context):
        weight = yield context.call_activity("weigh", Weight(1))
        return weight.grams

    async with host(weighing, weigh) as engine:
        assert await result(engine, "weighing") == 2


class Weight:
    def __init__(self, grams: int) -> None:
        self.grams = grams

    @staticmethod
    def to_json(weight: "Weight") -> int:
        return weight.grams

    @staticmethod
    def from_json(grams: int) -> "Weight":
        return Weight(grams)


async def test_a_failed_activity_raises_in_the_orchestrator_with_its_message(host: Host) -> None:
    @orchestrator
    def careful(context):
        try:
            yield context.call_activity("boom", "bang")
        except Exception as error:  # noqa: BLE001 -- the SDK raises no other
            return str(error)

    async with host(careful, boom) as engine:
        caught = await result(engine, "careful")
        assert caught.startswith("Activity function 'boom' failed: ValueError: bang")
        assert "apps.py" in caught
        assert "durable/activities.py" not in caught


async def test_an_uncaught_failure_fails_the_orchestration(host: Host) -> None:
    async with host(one_call, boom) as engine:
        message = await failure(engine, "one_call", ["boom", "bang"])
        assert message.startswith(
            "Orchestrator function 'one_call' failed: Activity function 'boom' failed: ValueError"
        )


async def test_an_activity_that_exits_or_is_cancelled_only_fails(host: Host) -> None:
    @activity
    def leave(_: Any) -> None:
        raise SystemExit(3)

    @activity
    async def cancel(_: Any) -> None:
        raise asyncio.CancelledError

    async with host(one_call, leave, cancel, double) as engine:
        assert "SystemExit: 3" in await failure(engine, "one_call", ["leave", 0])
        assert "CancelledError" in await failure(engine, "one_call", ["cancel", 0])
        assert await result(engine, "one_call", ["double", 1]) == 2


async def test_a_result_that_is_no_json_fails_the_activity(host: Host) -> None:
    @activity
    async def opaque(_: Any) -> object:
        return object()

    async with host(one_call, opaque) as engine:
        assert "opaque" in await failure(engine, "one_call", ["opaque", 0])


async def test_an_activity_is_retried_until_it_succeeds(host: Host) -> None:
    flaky = Flaky(failures=2)
    async with host(retrying, flaky.registered()) as engine:
        assert await result(engine, "retrying", 3) == 3


async def test_a_retried_activity_fails_after_its_last_attempt(host: Host) -> None:
    flaky = Flaky(failures=9)
    async with host(retrying, flaky.registered()) as engine:
        assert "not yet" in await failure(engine, "retrying", 3)
        assert flaky.calls == 3


async def test_retries_wait_for_their_interval(host: Host) -> None:
    @orchestrator
    def patient(context):
        return (yield context.call_activity_with_retry("flaky", df.RetryOptions(60_000, 2), None))

    flaky, clock = Flaky(failures=1), HeldClock()
    async with host(patient, flaky.registered(), clock=clock) as engine:
        instance_id = await engine.start_new("patient")
        await clock.sleeper()
        assert flaky.calls == 1
        await clock.advance(60)
        assert output(await engine.wait(instance_id)) == 2


async def test_a_fan_out_returns_results_in_the_order_of_the_calls(host: Host) -> None:
    @orchestrator
    def fan(context):
        return (yield context.task_all([context.call_activity("double", i) for i in range(40)]))

    async with host(fan, double) as engine:
        assert await result(engine, "fan") == [2 * i for i in range(40)]


async def test_no_more_activities_run_at_once_than_allowed(host: Host) -> None:
    running: Counter[str] = Counter()

    @activity
    async def busy(_: Any) -> int:
        running["now"] += 1
        running["most"] = max(running["most"], running["now"])
        await asyncio.sleep(0)
        running["now"] -= 1
        return 0

    @orchestrator
    def fan(context):
        yield context.task_all([context.call_activity("busy", i) for i in range(20)])

    async with host(fan, busy, activities=3) as engine:
        await result(engine, "fan")
        assert running["most"] == 3


async def test_a_wide_fan_out_does_not_starve_another_instance(host: Host) -> None:
    order: list[str] = []

    @activity
    async def note(who: str) -> None:
        order.append(who)

    @orchestrator
    def fan(context):
        yield context.task_all([context.call_activity("note", "wide") for _ in range(100)])

    gate = Gate()
    async with host(fan, one_call, note, gate.registered(), activities=1) as engine:
        first = await engine.start_new("one_call", input=["gate", "hold"])
        await gate.arrived("hold")
        wide = await engine.start_new("fan")
        await until(lambda: engine.get_history(wide) != [])
        narrow = await engine.start_new("one_call", input=["note", "narrow"])
        await until(lambda: engine.get_history(narrow) != [])
        await gate.open("hold")
        for each in (first, wide, narrow):
            await engine.wait(each)
        assert order.index("narrow") < 3
