"""The main job again, with records and search on Cosmos DB as the test server speaks it.

The server refuses every query that is not limited to a tenant, and every order without its index: what works here
names its tenants.
"""

from collections.abc import Iterator

import pytest

from tests.cosmos_server.running import running
from tests.cosmos_server.server import KEY
from tests.journeys.hub import Hub
from tests.journeys.test_paper import test_a_paper_becomes_a_published_summary_whose_every_sentence_has_its_source

__all__ = ["test_a_paper_becomes_a_published_summary_whose_every_sentence_has_its_source"]


@pytest.fixture
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with running() as server:
        environment = {"STORE": "cosmos", "COSMOS_ENDPOINT": server.url, "COSMOS_KEY": KEY}
        started = Hub(tmp_path_factory.mktemp("hub-on-cosmos"), **environment)
        started.start()
        yield started
        started.stop()
        assert {operation for operation, *_ in server.account.faults.log} == {"read", "query", "batch", "feed"}
