"""Every consumer gets every change of an aggregate, in order, whatever fails."""

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.platform.changes import Consumer
from shared.platform.changes.cursor import BACK_OFF_SECONDS, CURSOR_ID, Progress, RelayCursor, read_cursor
from shared.platform.changes.delivery import RELAY
from shared.platform.changes.lingering import lingering
from shared.platform.changes.mark import Mark
from shared.platform.changes.relay import resume
from shared.platform.store import Write
from shared.platform.store.due import note, noted
from tests.counting import calls_of
from tests.shared.platform.changes.conftest import ParkingRelay, Watched, feed, happen, park


async def test_changes_reach_every_consumer_in_order(stores, store):
    all_of_them, some = Watched(), Watched()
    relay = ParkingRelay(stores, [all_of_them.consumer("all"), some.consumer("some", "B")])
    await happen(store, "x", "A", "B", "C", "B")
    await happen(store, "y", "B")
    await relay.offer(await feed(stores))
    assert sorted(all_of_them.taken) == [("x", 1), ("x", 2), ("x", 3), ("x", 4), ("y", 1)]
    assert [taken for taken in all_of_them.taken if taken[0] == "x"] == [("x", 1), ("x", 2), ("x", 3), ("x", 4)]
    assert sorted(some.taken) == [("x", 2), ("x", 4), ("y", 1)]


async def test_documents_that_are_no_changes_are_passed_over(stores, store):
    watched = Watched()
    await ParkingRelay(stores, [watched.consumer("w")]).offer([{"kind": "project", "id": "x"}, {"id": "y"}])
    assert watched.tries == 0


async def test_a_consumer_writes_as_the_system_because_of_the_change(stores, store):
    watched = Watched()
    await happen(store, "x", "A")
    (document,) = await feed(stores)
    await ParkingRelay(stores, [watched.consumer("w")]).offer([document])
    (given_store,) = watched.seen
    assert given_store.tenant == "acme"
    assert given_store.origin.causation_id == document["eventId"]
    assert given_store.origin.actor == "system"


async def test_what_was_handed_over_is_not_handed_over_again(stores, store):
    watched = Watched()
    relay = ParkingRelay(stores, [watched.consumer("w")])
    await happen(store, "x", "A", "B")
    documents = await feed(stores)
    for offered in (documents, documents[:1], documents[::-1]):
        await relay.offer(offered)
    assert watched.taken == [("x", 1), ("x", 2)]


async def test_gaps_in_the_feed_are_filled(stores, store):
    watched = Watched()
    relay = ParkingRelay(stores, [watched.consumer("w")])
    await happen(store, "x", "A", "B", "C", "D")
    documents = await feed(stores)
    await relay.offer(documents[2:3])
    assert watched.taken == [("x", 1), ("x", 2), ("x", 3), ("x", 4)]


async def test_more_than_a_page_is_delivered(stores, store, monkeypatch):
    monkeypatch.setattr("shared.platform.changes.delivery._PAGE", 3)
    watched = Watched()
    await happen(store, "x", *"ABCDEFGHIJ")
    await ParkingRelay(stores, [watched.consumer("w")]).offer((await feed(stores))[-1:])
    assert watched.taken == [("x", n) for n in range(1, 11)]


async def test_a_batch_costs_an_aggregate_one_read_and_one_write(stores, store):
    relay = ParkingRelay(stores, [Watched().consumer(f"w{n}") for n in range(5)])
    await happen(store, "x", *"ABCDE")
    await relay.offer(await feed(stores))
    first = await read_cursor(store, "x")
    await relay.offer(await feed(stores))
    assert (await read_cursor(store, "x")).etag == first.etag
    assert await store.count(RelayCursor) == 1


async def test_a_failure_holds_back_one_aggregate_for_one_consumer(stores, store, clock):
    broken, healthy = Watched(lambda change: change.aggregate == "x" and change.sequence == 2), Watched()
    relay = ParkingRelay(stores, [broken.consumer("broken"), healthy.consumer("healthy")])
    await happen(store, "x", "A", "B", "C")
    await happen(store, "y", "A", "B")
    await relay.offer(await feed(stores))
    assert sorted(broken.taken) == [("x", 1), ("y", 1), ("y", 2)]
    assert len(healthy.taken) == 5
    await happen(store, "x", "D")
    await relay.offer((await feed(stores))[-1:])
    assert ("x", 4) in healthy.taken
    assert sorted(broken.taken) == [("x", 1), ("y", 1), ("y", 2)]


async def test_a_failure_is_tried_again_with_growing_pauses(stores, store, clock):
    broken = Watched(lambda change: broken.tries <= 3)
    relay = ParkingRelay(stores, [broken.consumer("broken")])
    await happen(store, "x", "A", "B")
    await relay.offer(await feed(stores))
    assert broken.tries == 2
    await relay.sweep()
    assert broken.tries == 2
    clock.advance(5)
    await relay.sweep()
    assert broken.tries == 3
    clock.advance(29)
    await relay.sweep()
    assert broken.tries == 3
    clock.advance(1)
    await relay.sweep()
    assert broken.taken == [("x", 1), ("x", 2)]
    assert relay.parked == {}


async def test_after_five_tries_a_change_is_parked_until_it_is_replayed(stores, store, clock):
    broken = Watched(lambda change: change.sequence == 1)
    relay = ParkingRelay(stores, [broken.consumer("broken")])
    await happen(store, "x", "A", "B")
    happened = clock.now()
    await park(relay, stores, clock)
    assert broken.tries == 5
    (parked,) = relay.parked.values()
    assert (parked.aggregate, parked.consumer, parked.sequence, parked.tries) == ("x", "broken", 1, 5)
    assert parked.error == "Broken: no 1"
    assert parked.since == happened
    broken.fails = lambda _: False
    await happen(store, "x", "C")
    await relay.offer((await feed(stores))[-1:])
    assert broken.taken == []
    assert await resume(stores, store, "x", "broken", 1, skip=False)
    await relay.sweep()
    assert broken.taken == [("x", 1), ("x", 2), ("x", 3)]
    assert [due async for due in noted(stores, RELAY, clock.now())] == []


async def test_a_discarded_change_is_skipped(stores, store, clock):
    broken = Watched(lambda change: change.sequence == 1)
    relay = ParkingRelay(stores, [broken.consumer("broken")])
    await happen(store, "x", "A", "B")
    await park(relay, stores, clock)
    assert await resume(stores, store, "x", "broken", 1, skip=True)
    await relay.sweep()
    assert broken.taken == [("x", 2)]
    assert not await resume(stores, store, "x", "broken", 1, skip=True)
    assert not await resume(stores, store, "x", "broken", 1, skip=False)


async def test_a_replay_that_fails_is_parked_again(stores, store, clock):
    broken = Watched(lambda change: True)
    relay = ParkingRelay(stores, [broken.consumer("broken")])
    await happen(store, "x", "A")
    await park(relay, stores, clock)
    await resume(stores, store, "x", "broken", 1, skip=False)
    for _ in range(5):
        await relay.sweep()
        clock.advance(minutes=3)
    assert broken.tries == 10
    assert (await read_cursor(store, "x")).places["broken"].parked


async def hang(store, change):
    await asyncio.Event().wait()


async def test_a_consumer_that_hangs_has_failed(stores, store):
    relay = ParkingRelay(stores, [Consumer("hanging", hang)], patience_seconds=0.01)
    await happen(store, "x", "A")
    await relay.offer(await feed(stores))
    assert (await read_cursor(store, "x")).places["hanging"].error.startswith("TimeoutError")


async def test_the_sweep_finds_what_the_feed_missed(stores, store, clock):
    watched = Watched()
    relay = ParkingRelay(stores, [watched.consumer("w")])
    await happen(store, "x", "A", "B")
    await happen(stores.open("other"), "z", "A")
    await relay.sweep()
    assert watched.taken == []
    clock.advance(10)
    await relay.sweep()
    assert sorted(watched.taken) == [("x", 1), ("x", 2), ("z", 1)]
    clock.advance(days=30)
    await happen(store, "y", "A")
    await happen(store, "x", "C")
    clock.advance(10)
    await relay.sweep()
    assert sorted(watched.taken) == [("x", 1), ("x", 2), ("x", 3), ("y", 1), ("z", 1)]


async def test_aggregates_of_the_same_moment_are_all_found_however_many(stores, store, clock, monkeypatch):
    """The ids of their changes and cursors are the same."""
    monkeypatch.setattr("shared.platform.changes.mark._PAGE", 2)
    monkeypatch.setattr("shared.platform.store._PAGE", 2)
    names = list("abcdefg")
    for name in names:
        await happen(store, name, "A")
    broken = Watched(lambda _: True)
    relay = ParkingRelay(stores, [broken.consumer("broken")])
    clock.advance(10)
    await relay.sweep()
    assert [(await read_cursor(store, name)).head for name in names] == [1] * len(names)
    for seconds in BACK_OFF_SECONDS:
        clock.advance(seconds + 1)
        await relay.sweep()
    assert sorted(aggregate for _, aggregate, _ in relay.parked) == names
    late = Watched()
    await ParkingRelay(stores, [late.consumer("late", from_start=True)]).catch_up()
    assert sorted(late.taken) == [(name, 1) for name in names]


async def test_a_new_consumer_starts_with_what_happens_next_unless_it_asks_for_all(stores, store):
    old, new, curious = Watched(), Watched(), Watched()
    await happen(store, "x", "A", "B")
    await happen(store, "z", "A")
    await ParkingRelay(stores, [old.consumer("old")]).offer(await feed(stores))
    await happen(store, "x", "C")
    await happen(store, "y", "A", "B")
    relay = ParkingRelay(
        stores, [old.consumer("old"), new.consumer("new"), curious.consumer("curious", from_start=True)]
    )
    await relay.offer((await feed(stores))[-3:])
    assert sorted(new.taken) == [("x", 3), ("y", 1), ("y", 2)]
    assert sorted(curious.taken) == [("x", 1), ("x", 2), ("x", 3), ("y", 1), ("y", 2)]
    await relay.catch_up()
    assert ("z", 1) in curious.taken
    assert sorted(new.taken) == [("x", 3), ("y", 1), ("y", 2)]
    assert len(old.taken) == 6


async def test_lag_is_the_age_of_the_oldest_change_still_to_be_taken(stores, store, clock):
    broken = Watched(lambda change: change.aggregate == "x")
    relay = ParkingRelay(stores, [broken.consumer("broken")])
    assert await relay.lag() == 0
    await happen(store, "x", "A")
    clock.advance(7)
    assert await relay.lag() == 7
    await happen(store, "y", "A")
    await relay.offer(await feed(stores))
    clock.advance(1)
    assert await relay.lag() == 8
    await park(relay, stores, clock)
    assert await relay.lag() == 0
    assert await ParkingRelay(stores, []).lag() == 0


async def test_a_consumer_that_is_gone_causes_no_lag(stores, store, clock):
    await happen(store, "x", "A")
    await ParkingRelay(stores, [Watched(lambda _: True).consumer("gone")]).offer(await feed(stores))
    clock.advance(60)
    relay = ParkingRelay(stores, [Watched().consumer("w")])
    await relay.sweep()
    assert await relay.lag() == 0


async def test_two_relays_at_once_lose_nothing(stores, store):
    watched = Watched()
    relays = [ParkingRelay(stores, [watched.consumer("w"), Watched().consumer("v")]) for _ in range(3)]
    await happen(store, "x", *"ABCDEFGH")
    documents = await feed(stores)
    await asyncio.gather(*(relay.offer(documents[n : n + 3]) for n in range(6) for relay in relays))
    assert set(watched.taken) == {("x", n) for n in range(1, 9)}
    cursor = await store.get(RelayCursor, CURSOR_ID, "x")
    assert {name: place.sequence for name, place in cursor.places.items()} == {"w": 8, "v": 8}


async def test_a_replay_is_not_undone_by_a_relay_that_is_under_way(stores, store, clock):
    broken = Watched(lambda change: True)
    gate, reached = asyncio.Event(), asyncio.Event()

    async def slow(store, change):
        if change.sequence == 2:
            reached.set()
            await gate.wait()

    relay = ParkingRelay(stores, [broken.consumer("broken"), Consumer("slow", slow)])
    await happen(store, "x", "A")
    await park(relay, stores, clock)
    await happen(store, "x", "B")
    under_way = asyncio.create_task(relay.offer((await feed(stores))[-1:]))
    await reached.wait()
    broken.fails = lambda _: False
    resumed = asyncio.create_task(resume(stores, store, "x", "broken", 1, skip=False))
    gate.set()
    await asyncio.gather(under_way, resumed)
    await relay.sweep()
    assert set(broken.taken) == {("x", 1), ("x", 2)}
    assert not (await read_cursor(store, "x")).places["broken"].parked


feeds = st.lists(st.tuples(st.integers(0, 11), st.integers(1, 6), st.booleans()), max_size=8)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(offers=feeds, failures=st.lists(st.booleans(), max_size=12))
async def test_any_feed_with_any_failures_ends_with_everything_taken_in_order(stores, clock, offers, failures):
    store = stores.open(clock.new_id("t"))
    verdicts = iter(failures)
    broken = Watched(lambda change: next(verdicts, False))
    relay = ParkingRelay(stores, [broken.consumer("broken")])
    for n in range(12):
        aggregate = "xyz"[n % 3]
        await store.commit(Write(aggregate).change("A", "thing/1"))
    documents = [each for each in await feed(stores) if each["tenantId"] == store.tenant]
    for start, length, swept in offers:
        await relay.offer(documents[start : start + length])
        if swept:
            clock.advance(60)
            await relay.sweep()
    for _ in range(8):
        clock.advance(minutes=3)
        await relay.sweep()
    for (tenant, _, _), parked in relay.parked.items():
        if tenant == store.tenant:
            await resume(stores, store, parked.aggregate, parked.consumer, parked.sequence, skip=False)
            await relay.sweep()
    taken = [each for each in broken.taken if each[0] in "xyz"]
    for aggregate in "xyz":
        assert [sequence for name, sequence in taken if name == aggregate] == [1, 2, 3, 4]


async def test_a_slow_consumer_holds_up_neither_its_batch_nor_the_others(stores, store, clock):
    """Its place is kept until it is done, so that no other relay begins with the same change."""
    gate, quick, slow = asyncio.Event(), Watched(), Watched()

    async def hesitate(given, change):
        await gate.wait()
        await slow.handle(given, change)

    consumers = [quick.consumer("quick"), Consumer("slow", hesitate)]
    relays = [ParkingRelay(stores, consumers, quick_seconds=0.05) for _ in range(2)]
    await happen(store, "x", "A", "B")
    await happen(store, "y", "A")
    for relay in relays:
        await relay.offer(await feed(stores))
    assert sorted(quick.taken) == [("x", 1), ("x", 2), ("y", 1)]
    cursor = await read_cursor(store, "x")
    assert (cursor.places["quick"].sequence, cursor.places["slow"].sequence) == (2, 0)
    await happen(store, "x", "C")
    await relays[1].offer(await feed(stores))
    assert ("x", 3) in quick.taken
    gate.set()
    await relays[0].settled()
    assert sorted(slow.taken) == [("x", 1), ("x", 2), ("x", 3), ("y", 1)]
    assert [taken for taken in slow.taken if taken[0] == "x"] == [("x", 1), ("x", 2), ("x", 3)]


async def test_what_a_process_had_in_hand_when_it_ended_another_one_takes_up(stores, store, clock):
    """Once the patience with the consumer is over; that is no failed try."""
    hanging = Consumer("w", hang)
    await happen(store, "x", "A", "B")
    dying = ParkingRelay(stores, [hanging], quick_seconds=0.01)
    await dying.offer(await feed(stores))
    for task in [task for each in lingering(stores)._tasks.values() for task in each]:
        task.cancel()
    await dying.settled()
    watched = Watched()
    relay = ParkingRelay(stores, [watched.consumer("w")])
    clock.advance(60)
    await relay.sweep()
    assert watched.taken == []
    assert (await read_cursor(store, "x")).places["w"].tries == 0
    clock.advance(60)
    await relay.sweep()
    assert watched.taken == [("x", 1), ("x", 2)]


async def test_a_consumer_with_its_hands_full_is_asked_later(stores, store, clock, monkeypatch):
    monkeypatch.setattr("shared.platform.changes.lingering.ROOM", 2)
    gate, slow, quick = asyncio.Event(), Watched(), Watched()

    async def hesitate(given, change):
        await gate.wait()
        await slow.handle(given, change)

    relay = ParkingRelay(
        stores, [Consumer("slow", hesitate), quick.consumer("quick")], concurrency=1, quick_seconds=0.02
    )
    for name in "abcd":
        await happen(store, name, "A")
    await relay.offer(await feed(stores))
    assert sorted(quick.taken) == [(name, 1) for name in "abcd"]
    gate.set()
    await relay.settled()
    assert len(slow.taken) == 2
    clock.advance(15)
    await relay.sweep()
    assert sorted(slow.taken) == [(name, 1) for name in "abcd"]


async def test_a_note_written_while_a_sweep_looks_is_not_lost(stores, store, clock):
    """The sweep finds nothing to do in an aggregate while another relay writes that there is something."""
    await note(stores, RELAY, store.tenant, "x", clock.now())
    await happen(store, "x", "A")
    broken = Watched(lambda _: True)
    relay, other = (ParkingRelay(stores, [broken.consumer("w")]) for _ in range(2))
    (due,) = [due async for due in noted(stores, RELAY, clock.now())]
    before = await read_cursor(store, "x")
    await relay._again(due)
    await other._delivery._move(store, before, 1, {"w": before.places.get("w") or Progress(sequence=0, tries=1)})
    clock.advance(minutes=3)
    broken.fails = lambda _: False
    await relay.sweep()
    assert broken.taken == [("x", 1)]


async def test_idle_tenants_cost_a_sweep_nothing(stores, store, clock):
    """However many there are: a sweep asks for what is due, not each tenant."""
    relay = ParkingRelay(stores, [Watched().consumer("w")])
    for number in range(30):
        await happen(stores.open(f"tenant-{number}"), "x", "A")
    await relay.offer(await feed(stores))
    clock.advance(60)
    await relay.sweep()
    with calls_of(stores) as calls:
        await relay.sweep()
        assert await relay.lag() == 0
    assert len(calls) < 10
    await happen(stores.open("tenant-7"), "x", "B")
    clock.advance(60)
    with calls_of(stores) as calls:
        await relay.sweep()
    assert len(calls) < 12


async def test_younger_changes_hold_nothing_up(stores, store, clock):
    """Where there are always some that are too young, the mark moves to where it had seen the end."""
    watched = Watched()
    relay = ParkingRelay(stores, [watched.consumer("w")])
    marks = []
    for number in range(6):
        await happen(store, f"old-{number}", "A")
        clock.advance(15)
        await happen(store, f"young-{number}", "A")
        await relay.sweep()
        mark = await stores.open("system").get(Mark, "relay")
        marks.append(mark.position)
    assert len(set(marks[1:])) == 5
    assert [name for name, _ in watched.taken if name.startswith("old")] == [f"old-{number}" for number in range(6)]
    assert ("young-4", 1) in watched.taken
    assert ("young-5", 1) not in watched.taken
