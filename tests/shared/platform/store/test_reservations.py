"""One value, one owner, whatever crashes."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.platform.store import Record, Write, save
from shared.platform.store.reservations import PATIENCE, ReservationLost, confirm, release, reserve


class Person(Record):
    kind = "reservation_person"

    email: str


def claims(store, person, email, **more):
    return reserve(store, "email", email, Person, person, holds=lambda each: each.email == email, **more)


async def take(store, person, email):
    """What an action does."""
    if not await claims(store, person, email):
        return False
    await store.commit(Write(person).put(Person(id=person, email=email)))
    await confirm(store, "email", email, person)
    return True


async def test_a_value_has_one_owner(store):
    assert await take(store, "ada", "a@x.org")
    assert not await take(store, "bo", "a@x.org")
    assert await take(store, "bo", "b@x.org")


async def test_tenants_and_kinds_have_their_own_values(stores, store):
    assert await take(store, "ada", "a@x.org")
    assert await take(stores.open("other"), "ada", "a@x.org")
    assert await reserve(store, "login", "a@x.org", Person, "bo")


async def test_the_owner_may_reserve_again(store):
    assert await claims(store, "ada", "a@x.org")
    assert await claims(store, "ada", "a@x.org")
    assert await take(store, "ada", "a@x.org")
    assert await take(store, "ada", "a@x.org")


async def test_what_is_released_is_free(store):
    await take(store, "ada", "a@x.org")
    await release(store, "email", "a@x.org", "bo")
    assert not await claims(store, "bo", "a@x.org")
    await release(store, "email", "a@x.org", "ada")
    await release(store, "email", "a@x.org", "ada")
    assert await take(store, "bo", "a@x.org")


async def test_of_many_at_once_one_gets_it(store):
    results = await asyncio.gather(*(take(store, f"p{n}", "a@x.org") for n in range(10)))
    assert results.count(True) == 1


async def test_a_crash_before_the_entity_frees_the_value_after_a_while(store, clock):
    assert await claims(store, "ada", "a@x.org")
    assert not await claims(store, "bo", "a@x.org")
    clock.advance(PATIENCE.total_seconds())
    assert await take(store, "bo", "a@x.org")
    with pytest.raises(ReservationLost):
        await confirm(store, "email", "a@x.org", "ada")


async def test_a_crash_before_the_confirmation_leaves_it_to_its_owner(store, clock):
    assert await claims(store, "ada", "a@x.org")
    await save(store, Person(id="ada", email="a@x.org"), "PersonMade")
    clock.advance(days=1)
    assert not await claims(store, "bo", "a@x.org")
    await confirm(store, "email", "a@x.org", "ada")


async def test_a_crash_before_the_release_leaves_nothing_stuck(store):
    await take(store, "ada", "a@x.org")
    await take(store, "ada", "new@x.org")
    assert await take(store, "bo", "a@x.org")
    person = await store.get(Person, "bo")
    await store.commit(Write("bo").delete(person))
    assert await take(store, "cy", "a@x.org")


async def test_of_many_who_take_over_one_gets_it(store, clock):
    assert await claims(store, "ada", "a@x.org")
    clock.advance(PATIENCE.total_seconds())
    results = await asyncio.gather(*(take(store, f"p{n}", "a@x.org") for n in range(10)))
    assert results.count(True) == 1


async def test_an_owner_may_live_in_another_aggregate(store):
    class Member(Record):
        kind = "reservation_member"

        @property
        def aggregate_id(self) -> str:
            return "team"

    assert await reserve(store, "seat", "1", Member, "m", aggregate="team")
    await save(store, Member(id="m"), "MemberJoined")
    await confirm(store, "seat", "1", "m")
    assert not await reserve(store, "seat", "1", Member, "n", aggregate="team")


class Crashed(Exception):
    """The process ended here."""


async def attempt(store, person, email, crash_after):
    """Give a person an e-mail address, step by step, ending after some of the steps."""
    before = await store.get(Person, person)
    steps = [
        lambda: claims(store, person, email),
        lambda: store.commit(Write(person).put(Person(id=person, email=email))),
        lambda: confirm(store, "email", email, person),
        lambda: release(store, "email", before.email if before and before.email != email else "-", person),
    ]
    for number, step in enumerate(steps):
        if number == crash_after:
            raise Crashed
        if await step() is False:
            return


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    history=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y"]), st.integers(0, 4), st.booleans()), max_size=10
    )
)
async def test_crashes_anywhere_never_leave_two_owners_nor_anything_stuck(stores, clock, history):
    store = stores.open(clock.new_id("t"))
    for person, email, crash_after, wait in history:
        try:
            await attempt(store, person, email, crash_after)
        except Crashed:
            clock.advance((PATIENCE + timedelta(seconds=1)).total_seconds() if wait else 0)
        owners = [each.email for each in (await store.query(Person)).items]
        assert len(owners) == len(set(owners))
    clock.advance(days=1)
    for email in "xy":
        owner = [each.id for each in (await store.query(Person)).items if each.email == email]
        assert await claims(store, "new", email) is not bool(owner)
