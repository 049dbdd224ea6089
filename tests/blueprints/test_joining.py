"""Join links: who makes them, who comes by them, and how often."""

import asyncio
from collections import Counter

import pytest

from shared.access import Role
from shared.domains.joining.model import JoinLink
from shared.platform.store import Change, Write
from tests.application import PASSWORD
from tests.hub import CrashAt, Person


@pytest.fixture
async def organizer(hub):
    return await hub.the(Role.ORGANIZER)


@pytest.fixture
async def nobody(hub, organizer):
    return Person(hub.app.client, organizer.user, {})


@pytest.fixture
async def links(hub):
    """The path of a live event's links."""
    return f"/v1/events/{(await hub.event())['id']}/join-links"


def somebody(token, number=0, **others):
    return {
        "token": token,
        "email": f"ada{number}@example.org",
        "displayName": "Ada",
        "password": PASSWORD,
        **others,
    }


async def test_a_link_brings_in_whoever_has_it(hub, organizer, nobody, links):
    made = await organizer.post(links, {"role": "presenter"}, status=201)
    session = await nobody.post("/auth/join", somebody(made["token"]), status=200)
    ada = Person(hub.app.client, organizer.user, {"Authorization": f"Bearer {session['access_token']}"})
    me = await ada.get("/v1/me")
    assert (me["email"], me["roles"]) == ("ada0@example.org", ["presenter", "user"])
    await nobody.post("/auth/token", {"email": "ada0@example.org", "password": PASSWORD}, status=200)
    (shown,) = (await organizer.get(links))["value"]
    assert (shown["used"], shown["uses"], shown["role"]) == (1, 100, "presenter")


async def test_a_token_is_shown_once_and_kept_as_a_hash(hub, organizer, links):
    made = await organizer.post(links, {}, status=201)
    assert made["token"] not in str(await organizer.get(links))
    link = await (await hub.store()).get(JoinLink, made["id"])
    assert made["token"] not in link.model_dump_json()
    assert "tokenHash" not in made


async def test_of_many_at_once_exactly_as_many_join_as_the_link_has_uses(hub, organizer, nobody, links):
    made = await organizer.post(links, {"uses": 10}, status=201)
    asked = [nobody.ask("POST", "/auth/join", somebody(made["token"], number)) for number in range(50)]
    answers = await asyncio.gather(*asked)
    assert Counter(answer.status_code for answer in answers) == {200: 10, 404: 40}
    (shown,) = (await organizer.get(links))["value"]
    assert shown["used"] == 10
    admin = await hub.the(Role.ADMIN)
    assert (await admin.get("/v1/admin/users", _filter="startswith(email,'ada')"))["@odata.count"] == 10


async def test_every_link_that_does_not_work_gets_the_same_refusal(hub, organizer, nobody, links):
    tokens = {name: (await organizer.post(links, {"uses": 1}, status=201)) for name in ("revoked", "expired", "used")}
    answer = await organizer.ask("DELETE", f"{links}/{tokens['revoked']['id']}")
    assert answer.status_code == 204
    await nobody.post("/auth/join", somebody(tokens["used"]["token"]), status=200)
    deleted = (await hub.event(displayName="Gone"))["id"]
    gone = await organizer.post(f"/v1/events/{deleted}/join-links", {}, status=201)
    assert (await (await hub.the(Role.ADMIN)).ask("DELETE", f"/v1/events/{deleted}")).status_code == 204
    fresh = await organizer.post(links, {"expiresAt": "2026-02-01T00:00:00Z"}, status=201)
    hub.clock.advance(days=7)
    given = [*(made["token"] for made in tokens.values()), gone["token"], fresh["token"][:-4] + "AAAA", "x", ""]
    answers = [await nobody.ask("POST", "/auth/join", somebody(token, 1)) for token in given]
    told = [(answer.status_code, {**answer.json(), "correlationId": ""}) for answer in answers]
    assert told == [told[0]] * len(given)
    assert told[0][0] == 404
    assert told[0][1]["code"] == "join_link.unusable"


async def test_whoever_is_signed_in_gets_the_role_once(hub, organizer, links):
    made = await organizer.post(links, {"role": "presenter"}, status=201)
    ada = await hub.person(Role.REVIEWER)
    for _ in range(2):
        profile = await ada.post("/auth/join", {"token": made["token"]}, status=200)
        assert profile["roles"] == ["presenter", "reviewer", "user"]
    (shown,) = (await organizer.get(links))["value"]
    assert shown["used"] == 1


async def test_a_bad_token_of_whoever_says_to_be_signed_in_is_refused(organizer, nobody, links):
    made = await organizer.post(links, {}, status=201)
    answer = await nobody.ask("POST", "/auth/join", somebody(made["token"]), authorization="Bearer wrong")
    assert answer.status_code == 401


async def test_a_link_of_another_tenant_is_no_link(hub, organizer, links):
    made = await organizer.post(links, {"role": "presenter"}, status=201)
    stranger = await hub.person(Role.USER, tenant="acme")
    problem = await stranger.post("/auth/join", {"token": made["token"]}, status=404)
    assert problem["code"] == "join_link.unusable"


@pytest.mark.parametrize("role", ["reviewer", "moderator", "organizer", "admin", "nothing"])
async def test_a_link_gives_no_more_than_presenter(organizer, links, role):
    problem = await organizer.post(links, {"role": role}, status=400)
    assert [fault["pointer"] for fault in problem["errors"]] == ["/role"]


@pytest.mark.parametrize("end", ["2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2027-01-02T00:00:00Z"])
async def test_a_link_ends_in_the_future_within_a_year(organizer, links, end):
    problem = await organizer.post(links, {"expiresAt": end}, status=422)
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("join_link.times", "/expiresAt")


async def test_what_cannot_be_an_account_takes_no_use(hub, organizer, nobody, links):
    made = await organizer.post(links, {"uses": 1}, status=201)
    await hub.person(email="taken@example.org")
    for given, status in (
        ({"email": "taken@example.org"}, 409),
        ({"password": "password1"}, 422),
        ({"email": None}, 400),
        ({"password": "short"}, 400),
    ):
        await nobody.post("/auth/join", somebody(made["token"], **given), status=status)
    await nobody.post("/auth/join", somebody(made["token"]), status=200)


async def test_whoever_dies_while_joining_takes_no_use_for_good(hub, organizer, nobody, links, monkeypatch):
    for step in range(5):
        made = await organizer.post(links, {"uses": 1}, status=201)
        with monkeypatch.context() as patched:
            crash = CrashAt(step)
            crash.install(patched)
            await nobody.ask("POST", "/auth/join", somebody(made["token"], f"a{step}"))
        assert crash.happened
        hub.clock.advance(minutes=2)
        answer = await nobody.ask("POST", "/auth/join", somebody(made["token"], f"b{step}"))
        store = await hub.store()
        joined = await hub.the(Role.ADMIN)
        people = await joined.get("/v1/admin/users", _filter=f"email eq 'adaa{step}@example.org'")
        assert (answer.status_code == 200) is (people["@odata.count"] == 0), step
        link = await store.get(JoinLink, made["id"])
        assert link.used == 1


async def test_joining_is_put_down_with_who_and_how(hub, organizer, nobody, links):
    made = await organizer.post(links, {"role": "presenter"}, status=201)
    await nobody.post("/auth/join", somebody(made["token"]), status=200)
    store = await hub.store()
    told = (await store.query(Change, aggregate=made["id"])).items
    assert [each.event_type for each in told] == ["JoinLinkCreated", "PersonJoined"]
    assert told[1].data["role"] == "presenter"
    assert told[1].actor == told[1].data["userId"]


async def test_only_those_who_invite_see_links(hub, organizer, links):
    made = await organizer.post(links, {}, status=201)
    presenter = await hub.the(Role.PRESENTER)
    await presenter.get(links, status=403)
    await presenter.post(links, {}, status=403)
    other = f"/v1/events/{(await hub.event(displayName='Another'))['id']}/join-links/{made['id']}"
    assert (await organizer.ask("DELETE", other)).status_code == 404


async def test_a_link_whose_hash_is_another_lets_nobody_in(hub, organizer, nobody, links):
    made = await organizer.post(links, {}, status=201)
    store = await hub.store()
    link = await store.get(JoinLink, made["id"])
    await store.commit(Write(link.id).put(link.with_(token_hash="0" * 64)))
    await nobody.post("/auth/join", somebody(made["token"]), status=404)
