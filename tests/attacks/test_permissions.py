"""Who may do what, in every state: each route against the table of permissions, for each role and kind of ownership.

What may not be known is 404 and what may not be done 403, before anybody hears of states, ETags or conflicts.
"""

from collections.abc import AsyncIterator, Iterator
from itertools import product

import httpx
import pytest

from shared.access import TABLE, Grant, Permission
from shared.platform.http.routes import Route
from tests.hub import Json, Person
from tests.scenes import STATES, Scene, a_scene
from tests.world import ROUTES, World

GUARDED = [route for route in ROUTES if route.permissions]
WANTED = {
    ("judge_artifact", "status", "review"): Permission.SUBMIT_PROJECT,
    ("judge_artifact", "status", "approved"): Permission.APPROVE_ARTIFACT,
    ("judge_artifact", "status", "rejected"): Permission.REJECT_ARTIFACT,
    ("judge_artifact", "status", "changes_requested"): Permission.REQUEST_CHANGES,
}
"""Where the body chooses among the permissions of its route."""
NEVER_ONES_OWN = {Permission.APPROVE_ARTIFACT, Permission.REJECT_ARTIFACT, Permission.REQUEST_CHANGES}
"""Nobody judges the project of their own team, whatever their roles."""
ONES_OWN = {Permission.VIEW_CHAT_HISTORY, Permission.DELETE_OWN_MESSAGE}
"""What everybody may with their own messages alone; one that a path names is an administrator's."""
HIDDEN = {"delete_message": Permission.VIEW_OTHERS_CHAT_HISTORY}
"""What a thing is known by that no route shows."""
BEYOND = {"evidence.not_found", "node.not_found", "project.not_creator", "reviewer.not_found", "statement.not_found"}
"""Refusals with 404, or with 403, that are for people who may."""


def granted(person: Person, permissions: tuple[Permission, ...]) -> set[Grant]:
    """What the table says of the permissions for all their roles."""
    return {TABLE[permission][role] for permission in permissions for role in person.user.roles}


def allowed(person: Person, permissions: tuple[Permission, ...], *, owns: bool) -> bool:
    cells = granted(person, tuple({*permissions} - ONES_OWN) or permissions)
    return Grant.YES in cells or (owns and Grant.OWN in cells)


async def known(world: World, route: Route, person: Person) -> bool:
    """Whether the person is shown the thing that the route is about; who sees all artifacts is, of every project."""
    if route.name in HIDDEN:
        return Grant.YES in granted(person, (HIDDEN[route.name],))
    things = [
        each
        for each in ROUTES
        if each.method == "GET" and each.path.endswith("}") and f"{route.path}/".startswith(f"{each.path}/")
    ]
    if not things or Grant.YES in granted(person, tuple({Permission.VIEW_ALL_ARTIFACTS} & {*route.permissions})):
        return True
    return (await world.ask(max(things, key=lambda each: len(each.path)), person)).status_code != 404


def bodies(world: World, route: Route) -> Iterator[tuple[tuple[Permission, ...], Json | None]]:
    """The route's example with what it needs; several where the body chooses."""
    chosen = {key: permission for key, permission in WANTED.items() if key[0] == route.function.__name__}
    for (_, name, value), permission in chosen.items():
        yield (permission,), world.body(route, **{name: value})
    if not chosen:
        yield route.permissions, world.body(route)


async def attempts(scene: Scene, route: Route, name: str) -> AsyncIterator[tuple[int | None, httpx.Response]]:
    """Each try of a person at a route: the refusal that the table demands, None for no such refusal, and the answer."""
    person, owns = scene.people[name]
    for permissions, body in bodies(scene.world, route):
        for headers in [{"if_match": '"stale"'}, {}] if route.signature.takes_if_match else [{}]:
            expected = None
            if granted(person, route.permissions) == {Grant.NO}:
                expected = 403
            elif not await known(scene.world, route, person):
                expected = 404
            elif not allowed(person, permissions, owns=owns) or (owns and NEVER_ONES_OWN.issuperset(permissions)):
                expected = 403
            yield expected, await person.ask(route.method, scene.world.path(route), body, **headers)


@pytest.mark.parametrize("state", STATES)
async def test_every_route_asks_the_table_before_it_looks_at_states(hub, state):
    scene = await a_scene(hub, state)
    tried = 0
    for route, name in product(GUARDED, scene.people):
        changed = False
        async for expected, answer in attempts(scene, route, name):
            told = (route.name, name, expected, answer.status_code, answer.text)
            refused = answer.status_code if answer.status_code in {403, 404} else None
            assert refused == expected or (expected is None and answer.json()["code"] in BEYOND), told
            tried += 1
            changed = changed or (answer.is_success and route.method != "GET")
        if changed:
            await scene.restore()
    assert tried > 200
