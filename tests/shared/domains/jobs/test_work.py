"""The pieces of work that one step of a job hands to the next, in the same process or another."""

from types import SimpleNamespace
from typing import Any, cast

from shared.domains.extraction.agents import Partial
from shared.domains.jobs.work import Work
from shared.platform.blobs import Container
from tests.fake_storage import MemoryBlobs

PIECE = Partial(portion=3, warnings=("odd",))


def work(blobs: MemoryBlobs, attempt: int = 1) -> Work:
    store = cast("Any", SimpleNamespace(tenant="t"))
    return Work(store, blobs, cast("Any", None), cast("Any", None), "job_1", attempt)


async def test_another_process_finds_what_was_kept():
    here, elsewhere = MemoryBlobs(), MemoryBlobs()
    await work(here).keep("1/3.json", PIECE)
    elsewhere.blobs.update(here.blobs)
    assert await work(elsewhere).kept("1/3.json", Partial) == PIECE


async def test_the_process_that_kept_a_piece_need_not_fetch_it():
    blobs = MemoryBlobs()
    await work(blobs).keep("1/3.json", PIECE)
    assert [container for container, _ in blobs.blobs] == [Container.WORK]
    blobs.blobs.clear()
    assert await work(blobs).kept("1/3.json", Partial) is PIECE


async def test_each_attempt_has_pieces_of_its_own():
    blobs = MemoryBlobs()
    await work(blobs).keep("1/3.json", PIECE)
    await work(blobs, attempt=2).keep("1/3.json", Partial(portion=4))
    assert await work(blobs).kept("1/3.json", Partial) == PIECE
