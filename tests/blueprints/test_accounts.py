from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from blueprints import accounts
from shared.access import Role
from tests.application import PASSWORD, Application, running

NOBODY = "usr_0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e0f"


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Application]:
    async with running(tmp_path, [accounts.api.blueprint]) as application:
        yield application


@pytest.fixture
async def admin(app: Application) -> dict[str, str]:
    return await app.signed_in(Role.ADMIN)


@pytest.mark.parametrize("path", ["/auth/token", "/api/auth/login", "/api/v1/auth/login"])
async def test_a_password_gets_tokens(app, path):
    user = await app.user(Role.ORGANIZER, email="Ada@Example.org")
    answer = await app.client.post(path, json={"username": "ada@example.ORG", "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    session = answer.json()
    assert set(session) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (session["token_type"], session["expires_in"]) == ("bearer", 900)
    me = await app.client.get("/v1/me", headers={"Authorization": f"Bearer {session['access_token']}"})
    assert (me.json()["id"], me.json()["email"]) == (user.id, "ada@example.org")


async def test_a_wrong_password_is_401_and_the_eleventh_429(app):
    await app.user(email="ada@example.org")
    wrong = {"email": "ada@example.org", "password": "wrong password"}
    for _ in range(10):
        answer = await app.client.post("/auth/token", json=wrong)
        assert (answer.status_code, answer.json()["code"]) == (401, "auth.wrong_credentials")
        assert "www-authenticate" in answer.headers
    answer = await app.client.post("/auth/token", json=wrong)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "900")


async def test_sessions_are_renewed_and_ended(app):
    await app.user(email="ada@example.org")
    session = (await app.client.post("/auth/token", json={"email": "ada@example.org", "password": PASSWORD})).json()
    renewed = await app.client.post("/auth/refresh", json={"refresh_token": session["refresh_token"]})
    assert renewed.status_code == 200
    ended = await app.client.post("/auth/logout", json={"refresh_token": renewed.json()["refresh_token"]})
    assert ended.status_code == 204
    again = await app.client.post("/auth/refresh", json={"refresh_token": renewed.json()["refresh_token"]})
    assert (again.status_code, again.json()["code"]) == (401, "auth.invalid_token")


async def test_people_see_and_change_themselves(app):
    me = await app.signed_in(display_name="Ada")
    shown = await app.client.get("/v1/me", headers=me)
    assert shown.json()["displayName"] == "Ada"
    assert {"passwordHash", "epoch", "signedOut"}.isdisjoint(shown.json())
    headers = me | {"If-Match": shown.headers["etag"], "Content-Type": "application/merge-patch+json"}
    edited = await app.client.patch("/v1/me", content='{"preferences": {"theme": "dark"}}', headers=headers)
    assert edited.json()["preferences"] == {"theme": "dark", "notifications": True}
    assert (await app.client.patch("/v1/me", content="{}", headers=headers)).status_code == 412


@pytest.mark.parametrize("field", ["id", "tenantId", "roles", "status", "email", "tier", "disabled", "lastLoginAt"])
async def test_nobody_gives_themselves_more(app, field):
    answer = await app.client.patch("/v1/me", json={field: "admin"}, headers=await app.signed_in())
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"pointer": f"/{field}", "detail": "Extra inputs are not permitted"}]


async def test_a_password_is_changed_by_who_knows_it(app):
    me = await app.signed_in(email="ada@example.org")
    change = {"currentPassword": PASSWORD, "newPassword": "a new password"}
    wrong = change | {"currentPassword": "wrong password"}
    assert (await app.client.post("/v1/me/password", json=wrong, headers=me)).status_code == 401
    app.clock.advance(2)
    assert (await app.client.post("/v1/me/password", json=change, headers=me)).status_code == 204
    assert (await app.client.get("/v1/me", headers=me)).status_code == 401
    signed_in = await app.client.post("/auth/token", json={"email": "ada@example.org", "password": "a new password"})
    assert signed_in.status_code == 200


@pytest.mark.parametrize("password", ["short", "x" * 257, 12345678])
async def test_passwords_have_8_to_256_characters(app, admin, password):
    body = {"email": "b@example.org", "displayName": "B", "password": password}
    answer = await app.client.post("/v1/admin/users", json=body, headers=admin)
    assert answer.status_code == 400
    assert str(password) not in answer.text


@pytest.mark.parametrize("password", ["Password1", "I am ben2024", "benedict ben"])
async def test_no_password_that_is_easy_to_guess_is_set_anywhere(app, admin, password):
    person = {"email": "ben@example.org", "displayName": "Benedict Ben"}
    refused = await app.client.post("/v1/admin/users", json=person | {"password": password}, headers=admin)
    told(refused, "/password", password)
    invited = await app.client.post("/v1/admin/users", json=person, headers=admin)
    token = invited.json()["invitationToken"]
    told(await app.client.post("/auth/invitation", json={"token": token, "password": password}), "/password", password)
    accepted = await app.client.post("/auth/invitation", json={"token": token, "password": PASSWORD})
    me = {"Authorization": f"Bearer {accepted.json()['access_token']}"}
    change = {"currentPassword": PASSWORD, "newPassword": password}
    told(await app.client.post("/v1/me/password", json=change, headers=me), "/newPassword", password)
    assert (await app.client.get("/v1/me", headers=me)).status_code == 200


def told(answer, pointer, password):
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "auth.guessable_password")
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
    assert password not in answer.text


async def test_administrators_make_accounts(app, admin):
    body = {"email": "Ben@Example.org", "displayName": "Ben", "roles": ["presenter"], "password": PASSWORD}
    made = await app.client.post("/v1/admin/users", json=body, headers=admin)
    assert made.status_code == 201
    assert made.json()["roles"] == ["presenter", "user"]
    assert made.json()["invitationToken"] is None
    shown = await app.client.get(made.headers["location"], headers=admin)
    assert shown.json()["email"] == "ben@example.org"
    taken = await app.client.post("/v1/admin/users", json=body, headers=admin)
    assert (taken.status_code, taken.json()["code"]) == (409, "user.email_taken")


async def test_an_account_without_a_password_is_invited(app, admin):
    body = {"email": "ben@example.org", "displayName": "Ben"}
    made = (await app.client.post("/v1/admin/users", json=body, headers=admin)).json()
    accepted = await app.client.post(
        "/auth/invitation", json={"token": made["invitationToken"], "password": "my first password"}
    )
    me = await app.client.get("/v1/me", headers={"Authorization": f"Bearer {accepted.json()['access_token']}"})
    assert me.json()["id"] == made["id"]


async def test_a_repeated_creation_finds_its_own(app, admin):
    body, key = {"email": "ben@example.org", "displayName": "Ben"}, {"Idempotency-Key": "k1"}
    first = await app.client.post("/v1/admin/users", json=body, headers=admin | key)
    again = await app.client.post("/v1/admin/users", json=body, headers=admin | key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()


@pytest.mark.parametrize(
    "email", ["ben", "ben@", "@example.org", "a b@example.org", "ben@exa mple.org", "b@" + "x" * 260]
)
async def test_an_email_has_its_form(app, admin, email):
    body = {"email": email, "displayName": "Ben"}
    assert (await app.client.post("/v1/admin/users", json=body, headers=admin)).status_code == 400


async def test_accounts_are_listed_within_the_tenant(app, admin):
    await app.user(Role.REVIEWER, email="rita@example.org")
    await app.user(Role.REVIEWER, tenant="acme")
    asked = {"$filter": "roles/any(r: r eq 'reviewer')", "$orderBy": "email"}
    listed = (await app.client.get("/v1/admin/users", params=asked, headers=admin)).json()
    assert [user["email"] for user in listed["value"]] == ["rita@example.org"]
    assert listed["@odata.count"] == 1


async def test_organizers_see_accounts_and_users_do_not(app):
    path = f"/v1/admin/users/{NOBODY}"
    assert (await app.client.get(path, headers=await app.signed_in(Role.ORGANIZER))).status_code == 404
    assert (await app.client.get(path, headers=await app.signed_in(Role.MODERATOR))).status_code == 403


async def test_another_tenants_account_is_as_a_missing_one(app, admin):
    foreign = await app.user(tenant="acme")
    answers = [await app.client.get(f"/v1/admin/users/{each}", headers=admin) for each in (foreign.id, NOBODY)]
    theirs, missing = [{**each.json(), "instance": "", "correlationId": ""} for each in answers]
    assert theirs == missing
    assert [each.status_code for each in answers] == [404, 404]


async def test_a_demotion_bites_at_once(app, admin):
    user = await app.user(Role.ADMIN)
    theirs = app.bearer(user)
    assert (await app.client.get("/v1/admin/users", headers=theirs)).status_code == 200
    path = f"/v1/admin/users/{user.id}/roles"
    assert (await app.client.patch(path, json={"roles": ["user"]}, headers=admin)).status_code == 200
    assert (await app.client.get("/v1/admin/users", headers=theirs)).status_code == 403
    assert (await app.client.post(path, json={"roles": ["organizer"]}, headers=admin)).json()["roles"] == [
        "organizer",
        "user",
    ]
    assert (await app.client.get("/v1/admin/users", headers=theirs)).status_code == 200


async def test_the_last_administrator_stays(app):
    user = await app.user(Role.ADMIN)
    me = app.bearer(user)
    for path, body in (("/roles", {"roles": ["user"]}), ("", {"disabled": True})):
        answer = await app.client.patch(f"/v1/admin/users/{user.id}{path}", json=body, headers=me)
        assert (answer.status_code, answer.json()["code"]) == (409, "user.last_administrator")
    assert (await app.client.get("/v1/admin/users", headers=me)).status_code == 200


async def test_a_disabled_account_is_401_at_once(app, admin):
    user = await app.user()
    disabled = await app.client.patch(f"/v1/admin/users/{user.id}", json={"disabled": True}, headers=admin)
    assert disabled.json()["disabled"] is True
    answer = await app.client.get("/v1/me", headers=app.bearer(user))
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.account_disabled")


async def test_the_first_sign_in_makes_the_first_administrator(tmp_path):
    first = {"bootstrap_admin_email": "admin@hub.local", "bootstrap_admin_password": "the first password"}
    async with running(tmp_path, [accounts.api.blueprint], **first) as app:
        body = {"email": "admin@hub.local", "password": "the first password"}
        session = (await app.client.post("/auth/token", json=body)).json()
        headers = {"Authorization": f"Bearer {session['access_token']}"}
        assert (await app.client.get("/v1/admin/users", headers=headers)).json()["@odata.count"] == 1
