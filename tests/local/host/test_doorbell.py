import asyncio
import contextlib
from pathlib import Path

import pytest

from local.host.doorbell import Doorbell

LINE = '127.0.0.1 - - [21/Nov/2026:09:16:38 +0000] "{} HTTP/1.1" {} -\n'


@pytest.fixture
async def heard(tmp_path):
    """Writes lines to a log and returns what a poller of `c` hears."""
    log = tmp_path / "log"
    log.write_text(LINE.format("PUT /acct/c/before", 201))
    doorbell = Doorbell(log)
    bell = doorbell.watch("c")
    listening = asyncio.create_task(doorbell.listen())
    poller = asyncio.create_task(bell.wait(10))
    await asyncio.sleep(0)

    async def hear(*lines: tuple[str, int]) -> set[str]:
        await asyncio.sleep(0)
        with log.open("a") as file:
            file.writelines(LINE.format(*line) for line in lines)
        return await poller

    yield hear
    listening.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await listening


async def test_a_written_blob_is_heard_by_name(heard):
    assert await heard(("PUT /acct/c/a%20b/c.txt?comp=blocklist&sig=x", 201)) == {"a b/c.txt"}


async def test_a_sent_message_is_heard(heard):
    assert await heard(("POST /acct/c/messages?timeout=5", 201)) == {"messages"}


async def test_reads_failures_and_other_containers_are_not_heard(heard):
    lines = [("GET /acct/c/x", 200), ("PUT /acct/c/y", 403), ("DELETE /acct/c/z", 202), ("PUT /acct/d/v", 201)]
    assert await heard(*lines, ("PUT /acct/c/w", 201)) == {"w"}


async def test_a_closed_doorbell_keeps_nobody_waiting():
    doorbell = Doorbell()
    bell = doorbell.watch("c")
    waiting = asyncio.create_task(bell.wait(60))
    await asyncio.sleep(0)
    doorbell.close()
    assert await waiting == set()
    assert await bell.wait(60) == set()


async def test_two_pollers_of_one_container_hear_the_same():
    doorbell = Doorbell(Path("log"))
    bells = [doorbell.watch("c"), doorbell.watch("c")]
    doorbell._hear([LINE.format("PUT /acct/c/x", 201).encode()])
    assert [await bell.wait(10) for bell in bells] == [{"x"}, {"x"}]
