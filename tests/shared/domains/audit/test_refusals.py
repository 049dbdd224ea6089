"""Refusals in a flood, and while the queue does not answer: each is told once."""

import asyncio

import pytest

from shared.access import Actor, Role
from shared.domains.audit.facts import TOGETHER
from shared.domains.audit.model import Message
from shared.domains.audit.refusals import record_refusal
from shared.domains.audit.together import Overrun
from shared.platform.http import Refusal
from tests.fakes import FakeClock

ADA = Actor("usr_ada", "default", "ada@example.org", frozenset({Role.USER}))


class SlowQueues:
    """Takes a turn of the loop for each message, and fails while it is `down`."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.down = False

    async def send(self, _queue, text, *, delay=0):
        await asyncio.sleep(delay)
        if self.down:
            raise ConnectionError
        self.sent.append(text)

    def told(self) -> list[str]:
        return [fact.correlation_id for text in self.sent for fact in Message.model_validate_json(text).facts]


def refused(queues, number):
    refusal = Refusal("auth.forbidden", ADA, "POST", "v1/events", "192.0.2.1", f"c-{number}")
    return record_refusal(queues, FakeClock(), refusal)


async def test_a_flood_is_told_whole_in_few_messages():
    queues = SlowQueues()
    await asyncio.gather(*(refused(queues, number) for number in range(300)))
    assert sorted(queues.told()) == sorted(f"c-{number}" for number in range(300))
    assert len(queues.sent) <= 300 // TOGETHER + 2


async def test_what_the_queue_refused_goes_with_the_next():
    queues = SlowQueues()
    queues.down = True
    for number in range(3):
        with pytest.raises(ConnectionError):
            await refused(queues, number)
    queues.down = False
    await refused(queues, 3)
    assert queues.told() == ["c-0", "c-1", "c-2", "c-3"]


async def test_who_had_to_make_room_is_told_so(monkeypatch):
    monkeypatch.setattr("shared.domains.audit.together.HELD", 2)
    queues = SlowQueues()
    results = await asyncio.gather(*(refused(queues, number) for number in range(5)), return_exceptions=True)
    told = set(queues.told())
    assert len(told) < 5
    for number, result in enumerate(results):
        assert isinstance(result, Overrun) is (f"c-{number}" not in told)
