"""Durable functions that many tests use, and a clock that stands still."""

import asyncio
import inspect
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import azure.durable_functions as df
from azure.durable_functions import Orchestrator

from local.host.durable import Engine, Instance, Kind, Registered, Status

Host = Callable[..., AbstractAsyncContextManager[Engine]]


def orchestrator(function: Callable[..., Any]) -> Registered:
    return Registered(function.__name__, Kind.ORCHESTRATOR, "context", Orchestrator.create(function))


def activity(function: Callable[..., Any]) -> Registered:
    return Registered(function.__name__, Kind.ACTIVITY, next(iter(inspect.signature(function).parameters)), function)


def output(instance: Instance) -> Any:
    return json.loads(instance.output or "null")


class Gate:
    """An activity that waits until it is let through; `arrived` says who waits."""

    def __init__(self) -> None:
        self._gates: dict[Any, asyncio.Future[Any]] = {}
        self._arrival = asyncio.Condition()

    async def __call__(self, key: Any) -> Any:
        self._gates[key] = asyncio.get_running_loop().create_future()
        async with self._arrival:
            self._arrival.notify_all()
        return await self._gates[key]

    async def arrived(self, key: Any) -> None:
        async with self._arrival:
            await self._arrival.wait_for(lambda: key in self._gates)

    async def open(self, key: Any, result: Any = None) -> None:
        await self.arrived(key)
        gate = self._gates.pop(key)
        if isinstance(result, Exception):
            gate.set_exception(result)
        else:
            gate.set_result(result)

    def registered(self, name: str = "gate") -> Registered:
        async def gate(key: Any) -> Any:
            return await self(key)

        return Registered(name, Kind.ACTIVITY, "key", gate)


class HeldClock:
    """Time moves only when told to."""

    def __init__(self) -> None:
        self._now = datetime(2030, 1, 1, tzinfo=UTC)
        self._moved = asyncio.Condition()
        self.sleepers = 0

    def now(self) -> datetime:
        return self._now

    async def sleep_until(self, when: datetime) -> None:
        async with self._moved:
            self.sleepers += 1
            self._moved.notify_all()
            try:
                await self._moved.wait_for(lambda: self._now >= when)
            finally:
                self.sleepers -= 1

    async def sleeper(self) -> None:
        """Return when somebody waits for a time to come."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.sleepers > 0)

    async def advance(self, seconds: float) -> None:
        async with self._moved:
            self._now += timedelta(seconds=seconds)
            self._moved.notify_all()


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until something holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 -- it is the engine's progress that is awaited
            await asyncio.sleep(0.001)


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
