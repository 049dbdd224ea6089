"""One person, one address: however it is written, it finds its account and binds it to its team."""

import pytest

from shared.access import Role
from tests.scenes import a_scene
from tests.world import ROUTES

WRITTEN = [
    ("jos\u00e9@example.org", "jose\u0301@EXAMPLE.org"),
    ("ada@b\u00fccher.example", "ada@xn--bcher-kva.example"),
    ("\uff41da@example.org", "ada@example.org"),
    ("ada@hub.local", "Ada@Hub.Local"),
]


def an_account(email: str) -> dict[str, object]:
    return {"email": email, "displayName": "Ada", "password": "a long password", "roles": ["organizer"]}


@pytest.mark.parametrize(("one", "other"), WRITTEN)
async def test_two_ways_to_write_an_address_are_one_account(hub, one, other):
    admin = await hub.the(Role.ADMIN)
    await admin.post("/v1/admin/users", an_account(one), status=201)
    assert (await admin.post("/v1/admin/users", an_account(other), status=409))["code"] == "user.email_taken"
    await admin.post("/auth/token", {"email": other, "password": "a long password"}, status=200)


@pytest.mark.parametrize(("one", "other"), WRITTEN)
async def test_nobody_judges_their_own_project_by_another_spelling(hub, one, other):
    organizer = await hub.person(Role.ORGANIZER, email=one)
    project = await hub.project(team=[other])
    artifact = await hub.artifact(project["id"])
    problem = await organizer.patch(f"/v1/knowledge/{artifact}/status", {"status": "approved"}, status=403)
    assert problem["code"] == "review.conflict_of_interest"


@pytest.mark.parametrize("email", ["ad\u200ba@example.org", "\u202eada@example.org", "ada\ufeff@example.org"])
async def test_invisible_characters_are_in_no_address(hub, email):
    admin = await hub.the(Role.ADMIN)
    await admin.post("/v1/admin/users", an_account(email), status=400)
    presenter = await hub.the(Role.PRESENTER)
    event = await hub.event()
    await presenter.post(f"/v1/events/{event['id']}/projects", {"title": "T", "team": [email]}, status=400)


@pytest.mark.parametrize("state", ["draft", "published"])
async def test_the_addresses_of_a_team_are_for_the_team_and_its_judges(hub, state):
    scene = await a_scene(hub, state)
    addresses = [scene.people[name][0].user.email for name in ("member", "judge in the team")]
    judging, reached = {Role.REVIEWER, Role.ORGANIZER, Role.ADMIN}, set()
    for route in (route for route in ROUTES if route.method == "GET" and route.permissions):
        for name, (person, owns) in scene.people.items():
            answer = await scene.world.ask(route, person)
            told = any(address in answer.text for address in addresses)
            assert not told or owns or person.user.roles & judging, (route.name, name, answer.text)
            reached |= {(route.name, name)} if told else set()
    assert {("get_project", "creator"), ("get_project", "reviewer"), ("list_projects", "organizer")} <= reached
