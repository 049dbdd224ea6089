"""Starting, steering and restarting."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from local.host.durable import (
    AlreadyExists,
    DurableError,
    Engine,
    EngineBusy,
    InstanceFinished,
    InstanceNotFound,
    Registered,
    Status,
    UnknownFunction,
    runner,
)
from local.host.durable.queries import Filter
from tests.local.host.durable.apps import Gate, HeldClock, activity, orchestrator, output, until


@activity
async def double(number: int) -> int:
    return 2 * number


@orchestrator
def gated(context):
    return (yield context.call_activity("gate", context.get_input()))


@orchestrator
def parent(context):
    try:
        return (yield context.call_sub_orchestrator("gated", "child", "the-child"))
    except Exception as error:  # noqa: BLE001 -- the SDK raises no other
        return f"caught {error}".strip()


@orchestrator
def doubling(context):
    return (yield context.call_activity("double", context.get_input()))


@asynccontextmanager
async def make(path: Path, *functions: Registered, **options: Any) -> AsyncIterator[Engine]:
    async with asyncio.timeout(20), Engine(path / "durable.db", functions, **options) as engine:
        yield engine


def status(engine: Engine, instance_id: str) -> Status | None:
    instance = engine.get_status(instance_id)
    return instance.status if instance else None


async def test_an_unknown_orchestrator_is_refused(tmp_path: Path) -> None:
    async with make(tmp_path) as engine:
        with pytest.raises(UnknownFunction, match="'nobody' doesn't exist"):
            await engine.start_new("nobody")


async def test_a_running_id_is_refused_and_a_finished_one_runs_again(tmp_path: Path) -> None:
    gate = Gate()
    async with make(tmp_path, gated, gate.registered()) as engine:
        await engine.start_new("gated", "once", "a")
        await gate.arrived("a")
        with pytest.raises(AlreadyExists, match="status Running already exists"):
            await engine.start_new("gated", "once", "b")
        await gate.open("a", 1)
        assert output(await engine.wait("once")) == 1
        await engine.start_new("gated", "once", "b")
        await gate.open("b", 2)
        assert output(await engine.wait("once")) == 2


async def test_a_result_for_an_earlier_run_of_an_id_does_not_count(tmp_path: Path) -> None:
    gate = Gate()
    async with make(tmp_path, gated, gate.registered()) as engine:
        await engine.start_new("gated", "x", "old")
        await gate.arrived("old")
        await engine.terminate("x")
        await engine.wait("x")
        await engine.start_new("gated", "x", "new")
        await gate.open("old", "stale")
        await gate.open("new", "fresh")
        assert output(await engine.wait("x")) == "fresh"


async def test_a_terminated_orchestration_keeps_the_reason(tmp_path: Path) -> None:
    gate = Gate()
    async with make(tmp_path, gated, gate.registered()) as engine:
        await engine.start_new("gated", "x", 0)
        await gate.arrived(0)
        await engine.terminate("x", "enough")
        instance = await engine.wait("x")
        assert (instance.status, output(instance)) == (Status.TERMINATED, "enough")
        for verb in (engine.terminate, engine.suspend, engine.resume):
            with pytest.raises(InstanceFinished):
                await verb("x")


async def test_terminating_a_parent_leaves_its_children_unless_told_otherwise(tmp_path: Path) -> None:
    gate = Gate()
    async with make(tmp_path, parent, gated, gate.registered()) as engine:
        await engine.start_new("parent", "p")
        await gate.arrived("child")
        await engine.terminate("p")
        await engine.wait("p")
        assert status(engine, "the-child") is Status.RUNNING
        await gate.open("child")
        await engine.wait("the-child")

        await engine.start_new("parent", "p")
        await gate.arrived("child")
        await engine.terminate("p", recursive=True)
        await engine.wait("the-child")
        assert status(engine, "the-child") is Status.TERMINATED


@pytest.mark.parametrize("bad", ["", "@entity", "a/b", "a?b", "a#b", "a\\b", "a\nb", "x" * 101])
async def test_ids_that_azure_refuses_are_refused(tmp_path: Path, bad: str) -> None:
    async with make(tmp_path, doubling, double) as engine:
        with pytest.raises(ValueError, match="not allowed"):
            await engine.start_encoded("doubling", bad, "1")


async def test_whoever_waits_for_an_instance_hears_that_the_engine_stops(tmp_path: Path) -> None:
    gate = Gate()
    async with make(tmp_path, gated, gate.registered()) as engine:
        await engine.start_new("gated", "x", 0)
        await gate.arrived(0)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(engine.wait("x"), 0.001)
        waiting = asyncio.create_task(engine.wait("x"))
        await asyncio.sleep(0)
    with pytest.raises(DurableError, match="stopped"):
        await waiting


async def test_a_terminated_sub_orchestration_fails_in_its_parent(tmp_path: Path) -> None:
    gate = Gate()
    async with make(tmp_path, parent, gated, gate.registered()) as engine:
        await engine.start_new("parent", "p")
        await gate.arrived("child")
        await engine.terminate("the-child", "stopped")
        assert output(await engine.wait("p")) == "caught stopped"


async def test_a_suspended_orchestration_goes_on_when_resumed(tmp_path: Path) -> None:
    gate = Gate()
    async with make(tmp_path, gated, gate.registered()) as engine:
        await engine.start_new("gated", "x", 0)
        await gate.arrived(0)
        await engine.suspend("x", "lunch")
        await until(lambda: status(engine, "x") is Status.SUSPENDED)
        await gate.open(0, "result")
        await engine.suspend("x", "still at lunch")
        await engine.resume("x")
        assert output(await engine.wait("x")) == "result"


async def test_a_suspended_orchestration_can_be_terminated(tmp_path: Path) -> None:
    gate = Gate()
    async with make(tmp_path, gated, gate.registered()) as engine:
        await engine.start_new("gated", "x", 0)
        await engine.suspend("x")
        await until(lambda: status(engine, "x") is Status.SUSPENDED)
        await engine.terminate("x")
        assert (await engine.wait("x")).status is Status.TERMINATED


async def test_unknown_instances_are_refused(tmp_path: Path) -> None:
    async with make(tmp_path) as engine:
        assert engine.get_status("nobody") is None
        with pytest.raises(InstanceNotFound):
            await engine.wait("nobody")
        with pytest.raises(InstanceNotFound):
            await engine.raise_event("nobody", "go")
        assert await engine.purge(["nobody"]) == 0


async def test_only_finished_instances_are_purged(tmp_path: Path) -> None:
    gate = Gate()
    async with make(tmp_path, gated, doubling, double, gate.registered()) as engine:
        await engine.start_new("gated", "running", 0)
        await engine.wait(await engine.start_new("doubling", "done", 1))
        assert await engine.purge(["running", "done"]) == 1
        assert engine.get_status("done") is None
        assert engine.get_history("done") == []
        assert status(engine, "running") is not None


async def test_an_instance_starts_again_with_its_input(tmp_path: Path) -> None:
    async with make(tmp_path, doubling, double) as engine:
        await engine.wait(await engine.start_new("doubling", "x", 21))
        again = await engine.restart("x")
        assert again != "x"
        assert output(await engine.wait(again)) == 42
        assert await engine.restart("x", new_id=False) == "x"
        assert output(await engine.wait("x")) == 42


async def test_instances_are_listed_by_status_prefix_and_page(tmp_path: Path) -> None:
    clock = HeldClock()
    async with make(tmp_path, doubling, double, clock=clock) as engine:
        for name in ("a-1", "a-2", "b-1"):
            await engine.wait(await engine.start_new("doubling", name, 1))
            await clock.advance(1)
        first = engine.list_instances(Filter(limit=2))
        assert [instance.id for instance in first] == ["a-1", "a-2"]
        rest = engine.list_instances(Filter(after=(first[-1].created, first[-1].id)))
        assert [instance.id for instance in rest] == ["b-1"]
        assert len(engine.list_instances(Filter(prefix="a-"))) == 2
        assert len(engine.list_instances(Filter(created_to=first[0].created))) == 1
        assert len(engine.list_instances(Filter(created_from=first[1].created, statuses=("Completed",)))) == 2
        assert engine.list_instances(Filter(statuses=("Failed",))) == []


async def test_everything_goes_on_after_a_restart(tmp_path: Path) -> None:
    gate, clock = Gate(), HeldClock()
    functions = (parent, gated, gate.registered())
    async with make(tmp_path, *functions, clock=clock) as engine:
        await engine.start_new("parent", "p")
        await gate.arrived("child")
    again = Gate()
    async with make(tmp_path, parent, gated, again.registered(), clock=clock) as engine:
        await again.open("child", "after")
        assert output(await engine.wait("p")) == "after"


async def test_a_timer_that_came_due_while_the_engine_was_down_fires(tmp_path: Path) -> None:
    @orchestrator
    def sleeper(context):
        yield context.create_timer(context.current_utc_datetime.replace(year=2031))
        return "woke"

    clock = HeldClock()
    async with make(tmp_path, sleeper, clock=clock) as engine:
        await engine.start_new("sleeper", "s")
        await clock.sleeper()
    await clock.advance(400 * 86400)
    async with make(tmp_path, sleeper, clock=clock) as engine:
        assert output(await engine.wait("s")) == "woke"


async def test_a_second_engine_on_the_same_path_is_refused(tmp_path: Path) -> None:
    async with make(tmp_path):
        with pytest.raises(EngineBusy):
            await Engine(tmp_path / "durable.db", []).start()
    async with make(tmp_path):
        pass


async def test_changed_code_fails_the_instances_that_no_longer_fit(tmp_path: Path) -> None:
    @orchestrator
    def work(context):
        yield context.call_activity("gate", 1)
        yield context.call_activity("gate", 2)

    gate = Gate()
    async with make(tmp_path, work, gate.registered()) as engine:
        await engine.start_new("work", "x")
        await gate.open(1)
        await gate.arrived(2)

    @orchestrator
    def changed(context):
        yield context.call_activity("double", 1)
        yield context.call_activity("gate", 2)

    changed = Registered("work", changed.kind, changed.parameter, changed.call)
    other = Gate()
    async with make(tmp_path, changed, double, other.registered()) as engine:
        await other.open(2)
        instance = await engine.wait("x")
        assert instance.status is Status.FAILED
        assert "Non-Deterministic workflow detected" in output(instance)
        assert "'gate' as action 0" in output(instance)


async def test_an_instance_whose_function_is_gone_fails(tmp_path: Path) -> None:
    gate = Gate()
    async with make(tmp_path, gated, gate.registered()) as engine:
        await engine.start_new("gated", "x", 0)
        await gate.arrived(0)
    async with make(tmp_path, double) as engine:
        instance = await engine.wait("x")
        assert "doesn't exist, is disabled, or is not an orchestrator function" in output(instance)


async def test_calling_an_unknown_activity_fails_the_orchestration(tmp_path: Path) -> None:
    async with make(tmp_path, doubling) as engine:
        instance = await engine.wait(await engine.start_new("doubling", input=1))
        assert instance.status is Status.FAILED
        assert "'double' doesn't exist, is disabled, or is not an activity function" in output(instance)


async def test_an_orchestrator_that_returns_without_waiting_completes(tmp_path: Path) -> None:
    @orchestrator
    def quick(context):
        return context.get_input()

    async with make(tmp_path, quick) as engine:
        values: list[Any] = [None, 0, "", "5", [], {"a": "ü"}]
        for value in values:
            assert output(await engine.wait(await engine.start_new("quick", input=value))) == value


async def test_what_this_engine_does_not_do_fails_loudly(tmp_path: Path) -> None:
    @orchestrator
    def fetching(context):
        yield context.call_http("GET", "http://example.org")

    async with make(tmp_path, fetching) as engine:
        instance = await engine.wait(await engine.start_new("fetching"))
        assert "CALL_HTTP is not supported" in output(instance)


async def test_an_orchestrator_that_exits_fails(tmp_path: Path) -> None:
    @orchestrator
    def leaving(context):
        raise SystemExit(1)

    async with make(tmp_path, leaving) as engine:
        instance = await engine.wait(await engine.start_new("leaving"))
        assert "SystemExit" in output(instance)


async def test_work_goes_on_when_a_full_disk_has_room_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "PAUSE", 0.001)
    gate = Gate()
    async with make(tmp_path, gated, gate.registered()) as engine:
        await engine.start_new("gated", "x", 0)
        await gate.arrived(0)
        await engine._journal.write(lambda db: db.execute("PRAGMA max_page_count = 1"))
        with pytest.raises(sqlite3.OperationalError, match="full"):
            await engine.start_new("gated", "y", "x" * 100_000)
        await gate.open(0, "y" * 100_000)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(engine.wait("x"), 0.05)
        await engine._journal.write(lambda db: db.execute("PRAGMA max_page_count = 1000000"))
        assert len(output(await engine.wait("x"))) == 100_000


async def test_many_instances_run_side_by_side(tmp_path: Path) -> None:
    async with make(tmp_path, doubling, double) as engine:
        started = await asyncio.gather(*(engine.start_new("doubling", input=n) for n in range(50)))
        finished = await asyncio.gather(*map(engine.wait, started))
        assert [json.loads(instance.output or "") for instance in finished] == [2 * n for n in range(50)]
