"""A projection that was lost hears again of what happened."""

import pytest

from shared.platform.changes import Consumer
from shared.platform.changes.cursor import read_cursor
from shared.platform.changes.replay import ask_replay, go_on
from shared.platform.store import Write
from tests.counting import calls_of
from tests.shared.platform.changes.conftest import ParkingRelay, Watched, feed, happen, park


@pytest.fixture
def shown():
    return Watched()


@pytest.fixture
def consumer(shown):
    return Consumer("shown", shown.handle, frozenset({"A"}), projection="p")


async def replay(stores, consumer, relay, most=1000):
    rounds = 0
    await ask_replay(stores, "p")
    while await go_on(stores, "p", [consumer], most):
        rounds += 1
    await relay.sweep()
    return rounds


async def test_it_hears_of_the_newest_change_that_it_wants_and_others_of_none(stores, store, shown, consumer):
    other = Watched()
    relay = ParkingRelay(stores, [consumer, other.consumer("other")])
    await happen(store, "x", "A", "B", "A", "B")
    await happen(store, "y", "B")
    await relay.offer(await feed(stores))
    shown.taken.clear()
    other.taken.clear()
    await replay(stores, consumer, relay)
    assert shown.taken == [("x", 3)]
    assert other.taken == []


async def test_it_hears_of_every_subject_of_an_aggregate(stores, store, shown, consumer):
    relay = ParkingRelay(stores, [consumer])
    for subject in ("session/1", "event/x", "event/x", "session/2"):
        await store.commit(Write("x").change("A", subject))
    await relay.offer(await feed(stores))
    shown.taken.clear()
    await replay(stores, consumer, relay)
    assert shown.taken == [("x", 1), ("x", 2), ("x", 3), ("x", 4)]


async def test_afterwards_it_goes_on_with_what_happens_next(stores, store, shown, consumer):
    relay = ParkingRelay(stores, [consumer])
    await happen(store, "x", "A")
    await relay.offer(await feed(stores))
    await replay(stores, consumer, relay)
    await happen(store, "x", "A")
    await relay.offer(await feed(stores))
    await relay.sweep()
    assert shown.taken == [("x", 1), ("x", 1), ("x", 2)]


async def test_it_goes_through_all_tenants_however_often_it_is_broken_off(stores, shown, consumer):
    relay = ParkingRelay(stores, [consumer])
    places = {(tenant, aggregate) for tenant in ("a", "b") for aggregate in ("x", "y", "z")}
    for tenant, aggregate in places:
        await happen(stores.open(tenant), aggregate, "A")
    await relay.offer(await feed(stores))
    shown.seen.clear()
    shown.taken.clear()
    assert await replay(stores, consumer, relay, most=2) > 2
    heard = [(store.tenant, aggregate) for store, (aggregate, _) in zip(shown.seen, shown.taken, strict=True)]
    assert sorted(heard) == sorted(places)


async def test_nothing_is_done_where_nobody_asks(stores, store, consumer):
    await happen(store, "x", "A")
    with calls_of(stores) as calls:
        assert not await go_on(stores, "p", [consumer])
    assert calls == ["get"]


async def test_a_relay_that_was_under_way_takes_nothing_from_it(stores, store, shown, consumer):
    relay = ParkingRelay(stores, [consumer])
    await happen(store, "x", "A")
    await relay.offer(await feed(stores))
    before = await read_cursor(store, "x")
    await ask_replay(stores, "p")
    await go_on(stores, "p", [consumer])
    await happen(store, "x", "B")
    await relay._delivery._move(store, before, 2, {"shown": before.places["shown"].behind(2)})
    await relay.sweep()
    assert shown.taken == [("x", 1), ("x", 1)]


async def test_what_is_parked_waits_for_a_person_still(stores, store, clock, shown, consumer):
    shown.fails = lambda _: True
    relay = ParkingRelay(stores, [consumer])
    await happen(store, "x", "A")
    await park(relay, stores, clock)
    await replay(stores, consumer, relay)
    assert shown.tries == 5
    assert (await read_cursor(store, "x")).places["shown"].parked


async def test_a_consumer_that_is_new_hears_of_what_was_before_it(stores, store, shown, consumer):
    await happen(store, "x", "A", "B")
    await ParkingRelay(stores, [Watched().consumer("other")]).offer(await feed(stores))
    relay = ParkingRelay(stores, [consumer])
    await replay(stores, consumer, relay)
    assert shown.taken == [("x", 1)]
