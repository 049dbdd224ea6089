"""What every adapter of the queue port does."""

import base64
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import pytest

from shared.platform.queues import MAX_BYTES, Queue, Queues
from shared.platform.queues.azure import open_queues
from shared.settings import Settings
from tests.fake_storage import MemoryQueues

Open = tuple[Queues, Callable[[str], list[str]]]


async def azure(request: pytest.FixtureRequest) -> Open:
    """The adapter, and the visible messages of a marker as Functions decodes them."""
    from azure.storage.queue import QueueClient

    connection = request.getfixturevalue("azurite")
    queues = await open_queues(Settings(hosting="local", jwt_secret="x" * 32, azurewebjobsstorage=connection))

    def visible(marker: str) -> list[str]:
        with QueueClient.from_connection_string(connection, Queue.AUDIT_WRITES) as client:
            texts = [base64.b64decode(message.content).decode() for message in client.peek_messages(32)]
        return [text for text in texts if text.startswith(marker)]

    return queues, visible


async def memory(request: pytest.FixtureRequest) -> Open:
    queues = MemoryQueues()
    sent = queues.messages.setdefault(Queue.AUDIT_WRITES, [])
    return queues, lambda marker: [text for text, delay in sent if not delay and text.startswith(marker)]


@pytest.fixture(params=[memory, azure], ids=lambda adapter: adapter.__name__)
async def opened(request: pytest.FixtureRequest) -> AsyncIterator[Open]:
    queues, visible = await request.param(request)
    yield queues, visible
    await queues.close()


@pytest.fixture
def marker() -> str:
    return uuid4().hex


async def test_a_message_arrives_as_it_was_sent(opened, marker):
    queues, visible = opened
    text = marker + ' {"who": "Zoë", "sign": "<&\u2028\U0001f600"}'
    await queues.send(Queue.AUDIT_WRITES, text)
    assert visible(marker) == [text]


async def test_a_message_of_the_largest_size_is_taken(opened, marker):
    queues, visible = opened
    text = marker.ljust(MAX_BYTES, ".")
    await queues.send(Queue.AUDIT_WRITES, text)
    assert visible(marker) == [text]


async def test_a_larger_message_is_refused(opened, marker):
    queues, visible = opened
    with pytest.raises(ValueError):  # noqa: PT011 -- the words are the adapter's
        await queues.send(Queue.AUDIT_WRITES, marker.ljust(MAX_BYTES - 1, ".") + "é")
    assert visible(marker) == []


async def test_a_delayed_message_is_not_visible_at_once(opened, marker):
    queues, visible = opened
    await queues.send(Queue.AUDIT_WRITES, marker, delay=60)
    assert visible(marker) == []


async def test_an_open_adapter_answers(opened):
    await opened[0].ping()
