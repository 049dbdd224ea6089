"""The same request twice is one."""

import asyncio

import pytest

from shared.platform.store import Origin
from shared.platform.store.idempotency import (
    MAX_ANSWER_BYTES,
    TAKEN_OVER,
    Answer,
    Attempt,
    InFlight,
    KeyReused,
    abandon,
    begin,
    finish,
)

DONE = Answer(201, {"location": "/v1/events/1"}, b'{"id":"1"}\xff')


def start(store, body=b"{}", key="k"):
    return begin(store, "POST", "/v1/events", key, body)


async def test_the_answer_is_repeated_for_a_day(store, clock):
    attempt = await start(store)
    assert attempt.answer is None
    await finish(store, attempt, DONE)
    clock.advance(hours=23)
    assert (await start(store)).answer == DONE
    clock.advance(hours=1)
    again = await start(store)
    assert again.answer is None
    assert again.creation_id != attempt.creation_id


async def test_another_body_is_refused(store):
    attempt = await start(store)
    with pytest.raises(KeyReused) as refusal:
        await start(store, b"other")
    assert (refusal.value.status, refusal.value.code) == (422, "idempotency.reused")
    await finish(store, attempt, DONE)
    with pytest.raises(KeyReused):
        await start(store, b"other")


async def test_a_request_still_in_flight_is_refused(store):
    await start(store)
    with pytest.raises(InFlight) as refusal:
        await start(store)
    assert (refusal.value.status, refusal.value.code) == (409, "idempotency.in_flight")


async def test_of_many_at_once_one_goes_on(store):
    results = await asyncio.gather(*(start(store) for _ in range(10)), return_exceptions=True)
    assert len([result for result in results if isinstance(result, Attempt)]) == 1
    assert len([result for result in results if isinstance(result, InFlight)]) == 9


async def test_actors_routes_and_keys_are_kept_apart(stores, store):
    await start(store)
    await start(store, key="other")
    await start(stores.open("acme", Origin(actor="usr_2")))
    await begin(store, "POST", "/v1/projects", "k", b"{}")


async def test_a_crashed_request_is_taken_over_with_the_same_id(store, clock):
    crashed = await start(store)
    clock.advance(TAKEN_OVER.total_seconds())
    results = await asyncio.gather(*(start(store) for _ in range(5)), return_exceptions=True)
    (taken,) = [result for result in results if isinstance(result, Attempt)]
    assert taken.creation_id == crashed.creation_id
    await finish(store, taken, DONE)
    await finish(store, crashed, Answer(500, {}, b""))
    assert (await start(store)).answer == DONE


async def test_an_abandoned_request_may_be_sent_again_at_once(store):
    attempt = await start(store)
    await abandon(store, attempt)
    again = await start(store)
    assert again.answer is None
    assert again.creation_id == attempt.creation_id


async def test_an_answer_beyond_the_limit_is_not_kept(store):
    attempt = await start(store)
    await finish(store, attempt, Answer(200, {}, b"x" * (MAX_ANSWER_BYTES + 1)))
    again = await start(store)
    assert again.answer is None
    assert again.creation_id == attempt.creation_id
    await finish(store, again, Answer(200, {}, b"x" * MAX_ANSWER_BYTES))
    assert len((await start(store)).answer.body) == MAX_ANSWER_BYTES
