"""Random orchestrations on the whole engine, which stops and starts while they run."""

import asyncio
import json
import os
import random
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.host.durable import Engine, Instance, InstanceFinished, Status
from local.host.durable.events import EventType
from local.host.durable.queries import Filter
from tests.local.host.durable.apps import activity, orchestrator, output
from tests.local.host.durable.programs import Json, blame, interpret, may_fail, programs
from tests.local.host.durable.reference import Reference
from tests.local.host.durable.world import early

EXAMPLES = int(os.environ.get("DURABLE_RESTARTS", "30"))
"""Set DURABLE_RESTARTS=1000 for a campaign."""


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(), st.integers(0, 2**32))
def test_random_orchestrations_survive_restarts(program: Json, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder) / "durable.db", without_rounds(program), random.Random(seed)))


def without_rounds(value: Any) -> Any:
    """Make programs keep their history whole: it tells the order in which things happened."""
    if isinstance(value, dict):
        return {key: 0 if key == "rounds" else without_rounds(each) for key, each in value.items()}
    return [without_rounds(each) for each in value] if isinstance(value, list) else value


async def play(path: Path, program: Json, dice: random.Random) -> None:
    @activity
    async def act(value: dict[str, str]) -> str:
        await asyncio.sleep(dice.choice([0, 0, 0.002, 0.01]))
        if may_fail(value["label"]) and dice.random() < 0.3:
            raise ValueError(f"boom:{value['label']}")
        return value["label"]

    functions = [orchestrator(interpret), act]
    async with asyncio.timeout(60):
        async with Engine(path, functions) as engine:
            await engine.start_new("interpret", "root", program)
        while not await run_for(Engine(path, functions), dice.choice([0.005, 0.02, 0.1])):
            pass
        async with Engine(path, functions) as engine:
            for instance in engine.list_instances(Filter(limit=1000)):
                check(instance, [json.loads(event) for event in engine.get_history(instance.id)])


async def run_for(engine: Engine, seconds: float) -> bool:
    """Run all instances for a while, raising what they wait for; return whether all have finished."""
    async with engine:
        try:
            async with asyncio.timeout(seconds):
                while unfinished := [i for i in engine.list_instances(Filter(limit=1000)) if not i.status.finished]:
                    for instance in unfinished:
                        await raise_events(engine, instance)
                    await asyncio.sleep(0.002)
        except TimeoutError:
            return False
    return True


async def raise_events(engine: Engine, instance: Instance) -> None:
    """Raise every event that the program may wait for, once."""
    if instance.status is Status.PENDING:
        return
    reference = Reference(json.loads(json.loads(instance.input or "")))
    history = [json.loads(event) for event in engine.get_history(instance.id)]
    raised = {event["Name"] for event in history if event["EventType"] == EventType.EVENT_RAISED}
    for name in sorted(set(early(reference)) - raised - PENDING.setdefault(instance.execution, set())):
        PENDING[instance.execution].add(name)
        try:
            await engine.raise_event(instance.id, name, name)
        except InstanceFinished:
            return


PENDING: dict[str, set[str]] = {}
"""The events raised, by execution."""


def check(instance: Instance, history: list[dict[str, Any]]) -> None:
    """Hold the output against what the reference makes of the same events in the same order."""
    reference = Reference(json.loads(json.loads(instance.input or "")))
    reference.start()
    for event in history:
        reference.hear(event)
    assert instance.status == reference.state
    seen = blame(output(instance)) if instance.status is Status.FAILED else output(instance)
    assert seen == reference.output
