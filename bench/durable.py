"""How long fan-outs take on the local durable engine, beside a bare loop that awaits the same activities in turn.

    python -m bench.durable

Prints one line per width: the median milliseconds of both, their ratio, and how often the orchestrator was replayed.
The baseline has no history, no database and no replay; the ratio is what durability costs for activities that do
nothing.
"""

import asyncio
import logging
import statistics
import tempfile
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from time import perf_counter
from typing import Any

from azure.durable_functions import Orchestrator
from azure.durable_functions.models.DurableOrchestrationContext import DurableOrchestrationContext

from local.host.durable import Engine, Kind, Registered

WIDTHS = (1, 10, 32, 100, 300)
RUNS = 5


async def double(number: int) -> int:
    return 2 * number


def width(context: DurableOrchestrationContext) -> int:
    return int(context.get_input() or 0)


def fan(context: DurableOrchestrationContext) -> Generator[Any, Any, int]:
    return sum((yield context.task_all([context.call_activity("double", n) for n in range(width(context))])))


def chain(context: DurableOrchestrationContext) -> Generator[Any, Any, int]:
    total = 0
    for number in range(width(context)):
        total += yield context.call_activity("double", number)
    return total


async def bare(width: int) -> int:
    return sum([await double(number) for number in range(width)])


async def main() -> None:
    functions = [Registered("double", Kind.ACTIVITY, "number", double)]
    functions += [Registered(f.__name__, Kind.ORCHESTRATOR, "context", Orchestrator.create(f)) for f in (fan, chain)]
    print(f"{'':>16}{'engine ms':>10}{'bare ms':>10}{'ratio':>10}{'replays':>9}")
    with tempfile.TemporaryDirectory() as folder:
        async with Engine(Path(folder) / "durable.db", functions) as engine:
            for width in WIDTHS:
                await report(engine, "fan", width)
            await report(engine, "chain", 32)
            await report_parallel(engine, 10, 10)


async def report(engine: Engine, name: str, width: int) -> None:
    instances: list[str] = []

    async def durable() -> None:
        instances.append(await engine.start_new(name, input=width))
        await engine.wait(instances[-1])

    show(f"{name} of {width}", await median(durable), await median(lambda: bare(width)), replays(engine, instances[-1]))


async def report_parallel(engine: Engine, instances: int, width: int) -> None:
    async def durable() -> None:
        started = await asyncio.gather(*(engine.start_new("fan", input=width) for _ in range(instances)))
        await asyncio.gather(*map(engine.wait, started))

    show(f"{instances} fans of {width}", await median(durable), await median(lambda: bare(instances * width)), None)


async def median(work: Callable[[], Awaitable[object]]) -> float:
    """Return the median milliseconds of some runs."""
    times = []
    for _ in range(RUNS):
        began = perf_counter()
        await work()
        times.append((perf_counter() - began) * 1000)
    return statistics.median(times)


def replays(engine: Engine, instance_id: str) -> int:
    return sum('"EventType":12,' in event for event in engine.get_history(instance_id))


def show(what: str, engine: float, baseline: float, count: int | None) -> None:
    print(f"{what:>16}{engine:>10.1f}{baseline:>10.3f}{engine / baseline:>10.0f}{count or '':>9}")


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    asyncio.run(main())
