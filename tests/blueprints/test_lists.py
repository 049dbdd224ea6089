"""What lists ask of the store: as much for many rows as for one."""

import pytest

from shared.platform.http import Created
from shared.platform.http.signature import answers
from tests.counting import calls_of
from tests.hub import CLAIM
from tests.world import LISTING, ROUTES, a_world, name_of

TIMES = 3
LISTS = [route for route, _ in LISTING]


@pytest.fixture
async def world(hub):
    """Several of whatever can be created by its example; the project has some artifacts, and so has another one."""
    world = await a_world(hub)
    for _ in range(TIMES):
        for route in ROUTES:
            if answers(route.signature.answer)[0] is Created:
                await world.ask(route)
        await hub.artifact(world.ids["project_id"], CLAIM)
        await hub.artifact((await hub.project(event_id=world.ids["event_id"]))["id"], CLAIM)
    return world


async def page(world, route, top):
    """The rows of a page, and the calls that it took."""
    path = world.path(route)
    with calls_of(await world.hub.app.platform.stores()) as calls:
        answer = await world.admin.ask("GET", f"{path}{'&' if '?' in path else '?'}$top={top}")
    assert answer.status_code == 200, answer.text
    return answer.json()["value"], calls


async def test_no_list_asks_the_store_more_for_more_rows(world):
    long = set()
    for route in LISTS:
        few, calls = await page(world, route, 1)
        many, more = await page(world, route, 100)
        assert len(more) <= len(calls), (name_of(route), len(few), len(many), more)
        if len(many) > TIMES:
            long.add(name_of(route))
    assert {"GET /v1/events/{event_id}/projects", "GET /v1/projects/{project_id}/knowledge"} <= long
    assert len(long) > len(LISTS) // 2, long
