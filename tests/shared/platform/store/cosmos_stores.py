"""A Cosmos DB test server for each worker, and databases on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from shared.settings import Settings
from tests.cosmos_server.containers import Container
from tests.cosmos_server.running import Running, running
from tests.cosmos_server.server import KEY


@dataclass(frozen=True, slots=True)
class Database:
    """One database of the server, with what a test may do behind the SDK's back."""

    server: Running
    settings: Settings

    def container(self, name: str = "records") -> Container:
        return self.server.account.databases[self.settings.cosmos_database][name]

    def split(self, tenant: str, at: str = "20", container: str = "records") -> None:
        """Cut the tenant's part of a container in two physical partitions."""
        found = self.container(container)
        found.split(found.hash([tenant]) + at)

    def stored(self, tenant: str, container: str = "records") -> list[dict[str, Any]]:
        found = self.container(container)
        prefix = found.hash([tenant])
        return list(self.server.account.documents.between(found, prefix, prefix + "FF"))


@pytest.fixture(scope="session")
def server() -> Iterator[Running]:
    with running() as started:
        yield started


@pytest.fixture
def database(server: Running) -> Database:
    name = f"test-{uuid4().hex}"
    settings = Settings(
        hosting="local",
        jwt_secret="x" * 32,
        store="cosmos",
        cosmos_endpoint=server.url,
        cosmos_key=KEY,
        cosmos_database=name,
    )
    server.account.faults.waiting.clear()
    server.account.faults.log.clear()
    return Database(server, settings)
