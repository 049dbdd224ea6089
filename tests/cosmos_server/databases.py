"""Databases for tests: on a real account where the environment names one, else on the test server."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from shared.settings import Settings
from tests.cosmos_server.running import running
from tests.cosmos_server.server import KEY


@contextmanager
def cosmos_account() -> Iterator[tuple[str, str]]:
    """Address and key of COSMOS_ENDPOINT and COSMOS_KEY, or of a server for the length of the block."""
    if endpoint := os.environ.get("COSMOS_ENDPOINT"):
        yield endpoint, os.environ["COSMOS_KEY"]
        return
    with running() as server:
        yield server.url, KEY


@contextmanager
def a_database(endpoint: str, key: str) -> Iterator[Settings]:
    """Settings of a database that nobody else uses; a real account loses it at the end."""
    name = f"test-{uuid4().hex}"
    yield Settings(
        hosting="local",
        jwt_secret="x" * 32,
        store="cosmos",
        cosmos_endpoint=endpoint,
        cosmos_key=key,
        cosmos_database=name,
    )
    if "COSMOS_ENDPOINT" in os.environ:
        from azure.cosmos import CosmosClient

        with CosmosClient(endpoint, key) as client:
            client.delete_database(name)
