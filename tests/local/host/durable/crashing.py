"""A program to kill: `python -m tests.local.host.durable.crashing FOLDER` runs some orchestrations to their end.

It prints a line once it runs, notes each run of an activity in `runs`, and may be started again after any `kill -9`.
"""

import asyncio
import contextlib
import json
import sys
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df

from local.host.durable import AlreadyExists, Engine
from tests.local.host.durable.apps import activity, orchestrator

INSTANCES = [f"journey-{number}" for number in range(5)]
ROUNDS = 3
WIDTH = 5


@orchestrator
def journey(context):
    """Draw random tokens and carry them through activities, sub-orchestrations, a timer and new executions."""
    state = context.get_input()
    options = df.RetryOptions(1, 3)
    labels = [f"{context.instance_id}/{len(state)}/{place}" for place in range(WIDTH)]
    tokens = yield context.task_all([context.call_activity_with_retry("draw", options, label) for label in labels])
    yield context.create_timer(context.current_utc_datetime + timedelta(milliseconds=5))
    subs = yield context.task_all([context.call_sub_orchestrator("errand", token) for token in tokens])
    echoes = yield context.task_all([context.call_activity("echo", token) for token in tokens])
    state.append([labels, tokens, subs, echoes])
    if len(state) < ROUNDS:
        context.continue_as_new(state)
    return state


@orchestrator
def errand(context):
    return (yield context.call_activity("echo", context.get_input()))


def functions(runs: Path) -> list[Any]:
    @activity
    async def draw(label: str) -> str:
        await note(f"draw {label}")
        return f"{label}={uuid.uuid4().hex}"

    @activity
    async def echo(token: str) -> str:
        await note(f"echo {token}")
        return token + "!"

    async def note(line: str) -> None:
        await asyncio.sleep(0.01)
        with runs.open("a") as file:
            file.write(line + "\n")

    return [journey, errand, draw, echo]


async def main(folder: Path) -> None:
    async with Engine(folder / "durable.db", functions(folder / "runs"), activities=4) as engine:
        for instance_id in INSTANCES:
            if engine.get_status(instance_id) is None:
                with contextlib.suppress(AlreadyExists):
                    await engine.start_new("journey", instance_id, [])
        sys.stdout.write("running\n")
        sys.stdout.flush()
        outputs = [(await engine.wait(instance_id)).output for instance_id in INSTANCES]
        (folder / "outputs").write_text(json.dumps([json.loads(output or "null") for output in outputs]))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
