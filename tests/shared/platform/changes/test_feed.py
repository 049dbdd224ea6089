"""What the change feed of Cosmos DB brings: what the app writes, and no echo of what follows from it."""

import pytest

from shared.platform.store.cosmos import open_cosmos
from tests.fakes import FakeClock
from tests.shared.platform.changes.conftest import ParkingRelay, Watched, feed, happen
from tests.shared.platform.store.cosmos_stores import database, server

__all__ = ["database", "server"]


@pytest.fixture
async def stores(database):
    opened = await open_cosmos(database.settings, FakeClock())
    yield opened
    await opened.close()


async def test_delivering_and_failing_and_sweeping_write_nothing_that_the_feed_brings(stores, database):
    broken, healthy = Watched(lambda _: True), Watched()
    relay = ParkingRelay(stores, [broken.consumer("broken"), healthy.consumer("healthy")])
    for name in "abc":
        await happen(stores.open("acme"), name, "A", "B")
    before = sorted(document["id"] + document["_etag"] for document in database.stored("acme"))
    await relay.offer(await feed(stores))
    for _ in range(5):
        stores.clock.advance(minutes=3)
        await relay.sweep()
    assert len(relay.parked) == 3
    assert len(healthy.taken) == 6
    assert sorted(document["id"] + document["_etag"] for document in database.stored("acme")) == before
    assert {document["kind"] for document in database.stored("system")} <= {"known_tenant"}
