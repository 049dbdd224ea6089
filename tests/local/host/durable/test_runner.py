"""What orchestrations can do, on a running engine."""

import asyncio
from datetime import timedelta
from typing import Any

import azure.durable_functions as df

from local.host.durable import Status
from tests.local.host.durable.apps import (
    Flaky,
    Gate,
    HeldClock,
    Host,
    activity,
    boom,
    double,
    one_call,
    orchestrator,
    output,
    result,
    until,
)


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
        assert engine.get_status(instance_id).status is Status.RUNNING  # type: ignore[union-attr]  # it exists
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
        assert engine.get_status(late).status is Status.RUNNING  # type: ignore[union-attr]  # it exists


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
        except Exception as error:  # noqa: BLE001 -- the SDK raises no other
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
        except Exception as error:  # noqa: BLE001 -- the SDK raises no other
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
        assert engine.get_status(instance_id).custom_status == '{"step": 1}'  # type: ignore[union-attr]  # it exists


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
