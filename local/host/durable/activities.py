"""Runs activities."""

import asyncio
import inspect
import json
import traceback
from concurrent.futures import Executor, thread
from types import TracebackType

from azure.durable_functions.models.utils.df_serialization import df_dumps, df_loads

from local.host.durable.clock import Clock
from local.host.durable.errors import UnknownFunction
from local.host.durable.events import Event, EventType, completed, failed
from local.host.durable.registry import Registered, Registry
from local.host.durable.tasks import Task

HOST_FILES = (__file__, thread.__file__)


async def perform(registry: Registry, task: Task, number: int, threads: Executor, clock: Clock) -> tuple[Event, bool]:
    """Run an activity; return the event that says how it ended, and whether it failed."""
    try:
        result = df_dumps(await call(registry.activity(task.name), decode(task.input), threads))
    except asyncio.CancelledError as error:
        if being_cancelled():
            raise
        return failure(task, number, error, clock), True
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- an activity may raise anything
        return failure(task, number, error, clock), True
    return completed(EventType.TASK_COMPLETED, clock.now(), number, result), False


def being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def call(function: Registered, value: object, threads: Executor) -> object:
    arguments = {function.parameter: value}
    if inspect.iscoroutinefunction(function.call):
        return await function.call(**arguments)
    result = await asyncio.get_running_loop().run_in_executor(threads, lambda: function.call(**arguments))
    return await result if inspect.isawaitable(result) else result


def decode(text: str | None) -> object:
    """Decode an input as the SDK's trigger converter does."""
    if text is None:
        return None
    try:
        return df_loads(text)
    except json.JSONDecodeError:
        return text


def failure(task: Task, number: int, error: BaseException, clock: Clock) -> Event:
    if isinstance(error, UnknownFunction):
        reason = str(error)
    else:
        reason = f"Activity function '{task.name}' failed: {type(error).__name__}: {error}"
    details = "".join(traceback.format_exception(type(error), error, own_frames(error)))
    return failed(EventType.TASK_FAILED, clock.now(), number, reason, details)


def own_frames(error: BaseException) -> TracebackType | None:
    """Return the part of a traceback that lies in the app."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename in HOST_FILES:
        trace = trace.tb_next
    return trace
