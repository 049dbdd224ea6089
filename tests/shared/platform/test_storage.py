"""What is made of a storage account that throttles, fails, denies or is away, whatever it is asked."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from shared.clock import Clock
from shared.errors import Problem
from shared.platform.blobs import Blobs, Container
from shared.platform.blobs import azure as blob_storage
from shared.platform.queues import Queue, Queues
from shared.platform.queues import azure as queue_storage
from shared.platform.storage import Busy, Denied, asking
from shared.settings import Settings

Call = Callable[[Path], Awaitable[Any]]


class Account(ThreadingHTTPServer):
    """An account that gives every request the same answer."""

    status = 201
    pause = ""

    @property
    def settings(self) -> Settings:
        url = f"http://127.0.0.1:{self.server_port}/acc"
        connection = f"AccountName=acc;AccountKey=a2V5;BlobEndpoint={url};QueueEndpoint={url}"
        return Settings(hosting="local", jwt_secret="x" * 32, azurewebjobsstorage=connection)


class Handler(BaseHTTPRequestHandler):
    server: Account

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        if self.server.pause:
            self.send_header("retry-after", self.server.pause)
        self.end_headers()

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer  # noqa: N815 -- the names that the server calls

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for adapter in (blob_storage, queue_storage):
        monkeypatch.setitem(adapter._OPTIONS, "retry_total", 0)
    with Account(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
async def blobs(account: Account) -> AsyncIterator[Blobs]:
    opened = await blob_storage.open_blobs(account.settings, Clock())
    yield opened
    await opened.close()


@pytest.fixture
async def queues(account: Account) -> AsyncIterator[Queues]:
    opened = await queue_storage.open_queues(account.settings)
    yield opened
    await opened.close()


@pytest.fixture
def calls(blobs: Blobs, queues: Queues) -> dict[str, Call]:
    """Every call of the ports."""

    async def listed(_: Path) -> None:
        async for _info in blobs.list(Container.WORK):
            pass

    async def uploaded(path: Path) -> None:
        await asyncio.to_thread((path / "a").write_bytes, b"x")
        await blobs.upload(Container.WORK, "a", path / "a", content_type="text/plain")

    return {
        "put": lambda _: blobs.put(Container.WORK, "a", b"x"),
        "get": lambda _: blobs.get(Container.WORK, "a"),
        "download": lambda path: blobs.download(Container.WORK, "a", path / "b", limit=9),
        "info": lambda _: blobs.info(Container.WORK, "a"),
        "upload": uploaded,
        "delete": lambda _: blobs.delete(Container.WORK, "a"),
        "list": listed,
        "ping": lambda _: blobs.ping(),
        "send": lambda _: queues.send(Queue.AUDIT_WRITES, "x"),
        "ping of queues": lambda _: queues.ping(),
    }


def test_no_call_of_the_ports_is_left_out(calls):
    ports = {name for port in (Blobs, Queues) for name in vars(port) if not name.startswith("_")}
    assert ports - set(calls) == {"close", "upload_url"}, "give it a failing account here; these two ask for nothing"


async def refusals(calls: dict[str, Call], path: Path) -> dict[str, Problem | None]:
    """What each call raises; None when it is carried out."""
    found: dict[str, Problem | None] = dict.fromkeys(calls)
    for name, call in calls.items():
        try:
            await call(path)
        except Problem as problem:
            found[name] = problem
    return found


@pytest.mark.parametrize("status", [429, 500, 503, 504, 408])
async def test_a_throttled_or_failing_account_is_busy_whatever_it_is_asked(account, calls, tmp_path, status):
    account.status, account.pause = status, "7"
    for name, refused in (await refusals(calls, tmp_path)).items():
        assert isinstance(refused, Busy), name
        assert (refused.status, refused.transient, refused.headers) == (503, True, {"Retry-After": "7"})


async def test_an_account_that_does_not_say_when_is_asked_again_in_some_seconds(account, queues):
    account.status = 503
    with pytest.raises(Busy) as refused:
        await queues.ping()
    assert refused.value.headers == {"Retry-After": "5"}


@pytest.mark.parametrize("status", [401, 403])
async def test_an_account_that_denies_is_not_asked_again_until_somebody_acts(account, calls, tmp_path, status):
    account.status = status
    for name, refused in (await refusals(calls, tmp_path)).items():
        assert isinstance(refused, Denied), name
        assert (refused.status, refused.transient) == (503, False)
        assert "rights" in refused.detail


async def test_an_account_that_is_away_is_busy_whatever_it_is_asked(account, calls, tmp_path):
    account.server_close()
    for name, refused in (await refusals(calls, tmp_path)).items():
        assert isinstance(refused, Busy), name


@pytest.mark.parametrize("status", [403, 503])
async def test_an_account_that_fails_while_it_is_opened_is_told_alike(account, status):
    account.status = status
    for opening in (blob_storage.open_blobs(account.settings, Clock()), queue_storage.open_queues(account.settings)):
        with pytest.raises(Busy if status == 503 else Denied):
            await opening


async def test_an_account_that_gives_no_answer_in_time_is_busy():
    with pytest.raises(Busy):
        async with asking(0.01):
            await asyncio.Event().wait()
