"""Keys of people and of tenants: what they let whom do, and for how long."""

import re

import pytest

from shared.access import Role
from shared.domains.accounts.model import User
from shared.domains.keys.model import ApiKey
from shared.platform.store import save
from tests.hub import Person, uploaded_name

TENANTS = "/api/v1/auth/api-keys"
SHAPE = re.compile(r"ehk_[0-9a-z]+_[0-9a-f]{48}")


def by(hub, person, text, header="authorization"):
    """Somebody who shows only a key."""
    sent = {"Authorization": f"Bearer {text}"} if header == "authorization" else {"X-API-Key": text}
    return Person(hub.app.client, person.user, sent)


async def made(person, **given):
    return await person.post("/v1/me/keys", {"name": "Mine", **given}, status=201)


async def a_tenants(hub, *scopes, **given):
    admin = await hub.the(Role.ADMIN)
    return await admin.post(TENANTS, {"name": "Ours", "scopes": list(scopes), **given}, status=201)


@pytest.fixture
async def ada(hub):
    return await hub.the(Role.PRESENTER)


@pytest.mark.parametrize("header", ["authorization", "x-api-key"])
async def test_a_key_is_its_owner(hub, ada, header):
    key = await made(ada)
    assert SHAPE.fullmatch(key["key"])
    me = await by(hub, ada, key["key"], header).get("/v1/me")
    assert (me["id"], me["roles"]) == (ada.user.id, ["presenter", "user"])


async def test_a_key_is_shown_once_and_kept_as_a_salted_hash(hub, ada):
    one, two = await made(ada), await made(ada)
    secret = one["key"].rpartition("_")[2]
    for shown in (await ada.get("/v1/me/keys"), await ada.get(f"/v1/me/keys/{one['id']}")):
        assert secret not in str(shown)
        assert "secrets" not in str(shown)
    store = await hub.store()
    kept = [await store.get(ApiKey, each["id"]) for each in (one, two)]
    assert secret[:40] not in kept[0].model_dump_json()
    assert kept[0].secrets[0].salt != kept[1].secrets[0].salt


async def test_scopes_limit_a_key_below_its_owner_at_every_call(hub, ada):
    key = by(hub, ada, (await made(ada, scopes=["list_events"]))["key"])
    await key.get("/v1/events")
    await key.get("/v1/me", status=403)
    await key.get("/v1/jobs", status=403)


async def test_a_key_follows_its_owners_roles(hub):
    organizer = await hub.person(Role.ORGANIZER)
    key = by(hub, organizer, (await made(organizer))["key"])
    await key.get("/v1/admin/users")
    admin = await hub.the(Role.ADMIN)
    await admin.patch(f"/v1/admin/users/{organizer.user.id}/roles", {"roles": ["user"]})
    await key.get("/v1/admin/users", status=403)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"),
        lambda text: text[:-48] + "0" * 40 + text[-8:],
        lambda text: text.replace("ehk_", "ehk-"),
        lambda text: text[:-8],
        lambda text: text + "0",
        lambda text: text.upper(),
        lambda text: text.replace("_", "_a", 1),
        lambda _: "ehk_",
        lambda _: "ehk_" + "0" * 32 + "a_" + "0" * 48,
        lambda _: "ehk_é",
    ],
)
async def test_a_key_that_is_not_whole_lets_nobody_in(hub, ada, break_it):
    text = break_it((await made(ada))["key"])
    answer = await hub.app.client.get("/v1/me", headers={b"Authorization": f"Bearer {text}".encode()})
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.invalid_token")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_revoked_key_is_dead_at_once(hub, ada):
    key = await made(ada)
    shown = by(hub, ada, key["key"])
    await shown.get("/v1/me")
    assert (await ada.ask("DELETE", f"/v1/me/keys/{key['id']}")).status_code == 204
    await shown.get("/v1/me", status=401)
    assert (await ada.get("/v1/me/keys"))["@odata.count"] == 0


async def test_an_expired_key_is_dead(hub, ada):
    text = (await made(ada, expiresAt="2026-01-01T00:05:00Z"))["key"]
    await by(hub, ada, text).get("/v1/me")
    hub.clock.advance(minutes=5)
    await by(hub, ada, text).get("/v1/me", status=401)


@pytest.mark.parametrize("state", [{"disabled": True}, {"banned": {"reason": "spam", "by": "usr_1"}}])
async def test_a_key_of_somebody_disabled_or_banned_is_dead(hub, ada, state):
    text = (await made(ada))["key"]
    store = await hub.store()
    await save(store, (await store.get(User, ada.user.id)).with_(**state), "UserEdited")
    await by(hub, ada, text).get("/v1/me", status=401 if "disabled" in state else 403)


async def test_the_old_secret_holds_for_a_grace_of_seven_days(hub, ada):
    key = await made(ada)
    path = f"/v1/me/keys/{key['id']}"
    rotated = await by(hub, ada, key["key"]).post(f"{path}/rotate", status=200)
    assert rotated["id"] == key["id"]
    assert rotated["key"] != key["key"]
    hub.clock.advance(days=6, hours=23)
    for text in (key["key"], rotated["key"]):
        await by(hub, ada, text).get("/v1/me")
    hub.clock.advance(hours=1)
    await by(hub, ada, key["key"]).get("/v1/me", status=401)
    await by(hub, ada, rotated["key"]).get("/v1/me")


async def test_a_rotation_whose_answer_was_lost_shortens_no_grace(hub, ada):
    key = await made(ada)
    path = f"/v1/me/keys/{key['id']}/rotate"
    for _ in range(2):
        newest = await ada.post(path, status=200)
    for text in (key["key"], newest["key"]):
        await by(hub, ada, text).get("/v1/me")
    last = await ada.post(f"{path}?graceDays=0", status=200)
    for text in (key["key"], newest["key"]):
        await by(hub, ada, text).get("/v1/me", status=401)
    await by(hub, ada, last["key"]).get("/v1/me")


async def test_its_last_use_is_written_down_once_a_minute(hub, ada):
    key = await made(ada)
    shown = by(hub, ada, key["key"])
    store, written = await hub.store(), []
    for seconds in (0, 30, 29, 1):
        hub.clock.advance(seconds)
        before = (await store.get(ApiKey, key["id"])).etag
        await shown.get("/v1/me")
        written.append((await store.get(ApiKey, key["id"])).etag != before)
    assert written == [True, False, False, True]
    assert (await ada.get(f"/v1/me/keys/{key['id']}"))["lastUsedAt"].startswith("2026-01-01T00:01:00")


async def test_a_key_makes_and_renews_no_key_beyond_its_scopes(hub, ada):
    wide = await made(ada)
    limited = by(hub, ada, (await made(ada, scopes=["manage_own_keys", "list_events"]))["key"])
    beyond = await limited.post("/v1/me/keys", {"name": "x", "scopes": ["list_events", "view_event"]}, status=403)
    assert (beyond["code"], "view_event" in beyond["detail"]) == ("key.beyond_rights", True)
    await limited.post(f"/v1/me/keys/{wide['id']}/rotate", status=403)
    same = await limited.post("/v1/me/keys", {"name": "as wide as I am"}, status=201)
    assert same["scopes"] == ["list_events", "manage_own_keys"]


async def test_nobody_gives_a_key_what_they_may_not(hub, ada):
    problem = await ada.post("/v1/me/keys", {"name": "x", "scopes": ["assign_roles"]}, status=403)
    assert problem["code"] == "key.beyond_rights"


async def test_a_key_is_its_owners_alone(hub, ada):
    key = await made(ada)
    for person in (await hub.the(Role.USER), await hub.the(Role.ADMIN)):
        for method, path in (("GET", ""), ("POST", "/rotate"), ("DELETE", "")):
            answer = await person.ask(method, f"/v1/me/keys/{key['id']}{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "key.not_found")


async def test_a_tenants_key_does_what_its_scopes_name(hub):
    made_ = await a_tenants(hub, "create_event", "list_events")
    assert set(made_) == {
        "@odata.etag", "id", "name", "scopes", "created_by", "created_at", "expires_at", "last_used_at", "key",
    }  # fmt: skip
    key = by(hub, await hub.the(Role.USER), made_["key"])
    day = "2026-05-04"
    event = await key.post("/v1/events", {"displayName": "Days", "startDate": day, "endDate": day}, status=201)
    assert event["createdBy"] == made_["id"]
    await key.get("/v1/events")
    await key.get("/v1/me", status=403)
    await key.get("/v1/admin/users", status=403)


async def test_a_tenants_key_is_edited_rotated_and_revoked(hub):
    admin, user = await hub.the(Role.ADMIN), await hub.the(Role.USER)
    key = await a_tenants(hub, "list_events")
    path = f"{TENANTS}/{key['id']}"
    edited = await admin.patch(path, {"scopes": ["view_event"], "name": "Less"})
    assert (edited["name"], edited["scopes"]) == ("Less", ["view_event"])
    await by(hub, user, key["key"]).get("/v1/events", status=403)
    rotated = await admin.post(f"{path}/rotate?grace_days=0", status=200)
    await by(hub, user, key["key"]).get("/v1/events", status=401)
    await by(hub, user, rotated["key"]).get("/v1/events", status=403)
    assert (await admin.ask("DELETE", path)).status_code == 204
    await by(hub, user, rotated["key"]).get("/v1/events", status=401)


async def test_a_tenants_key_has_no_keys_of_its_own_and_joins_nothing(hub):
    key = by(hub, await hub.the(Role.USER), (await a_tenants(hub, "manage_own_keys", "edit_own_profile"))["key"])
    await key.post("/v1/me/keys", {"name": "x"}, status=404)
    organizer = await hub.the(Role.ORGANIZER)
    link = await organizer.post(f"/v1/events/{(await hub.event())['id']}/join-links", {}, status=201)
    await key.post("/auth/join", {"token": link["token"]}, status=404)


async def test_a_tenants_key_is_of_its_tenant(hub):
    text = (await a_tenants(hub, "list_events"))["key"]
    await hub.event()
    stranger = await hub.person(Role.ADMIN, tenant="acme")
    assert (await by(hub, stranger, text).get("/v1/events"))["@odata.count"] == 1
    assert (await stranger.get(TENANTS))["@odata.count"] == 0


@pytest.mark.parametrize(("path", "field"), [("/v1/me/keys", "expiresAt"), (TENANTS, "expires_at")])
async def test_a_key_ends_in_the_future(hub, path, field):
    admin = await hub.the(Role.ADMIN)
    body = {"name": "x", "scopes": ["list_events"], field: "2026-01-01T00:00:00Z"}
    assert (await admin.post(path, body, status=422))["errors"][0]["pointer"] == f"/{field}"


@pytest.mark.parametrize("revoked", [False, True])
async def test_an_upload_by_a_tenants_key_is_read_while_the_key_is_there(hub, revoked):
    made_ = await a_tenants(hub, "add_artifact", "approve_artifact")
    key = by(hub, await hub.the(Role.USER), made_["key"])
    project = (await hub.project())["id"]
    data = b"%PDF-1.7 nothing"
    body = {"fileName": "paper.pdf", "size": len(data)}
    address = await key.post(f"/v1/projects/{project}/uploads", body, status=201)
    if revoked:
        assert (await (await hub.the(Role.ADMIN)).ask("DELETE", f"{TENANTS}/{made_['id']}")).status_code == 204
    await hub.put(uploaded_name(address), data)
    job = await (await hub.the(Role.ORGANIZER)).get(f"/v1/jobs/{address['jobId']}")
    assert (job["status"] == "failed") is revoked, job
