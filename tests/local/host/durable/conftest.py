"""An engine with the functions that a test names."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from local.host.durable import Engine, Registered
from tests.local.host.durable.apps import Host


@pytest.fixture
def host(tmp_path: Path) -> Host:
    @asynccontextmanager
    async def run(*functions: Registered, **options: Any) -> AsyncIterator[Engine]:
        async with asyncio.timeout(20), Engine(tmp_path / "durable.db", functions, **options) as engine:
            yield engine

    return run
