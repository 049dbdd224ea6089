"""What orchestrations can do, on a running engine."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import pytest

from local.host.durable import Engine, Registered, Status
from tests.local.host.durable.apps import Gate, HeldClock, activity, orchestrator, output, until

Host = Callable[..., AbstractAsyncContextManager[Engine]]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    @asynccontextmanager
    async def run(*functions: Registered, **options: Any) -> AsyncIterator[Engine]:
        async with asyncio.timeout(20), Engine(tmp_path / "durable.db", functions, **options) as engine:
            yield engine

    return run


async def result(engine: Engine, name: str, value: Any = None) -> Any:
    instance = await engine.wait(await engine.start_new(name, input=value))
    assert instance.status is Status.COMPLETED, instance.output
    return output(instance)


async def failure(engine: Engine, name: str, value: Any = None) -> str:
    instance = await engine.wait(await engine.start_new(name, input=value))
    assert instance.status is Status.FAILED
    return str(output(instance))


@activity
async def double(number: int) -> int:
    return 2 * number


@activity
def shout(text: str) -> str:
    return f"{text.upper()} {threading.current_thread() is threading.main_thread()}"


@activity
async def boom(what: str) -> None:
    raise ValueError(what)


class Flaky:
    """Fails so many times."""

    def __init__(self, failures: int) -> None:
        self.calls = 0
        self._failures = failures

    def registered(self) -> Registered:
        async def flaky(_: Any) -> int:
            self.calls += 1
            if self.calls <= self._failures:
                raise ValueError("not yet")
            return self.calls

        return activity(flaky)


@orchestrator
def one_call(context):
    name, value = context.get_input()
    return (yield context.call_activity(name, value))


@orchestrator
def retrying(context):
    options = df.RetryOptions(1, context.get_input())
    return (yield context.call_activity_with_retry("flaky", options, None))


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
        except Exception as error:  # noqa: BLE001  # the SDK raises no other
            return str(error)

    async with host(careful, boom) as engine:
        caught = await result(engine, "careful")
        assert caught.startswith("Activity function 'boom' failed: ValueError: bang")
        assert "test_runner.py" in caught
        assert "activities.py" not in caught


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


async def test_the_first_of_several_wins_and_the_others_are_forgotten(host: Host) -> None:
    @orchestrator
    def race(context):
        tasks = [context.call_activity("gate", name) for name in ("slow", "fast")]
        winner = yield context.task_any(tasks)
        return [tasks.index(winner), winner.result]

    gate = Gate()
    async with host(race, gate.registered()) as engine:
        instance_id = await engine.start_new("race")
        await gate.open("fast", "done")
        assert output(await engine.wait(instance_id)) == [1, "done"]
        await gate.open("slow", "late")


async def test_a_timer_fires_when_its_time_has_come(host: Host) -> None:
    @orchestrator
    def sleeper(context):
        began = context.current_utc_datetime
        yield context.create_timer(began + timedelta(hours=1))
        return (context.current_utc_datetime - began).total_seconds()

    clock = HeldClock()
    async with host(sleeper, clock=clock) as engine:
        instance_id = await engine.start_new("sleeper")
        await clock.sleeper()
        await clock.advance(3599)
        assert engine.get_status(instance_id).status is Status.RUNNING  # type: ignore[union-attr]
        await clock.advance(1)
        assert output(await engine.wait(instance_id)) == 3600


async def test_a_later_timer_does_not_hold_up_an_earlier_one(host: Host) -> None:
    @orchestrator
    def sleeper(context):
        yield context.create_timer(context.current_utc_datetime + timedelta(seconds=context.get_input()))

    clock = HeldClock()
    async with host(sleeper, clock=clock) as engine:
        late = await engine.start_new("sleeper", input=1000)
        await clock.sleeper()
        early = await engine.start_new("sleeper", input=10)
        await until(lambda: len(engine.get_history(early)) > 2)
        await clock.advance(10)
        await engine.wait(early)
        assert engine.get_status(late).status is Status.RUNNING  # type: ignore[union-attr]


async def test_a_cancelled_timer_leaves_nothing_behind(host: Host) -> None:
    @orchestrator
    def hurried(context):
        timer = context.create_timer(context.current_utc_datetime + timedelta(days=1))
        yield context.task_any([timer, context.call_activity("double", 1)])
        timer.cancel()
        yield context.wait_for_external_event("go")
        return "gone"

    async with host(hurried, double) as engine:
        instance_id = await engine.start_new("hurried")
        await until(lambda: any('"EventType":5' in event for event in engine.get_history(instance_id)))
        await engine.raise_event(instance_id, "go")
        assert output(await engine.wait(instance_id)) == "gone"


async def test_an_external_event_brings_its_data(host: Host) -> None:
    @orchestrator
    def waiting(context):
        return (yield context.wait_for_external_event("go"))

    async with host(waiting) as engine:
        instance_id = await engine.start_new("waiting")
        await engine.raise_event(instance_id, "other", 0)
        await engine.raise_event(instance_id, "go", {"a": [1]})
        assert output(await engine.wait(instance_id)) == {"a": [1]}


async def test_an_external_event_may_come_before_anybody_waits_for_it(host: Host) -> None:
    @orchestrator
    def later(context):
        yield context.call_activity("gate", "first")
        return (yield context.wait_for_external_event("go"))

    gate = Gate()
    async with host(later, gate.registered()) as engine:
        instance_id = await engine.start_new("later")
        await gate.arrived("first")
        await engine.raise_event(instance_id, "go", "early")
        await gate.open("first")
        assert output(await engine.wait(instance_id)) == "early"


async def test_of_early_events_the_sdk_keeps_the_last_and_gives_it_to_every_wait(host: Host) -> None:
    @orchestrator
    def twice(context):
        yield context.call_activity("gate", "first")
        one = yield context.wait_for_external_event("go")
        two = yield context.wait_for_external_event("go")
        return [one, two]

    gate = Gate()
    async with host(twice, gate.registered()) as engine:
        instance_id = await engine.start_new("twice")
        await gate.arrived("first")
        await engine.raise_event(instance_id, "go", 1)
        await engine.raise_event(instance_id, "go", 2)
        await gate.open("first")
        assert output(await engine.wait(instance_id)) == [2, 2]


async def test_events_of_one_name_are_taken_in_turn_by_those_who_wait(host: Host) -> None:
    @orchestrator
    def listening(context):
        first = yield context.wait_for_external_event("go")
        second = yield context.wait_for_external_event("go")
        return [first, second]

    async with host(listening) as engine:
        instance_id = await engine.start_new("listening")
        await until(lambda: engine.get_history(instance_id) != [])
        await engine.raise_event(instance_id, "go", 1)
        await engine.raise_event(instance_id, "go", 2)
        assert output(await engine.wait(instance_id)) == [1, 2]


async def test_a_sub_orchestration_returns_its_output_and_knows_its_parent(host: Host) -> None:
    @orchestrator
    def parent(context):
        return (yield context.call_sub_orchestrator("child", 4, "the-child"))

    @orchestrator
    def child(context):
        doubled = yield context.call_activity("double", context.get_input())
        return [doubled, context.parent_instance_id, context.instance_id]

    async with host(parent, child, double) as engine:
        await engine.start_new("parent", "the-parent")
        assert output(await engine.wait("the-parent")) == [8, "the-parent", "the-child"]


async def test_a_failed_sub_orchestration_raises_in_its_parent(host: Host) -> None:
    @orchestrator
    def parent(context):
        try:
            yield context.call_sub_orchestrator("one_call", ["boom", "bang"])
        except Exception as error:  # noqa: BLE001  # the SDK raises no other
            return str(error)

    async with host(parent, one_call, boom) as engine:
        assert (await result(engine, "parent")).startswith("Orchestrator function 'one_call' failed: Activity function")


async def test_a_sub_orchestration_is_retried(host: Host) -> None:
    @orchestrator
    def parent(context):
        options = df.RetryOptions(1, 3)
        return (yield context.call_sub_orchestrator_with_retry("one_call", options, ["flaky", 0], "fixed-id"))

    async with host(parent, one_call, Flaky(failures=2).registered()) as engine:
        assert await result(engine, "parent") == 3


async def test_a_sub_orchestration_whose_id_is_taken_fails(host: Host) -> None:
    @orchestrator
    def parent(context):
        try:
            yield context.call_sub_orchestrator("one_call", ["double", 1], "taken")
        except Exception as error:  # noqa: BLE001  # the SDK raises no other
            return str(error)

    gate = Gate()
    async with host(parent, one_call, double, gate.registered()) as engine:
        await engine.start_new("one_call", "taken", ["gate", 0])
        await gate.arrived(0)
        assert "already exists" in await result(engine, "parent")


async def test_an_orchestration_continues_as_new(host: Host) -> None:
    @orchestrator
    def counting(context):
        number = context.get_input()
        context.set_custom_status(f"at {number}")
        yield context.call_activity("double", number)
        if number < 5:
            context.continue_as_new(number + 1)
        return number

    async with host(counting, double) as engine:
        instance = await engine.wait(await engine.start_new("counting", input=0))
        assert (output(instance), instance.custom_status) == (5, '"at 5"')
        assert len(engine.get_history(instance.id)) < 12


async def test_events_that_nobody_has_seen_go_over_to_the_new_execution(host: Host) -> None:
    @orchestrator
    def collector(context):
        seen = context.get_input() or []
        seen.append((yield context.wait_for_external_event("item")))
        if len(seen) == 3:
            return seen
        context.continue_as_new(seen)

    async with host(collector) as engine:
        instance_id = await engine.start_new("collector")
        await asyncio.gather(*(engine.raise_event(instance_id, "item", number) for number in range(3)))
        assert output(await engine.wait(instance_id)) == [0, 1, 2]


async def test_the_custom_status_shows_before_the_end(host: Host) -> None:
    @orchestrator
    def talkative(context):
        context.set_custom_status({"step": 1})
        yield context.call_activity("gate", 0)

    gate = Gate()
    async with host(talkative, gate.registered()) as engine:
        instance_id = await engine.start_new("talkative")
        await gate.arrived(0)
        assert engine.get_status(instance_id).custom_status == '{"step": 1}'  # type: ignore[union-attr]


async def test_what_is_said_outside_of_replays_is_said_once(host: Host) -> None:
    said: list[int] = []

    @orchestrator
    def talking(context):
        for number in range(4):
            if not context.is_replaying:
                said.append(number)
            yield context.call_activity("double", number)

    async with host(talking, double) as engine:
        await result(engine, "talking")
        assert said == [0, 1, 2, 3]


async def test_time_and_ids_are_the_same_in_every_replay(host: Host) -> None:
    @orchestrator
    def steady(context):
        seen = []
        for _ in range(3):
            now = [context.new_uuid(), context.current_utc_datetime.isoformat()]
            seen.append(now == (yield context.call_activity("gate", now)))
        return seen

    @activity
    async def gate(value: Any) -> Any:
        return value

    async with host(steady, gate) as engine:
        assert await result(engine, "steady") == [True, True, True]


async def test_an_orchestration_knows_its_version(host: Host) -> None:
    @orchestrator
    def versioned(context):
        yield context.call_activity("double", 1)
        return context.version

    async with host(versioned, double) as engine:
        instance_id = await engine.start_new("versioned", version="2.1")
        assert output(await engine.wait(instance_id)) == "2.1"
