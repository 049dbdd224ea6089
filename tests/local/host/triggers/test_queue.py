import asyncio
import json

import pytest

from local.host.triggers import queue as queue_trigger
from tests.local.host.conftest import V1, async_queue_client, encoded, unique, until

TRIGGER = '@app.queue_trigger(arg_name="msg", queue_name="%QUEUE%", connection="AzureWebJobsStorage")\n'


@pytest.fixture
async def queue(azurite):
    """A queue that the app's setting QUEUE names."""
    async with async_queue_client(azurite, unique("q")) as client:
        await client.create_queue()
        yield client


@pytest.fixture
async def run(start, azurite, queue):
    async def run(source: str, **options):
        return await start(V1 + source, settings={"AzureWebJobsStorage": azurite, "QUEUE": queue.queue_name}, **options)

    return run


async def messages(azurite: str, name: str, count: int) -> list[str]:
    """The texts on a queue, once there are so many."""
    from azure.core.exceptions import ResourceNotFoundError

    async with async_queue_client(azurite, name) as client:
        for _ in range(1000):
            try:
                found = await client.peek_messages(32)
            except ResourceNotFoundError:
                found = []
            if len(found) >= count:
                return [message.content for message in found]
            await asyncio.sleep(0.02)
    raise AssertionError("the messages did not come")


async def is_empty(queue) -> bool:
    return int((await queue.get_queue_properties()).approximate_message_count) == 0


async def test_a_message_arrives_with_what_the_storage_knows_of_it_and_is_deleted(run, queue):
    app = await run(
        TRIGGER
        + """
async def work(msg: func.QueueMessage):
    seen.append((msg.get_body(), msg.get_json(), msg.dequeue_count, msg.id, msg.pop_receipt,
                 msg.insertion_time, msg.expiration_time, msg.time_next_visible))
"""
    )
    sent = await queue.send_message(encoded('{"a": "é"}'))
    [(body, content, count, message_id, receipt, inserted, expires, visible)] = await until(lambda: app.seen)
    assert (body, content, count, message_id) == ('{"a": "é"}'.encode(), {"a": "é"}, 1, sent.id)
    assert receipt
    assert inserted == sent.inserted_on
    assert inserted < visible < expires
    await app.stop()
    assert await is_empty(queue)


@pytest.mark.parametrize(
    ("annotation", "options", "expected"),
    [
        ("str", "", "text"),
        ("bytes", "", "text"),
        ("bytes", ', data_type="BINARY"', b"text"),
    ],
)
async def test_text_parameters_get_what_the_real_host_sends(annotation, options, expected, run, queue):
    app = await run(TRIGGER.replace(")\n", options + ")\n") + f"def work(msg: {annotation}):\n    seen.append(msg)\n")
    await queue.send_message(encoded("text"))
    assert await until(lambda: app.seen) == [expected]


async def test_a_message_that_fails_five_times_goes_to_the_poison_queue_as_it_was(run, queue, azurite):
    app = await run(
        TRIGGER
        + """
def work(msg: func.QueueMessage):
    seen.append(msg.dequeue_count)
    raise ValueError("no")
"""
    )
    await queue.send_message(encoded("bad"))
    assert await messages(azurite, queue.queue_name + "-poison", 1) == [encoded("bad")]
    await app.stop()
    assert app.seen == [1, 2, 3, 4, 5]
    assert await is_empty(queue)


async def test_a_message_on_a_poison_queue_is_tried_until_it_is_done_with(start, azurite):
    """A poison queue has none of its own."""
    async with async_queue_client(azurite, unique("q") + "-poison") as poisoned:
        await poisoned.create_queue()
        app = await start(
            V1
            + TRIGGER
            + """
def work(msg: func.QueueMessage):
    seen.append(msg.dequeue_count)
    if msg.dequeue_count < 7:
        raise ValueError("no")
""",
            settings={"AzureWebJobsStorage": azurite, "QUEUE": poisoned.queue_name},
        )
        await poisoned.send_message(encoded("bad"))
        await until(lambda: len(app.seen) == 7)
        await app.stop()
        assert app.seen == [1, 2, 3, 4, 5, 6, 7]
        assert await is_empty(poisoned)


async def test_a_message_that_is_not_base64_goes_to_the_poison_queue_untried(run, queue, azurite):
    app = await run(TRIGGER + "def work(msg: str):\n    seen.append(msg)\n")
    await queue.send_message("not base64!")
    assert await messages(azurite, queue.queue_name + "-poison", 1) == ["not base64!"]
    assert app.seen == []


async def test_host_json_decides_on_encoding_tries_and_the_pause_between_them(run, queue, azurite):
    options = {"messageEncoding": "none", "maxDequeueCount": 2, "visibilityTimeout": "00:00:01"}
    app = await run(
        TRIGGER + "def work(msg: str):\n    seen.append(time.monotonic())\n    raise ValueError(msg)\n",
        host_json=json.dumps({"version": "2.0", "extensions": {"queues": options}}),
    )
    await queue.send_message("plain")
    assert await messages(azurite, queue.queue_name + "-poison", 1) == ["plain"]
    first, second = app.seen
    assert 0.9 < second - first < 2.5


async def test_no_more_run_at_once_than_a_batch_and_the_threshold(run, queue):
    app = await run(
        "running = 0\n"
        + TRIGGER
        + """
async def work(msg: str):
    global running
    running += 1
    seen.append(running)
    await asyncio.sleep(0.1)
    running -= 1
""",
        host_json='{"version": "2.0", "extensions": {"queues": {"batchSize": 2, "newBatchThreshold": 1}}}',
    )
    await asyncio.gather(*(queue.send_message(encoded(str(n))) for n in range(12)))
    await until(lambda: len(app.seen) == 12)
    assert 2 <= max(app.seen) <= 3


async def test_a_long_run_keeps_its_message(run, queue, monkeypatch):
    monkeypatch.setattr(queue_trigger, "LEASE", 1)
    monkeypatch.setattr(queue_trigger, "_RENEWAL", 0.3)
    app = await run(
        TRIGGER
        + """
async def work(msg: str):
    seen.append(msg)
    await asyncio.sleep(2.5)
    seen.append("done")
"""
    )
    await queue.send_message(encoded("long"))
    await until(lambda: "done" in app.seen)
    await app.stop()
    assert app.seen == ["long", "done"]
    assert await is_empty(queue)


async def test_a_stop_waits_for_the_message_in_hand(run, queue):
    app = await run(
        TRIGGER + "async def work(msg: str):\n    seen.append(1)\n    await asyncio.sleep(0.5)\n    seen.append(2)\n"
    )
    await queue.send_message(encoded("x"))
    await until(lambda: app.seen)
    seen = app.seen
    await app.stop()
    assert seen == [1, 2]
    assert await is_empty(queue)


async def test_what_is_cut_off_at_the_stop_is_handled_by_the_next_host_at_once(run, queue):
    source = (
        TRIGGER
        + """
async def work(msg: func.QueueMessage):
    seen.append(msg.dequeue_count)
    if msg.dequeue_count == 1:
        await asyncio.sleep(60)
"""
    )
    app = await run(source, drain=0.1)
    await queue.send_message(encoded("x"))
    await until(lambda: app.seen)
    await app.stop()
    app = await run(source)
    assert await until(lambda: app.seen, 10) == [2]


async def test_returned_and_set_messages_are_sent_in_base64(run, queue, azurite):
    out = unique("out")
    await run(
        f"""
@app.queue_output(arg_name="$return", queue_name="{out}", connection="AzureWebJobsStorage")
@app.queue_output(arg_name="many", queue_name="{{target}}", connection="AzureWebJobsStorage")
"""
        + TRIGGER
        + """def work(msg: func.QueueMessage, many: func.Out[typing.List[str]]) -> str:
    many.set(["a", "b"])
    return "returned"
"""
    )
    await queue.send_message(encoded(json.dumps({"target": out + "-many"})))
    assert await messages(azurite, out, 1) == [encoded("returned")]
    assert sorted(await messages(azurite, out + "-many", 2)) == [encoded("a"), encoded("b")]


async def test_a_value_returned_without_a_binding_is_a_failure(run, queue, azurite):
    await run(
        TRIGGER + "def work(msg: str):\n    return msg\n",
        host_json='{"version": "2.0", "extensions": {"queues": {"maxDequeueCount": 1}}}',
    )
    await queue.send_message(encoded("x"))
    assert await messages(azurite, queue.queue_name + "-poison", 1) == [encoded("x")]
