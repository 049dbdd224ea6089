import asyncio

from local.host.durable.queues import ActivityQueue, WakeQueue
from local.host.durable.tasks import TaskKey
from tests.local.host.durable.apps import until


async def test_instances_take_turns() -> None:
    queue = ActivityQueue()
    for instance, number in [("a", 0), ("a", 1), ("a", 2), ("b", 0), ("c", 0), ("b", 1)]:
        queue.put(TaskKey(instance, "", number))
    order = [await queue.get() for _ in range(6)]
    assert [(key.instance, key.number) for key in order] == [("a", 0), ("b", 0), ("c", 0), ("a", 1), ("b", 1), ("a", 2)]


async def test_an_instance_is_busy_until_its_last_activity_is_done() -> None:
    queue = ActivityQueue()
    keys = [TaskKey("a", "", number) for number in range(2)]
    for key in keys:
        queue.put(key)
    queue.done(await queue.get())
    assert queue.busy("a")
    queue.done(await queue.get())
    assert not queue.busy("a")


async def test_an_instance_woken_while_taken_comes_back_once() -> None:
    queue = WakeQueue()
    queue.put("a")
    queue.put("a")
    assert await queue.get() == "a"
    queue.put("a")
    queue.put("a")
    queue.put("b")
    assert await queue.get() == "b"
    queue.release("a")
    assert await queue.get() == "a"
    queue.release("a")
    queue.put("c")
    assert await queue.get() == "c"


async def test_a_resting_instance_comes_back_by_itself() -> None:
    queue = WakeQueue()
    queue.put("a")
    await queue.get()
    queue.put("a")
    queue.rest("a", 0.001)
    assert await asyncio.wait_for(queue.get(), 5) == "a"


async def test_a_rest_can_be_cut_short() -> None:
    queue = WakeQueue()
    queue.put("a")
    await queue.get()
    queue.rest("a", 3600)
    queue.put("a")
    taken = asyncio.create_task(queue.get())
    queue.hurry("a")
    queue.hurry("a")
    await until(taken.done)
    assert taken.result() == "a"
