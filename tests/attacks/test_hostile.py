"""Whatever a caller sends: an answer that says what is wrong, at no more than a fair price. A longer campaign:
`python -m tests.hostile`."""

import pytest

from tests.hostile import BODIES, TIMES, Attack, attacks, cost, fault, places
from tests.world import WRITING, a_world


@pytest.fixture
async def world(hub):
    return await a_world(hub)


async def test_the_places_are_found(world):
    names = {name for name, _ in places(world)}
    assert {
        "correct_artifact statements/0/text",
        "list_events ?$filter",
        "edit_event {event_id}",
        "correct_artifact statements/0/quotations/0",
    } <= names


@pytest.mark.parametrize("seed", range(4))
async def test_hostile_texts_are_taken_or_refused_at_a_fair_price(world, seed):
    for attack in attacks(world, 3900, most=2, seed=seed):
        ratio, answer = await cost(attack)
        assert not fault(answer), (attack.name, attack.text[:12], fault(answer))
        assert ratio <= TIMES, (attack.name, attack.text[:12], ratio)


async def test_hostile_bodies_are_refused_at_a_fair_price(world):
    for route in WRITING:
        for body in BODIES:

            async def send(text, route=route):
                return await world.send(route, text.encode("latin-1"))

            ratio, answer = await cost(Attack(route.name, send, body(60_000).decode("latin-1"), is_body=True))
            assert not fault(answer), (route.name, body(10), fault(answer))
            assert answer.status_code >= 400, (route.name, body(10))
            assert ratio <= TIMES, (route.name, body(10), ratio)
