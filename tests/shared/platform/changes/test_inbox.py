"""An effect that is a record happens once."""

import asyncio

import pytest

from shared.platform.changes.inbox import claimed, commit_once
from shared.platform.store import AlreadyExists, Change, Record, Write
from tests.shared.platform.changes.conftest import happen


class Effect(Record):
    kind = "inbox_effect"

    count: int = 1
    home: str

    @property
    def aggregate_id(self) -> str:
        return self.home


@pytest.fixture
async def change(store):
    await happen(store, "x", "A")
    return (await store.query(Change, aggregate="x")).items[0]


def effect(clock):
    return Write("home").create(Effect(id=clock.new_id("e"), home="home"))


async def test_the_second_time_nothing_happens(store, clock, change):
    assert await commit_once(store, effect(clock), "w", change)
    assert not await commit_once(store, effect(clock), "w", change)
    assert await store.count(Effect) == 1
    assert await claimed(store, "w", change.event_id, "home")


async def test_consumers_have_their_own_effects(store, clock, change):
    assert await commit_once(store, effect(clock), "w", change)
    assert await commit_once(store, effect(clock), "v", change)
    assert await store.count(Effect) == 2


async def test_of_many_at_once_one_happens(store, clock, change):
    happened = await asyncio.gather(*(commit_once(store, effect(clock), "w", change) for _ in range(10)))
    assert happened.count(True) == 1
    assert await store.count(Effect) == 1


async def test_another_refusal_is_not_taken_for_a_repetition(store, clock, change):
    await store.commit(Write("home").create(Effect(id="e", home="home")))
    with pytest.raises(AlreadyExists):
        await commit_once(store, Write("home").create(Effect(id="e", home="home")), "w", change)
    assert not await claimed(store, "w", change.event_id, "home")
