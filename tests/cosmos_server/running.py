"""The server in a thread, for tests."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from tests.cosmos_server.server import Account, application


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers, and the account behind it."""

    url: str
    account: Account


@contextmanager
def running() -> Iterator[Running]:
    """Serve on a free port until the end of the block."""
    account = Account()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:  # else no TCP_NODELAY
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(application(account), log_level="warning", lifespan="off", access_log=False)
        server = uvicorn.Server(config)
        ready = threading.Event()
        startup = server.startup

        async def start(sockets: list[socket.socket] | None = None) -> None:
            await startup(sockets)
            ready.set()

        server.startup = start  # type: ignore[method-assign]  # uvicorn has no hook
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        ready.wait(30)
        yield Running(f"http://127.0.0.1:{listening.getsockname()[1]}", account)
        server.should_exit = True
        thread.join()
        account.documents.db.close()
