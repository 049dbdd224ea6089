"""One app under Microsoft's worker library for all tests here; they are left out where it is not installed."""

import logging
import warnings
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from tests.runtime.hub import WorkerHub
    from tests.runtime.worker import Worker

ROOT = Path(__file__).resolve().parents[2]
collect_ignore_glob = [] if find_spec("azure_functions_runtime") else ["test_*.py"]


class Complaints(logging.Handler):
    """Keeps what is logged as a warning or worse."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def worker(tmp_path_factory: pytest.TempPathFactory, azurite: str) -> "AsyncIterator[Worker]":
    """The worker with our app indexed and loaded; a warning on the way, or in the log, is an error."""
    from shared.platform import opened
    from tests.application import SECRET
    from tests.runtime.worker import Worker

    settings = {
        "HOSTING": "local",
        "DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "AzureWebJobsStorage": azurite,
        "JWT_SECRET": SECRET,
        "COSMOS_DATABASE": "eventhub",
        "LOG_LEVEL": "ERROR",
        "PYTHON_ENABLE_INIT_INDEXING": "1",
    }
    running, complaints = Worker(), Complaints()
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, value in settings.items():
            patch.setenv(name, value)
        opened.use(None)
        patch.setattr(logging.getLogger(), "handlers", [complaints])
        await running.start(ROOT)
        assert [record.getMessage() for record in complaints.records] == []
        yield running
        await opened.platform().close()
        opened.use(None)
        await running.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def hub(worker: "Worker", azurite: str, tmp_path_factory: pytest.TempPathFactory) -> "AsyncIterator[WorkerHub]":
    """A hub whose requests and triggers go through the worker."""
    from shared.platform.opened import platform
    from tests.application import Application
    from tests.runtime.host import Forwarding, Host
    from tests.runtime.hub import WorkerHub

    here: Any = platform()
    async with (
        Host(worker, tmp_path_factory.mktemp("durable"), azurite).running() as host,
        httpx.AsyncClient(transport=Forwarding(worker), base_url="http://hub.example", timeout=60) as client,
    ):
        app = Application(client, here, here.clock)
        hub = WorkerHub(app, await here.blobs(), await here.queues())
        hub.host = host
        yield hub
