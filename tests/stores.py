"""The store that tests open unless they are about one adapter: that of STORE, SQLite unless it says `cosmos`.

Cosmos DB is the test server then, one for each process; a folder has a database of its own there, and the same one
when it is opened again.
"""

import atexit
import os
from contextlib import ExitStack
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from shared.clock import Clock
from shared.platform.opened import Platform
from shared.platform.store import Stores
from shared.settings import Settings
from tests.cosmos_server.running import running
from tests.cosmos_server.server import KEY

STORE = os.environ.get("STORE") or "sqlite"


def store_of(folder: Path) -> dict[str, str]:
    """The settings of a folder's store."""
    if STORE != "cosmos":
        return {"store": STORE}
    name = f"test-{sha256(str(folder.resolve()).encode()).hexdigest()[:32]}"
    return {"store": STORE, "cosmos_endpoint": _server(), "cosmos_key": KEY, "cosmos_database": name}


async def open_stores(folder: Path, clock: Clock) -> Stores:
    """A folder's store; close it."""
    given: dict[str, Any] = {"hosting": "local", "data_dir": folder, "jwt_secret": "x" * 32, **store_of(folder)}
    return await Platform(Settings(**given), clock).stores()


@cache
def _server() -> str:
    """The address of the process's server, which lives as long."""
    resources = ExitStack()
    atexit.register(resources.close)
    return resources.enter_context(running()).url
