import asyncio
from datetime import timedelta

from local.host.durable.clock import stamp
from local.host.durable.tasks import TaskKey
from local.host.durable.timers import Timers
from tests.local.host.durable.apps import HeldClock, until


async def test_timers_fire_in_order_and_together_when_both_are_due() -> None:
    clock, fired = HeldClock(), []

    async def fire(keys: list[TaskKey]) -> None:
        fired.append([key.number for key in keys])

    timers = Timers(clock, fire)
    running = asyncio.create_task(timers.run())
    for number, seconds in enumerate([30, 10, 20]):
        timers.add(stamp(clock.now() + timedelta(seconds=seconds)), TaskKey("i", "e", number))
    await clock.sleeper()
    await clock.advance(10)
    await until(lambda: fired == [[1]])
    await clock.sleeper()
    await clock.advance(20)
    await until(lambda: fired == [[1], [2, 0]])
    running.cancel()


async def test_a_timer_that_is_already_due_fires_at_once() -> None:
    clock, fired = HeldClock(), []

    async def fire(keys: list[TaskKey]) -> None:
        fired.extend(keys)

    timers = Timers(clock, fire)
    running = asyncio.create_task(timers.run())
    timers.add(stamp(clock.now()), TaskKey("i", "e", 0))
    await until(lambda: len(fired) == 1)
    running.cancel()
