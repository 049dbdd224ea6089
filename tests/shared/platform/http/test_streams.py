"""Server-sent events: what comes, signs of life, and how a stream ends."""

import asyncio
import json
from typing import Any

import pytest

from shared.errors import NotFound
from shared.platform.http.negotiation import chosen
from shared.platform.http.streams import Sent, streamed


async def pieces(events, *, heartbeat=10.0):
    response = streamed(events, instance="/v1/chat", correlation_id="c", heartbeat=heartbeat)
    return [piece async for piece in response.body_iterator]


async def test_a_stream_begins_before_its_first_event():
    async def events():
        yield Sent("token", b'{"text":"a"}')
        yield Sent("done", b"{}")

    begun, *rest = await pieces(events())
    assert begun.startswith(b":")
    assert rest == [b'event: token\ndata: {"text":"a"}\n\n', b"event: done\ndata: {}\n\n"]


async def test_a_stream_shows_that_it_is_alive_while_nothing_comes():
    released = asyncio.Event()

    async def events():
        await released.wait()
        yield Sent("done", b"{}")

    stream: Any = streamed(events(), instance="/", correlation_id="c", heartbeat=0.001).body_iterator
    seen = []
    async for piece in stream:
        seen.append(piece)
        if len(seen) == 4:
            released.set()
    assert all(piece.startswith(b":") for piece in seen[:4])
    assert seen[-1] == b"event: done\ndata: {}\n\n"


@pytest.mark.parametrize(
    ("error", "code"), [(NotFound("gone"), "resource.not_found"), (ValueError("secret"), "server.unexpected")]
)
async def test_a_stream_that_fails_ends_with_a_problem_document(error, code):
    async def events():
        yield Sent("token", b"{}")
        raise error

    *_, last = await pieces(events())
    name, data = last.decode().strip().split("\n")
    problem = json.loads(data.removeprefix("data: "))
    assert (name, problem["code"], problem["correlationId"]) == ("event: error", code, "c")
    assert "secret" not in last.decode()


async def test_a_reader_who_goes_away_ends_the_work():
    ended = asyncio.Event()

    async def events():
        try:
            await asyncio.Event().wait()
            yield Sent("done", b"{}")
        finally:
            ended.set()

    stream: Any = streamed(events(), instance="/", correlation_id="c", heartbeat=0.001).body_iterator
    for _ in range(3):
        await anext(stream)
    await stream.aclose()
    async with asyncio.timeout(5):
        await ended.wait()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "a/j"), ("*/*", "a/j"), ("t/e", "t/e"), ("t/e;q=0.1, a/j;q=0.2", "a/j"), ("t/*, a/j;q=0.9", "t/e"),
        ("t/e, */*;q=0.1", "t/e"),
    ],
)  # fmt: skip
def test_the_answer_is_of_the_type_that_is_liked_best(header, expected):
    assert chosen(header, ("a/j", "t/e")) == expected
