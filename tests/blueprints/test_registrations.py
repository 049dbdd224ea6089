"""Registering: who may ask, what they learn, who confirms."""

import asyncio

import pytest

from shared.access import Role
from shared.domains.accounts.model import Credential
from shared.domains.joining.model import Registration
from shared.platform.store import Change
from tests.application import PASSWORD
from tests.fakes import HeldMail
from tests.hub import Person, a_hub

ADA = {"email": "ada@example.org", "displayName": "Ada", "password": PASSWORD}
MAILED = {"smtp_host": "mail.example", "mail_from": "hub@example.org"}


async def nobody(hub):
    return Person(hub.app.client, (await hub.the(Role.USER)).user, {})


def token_in(text):
    return next(line for line in text.splitlines() if len(line) > 60 and " " not in line)


@pytest.fixture
async def mailing(tmp_path):
    """A hub that sends mail, and what it sent."""
    async with a_hub(tmp_path, **MAILED) as hub:
        mail = HeldMail()
        hub.app.platform._open["mail"] = mail
        yield hub, mail


async def test_an_account_is_made_once_the_mailed_token_comes_back(mailing):
    hub, mail = mailing
    stranger = await nobody(hub)
    asked = await stranger.post("/auth/register", ADA, status=202)
    assert asked == {"confirmedBy": "mail"}
    await hub.settle()
    ((to, _, text),) = mail.sent
    assert to == "ada@example.org"
    token = token_in(text)
    await stranger.post("/auth/token", {"email": ADA["email"], "password": PASSWORD}, status=401)
    session = await stranger.post("/auth/register/confirm", {"token": token}, status=200)
    ada = Person(hub.app.client, stranger.user, {"Authorization": f"Bearer {session['access_token']}"})
    assert (await ada.get("/v1/me"))["roles"] == ["user"]
    await stranger.post("/auth/token", {"email": ADA["email"], "password": PASSWORD}, status=200)
    await stranger.post("/auth/register/confirm", {"token": token}, status=401)


async def test_a_known_and_an_unknown_email_get_one_answer_by_the_same_steps(mailing):
    hub, mail = mailing
    stranger = await nobody(hub)
    await hub.person(email="known@example.org")
    answers = [await stranger.ask("POST", "/auth/register", ADA | {"email": email}) for email in EMAILS]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    await hub.settle()
    assert sorted(to for to, _, _ in mail.sent) == sorted(EMAILS)
    texts = {to: text.replace(token_in(text), "") for to, _, text in mail.sent}
    assert len(set(texts.values())) == 1
    token = next(token_in(text) for to, _, text in mail.sent if to == EMAILS[0])
    assert (await stranger.post("/auth/register/confirm", {"token": token}, status=409))["code"] == "user.email_taken"


EMAILS = ("known@example.org", "unknown@example.org")


async def test_where_no_mail_is_sent_an_administrator_confirms_or_refuses(hub):
    stranger, admin = await nobody(hub), await hub.the(Role.ADMIN)
    for email in EMAILS:
        assert (await stranger.post("/auth/register", ADA | {"email": email}, status=202))[
            "confirmedBy"
        ] == "administrator"
    one, other = (await admin.get("/v1/admin/registrations"))["value"]
    assert set(one) == {"@odata.etag", "id", "email", "displayName", "createdAt", "expiresAt"}
    profile = await admin.post(f"/v1/admin/registrations/{one['id']}/confirm", status=200)
    assert (profile["email"], profile["roles"]) == (EMAILS[0], ["user"])
    await admin.post(f"/v1/admin/registrations/{other['id']}/refuse", status=204)
    assert (await admin.get("/v1/admin/registrations"))["@odata.count"] == 0
    await admin.post(f"/v1/admin/registrations/{other['id']}/confirm", status=404)
    await stranger.post("/auth/token", {"email": EMAILS[0], "password": PASSWORD}, status=200)
    await stranger.post("/auth/token", {"email": EMAILS[1], "password": PASSWORD}, status=401)


async def test_many_confirmations_at_once_make_one_account(hub):
    stranger, admin = await nobody(hub), await hub.the(Role.ADMIN)
    await stranger.post("/auth/register", ADA, status=202)
    (waiting,) = (await admin.get("/v1/admin/registrations"))["value"]
    path = f"/v1/admin/registrations/{waiting['id']}/confirm"
    answers = await asyncio.gather(*(admin.ask("POST", path) for _ in range(5)))
    assert {answer.status_code for answer in answers} <= {200, 404}
    assert (await admin.get("/v1/admin/users", _filter="email eq 'ada@example.org'"))["@odata.count"] == 1


async def test_only_administrators_see_who_waits(hub):
    for role in set(Role) - {Role.ADMIN}:
        await (await hub.the(role)).get("/v1/admin/registrations", status=403)


async def test_a_registration_is_forgotten_after_three_days(hub):
    await (await nobody(hub)).post("/auth/register", ADA, status=202)
    hub.clock.advance(days=3)
    admin = await hub.person(Role.ADMIN)
    assert (await admin.get("/v1/admin/registrations"))["@odata.count"] == 0


async def test_passwords_and_tokens_of_who_waits_are_kept_as_hashes_and_told_to_nobody(hub):
    await (await nobody(hub)).post("/auth/register", ADA, status=202)
    store = await hub.store()
    (waiting,) = (await store.query(Registration)).items
    assert waiting.password_hash.startswith("$argon2id$")
    told = [each for each in (await store.query(Change)).items if each.event_type == "RegistrationAsked"]
    assert told[0].data == {}


@pytest.mark.parametrize(
    ("settings", "email", "status"),
    [
        ({"registration": "closed"}, "ada@example.org", 403),
        ({"registration": "domains", "registration_domains": "Example.org, other.example"}, "ada@example.ORG", 202),
        ({"registration": "domains", "registration_domains": "example.org"}, "ada@sub.example.org", 403),
        ({"registration": "domains", "registration_domains": "example.org"}, "ada@notexample.org", 403),
    ],
)
async def test_it_is_settings_who_may_register(tmp_path, settings, email, status):
    async with a_hub(tmp_path, **settings) as hub:
        problem = await (await nobody(hub)).post("/auth/register", ADA | {"email": email}, status=status)
        assert status == 202 or problem["code"] == "registration.closed"


async def test_an_address_and_an_email_register_only_so_often(hub):
    stranger = await nobody(hub)
    for _ in range(5):
        await stranger.post("/auth/register", ADA, status=202)
    assert (await stranger.post("/auth/register", ADA, status=429))["code"] == "rate.limited"
    for number in range(44):
        await stranger.post("/auth/register", ADA | {"email": f"a{number}@example.org"}, status=202)
    await stranger.post("/auth/register", ADA | {"email": "last@example.org"}, status=429)


async def test_what_cannot_be_an_account_is_refused_at_once(hub):
    stranger = await nobody(hub)
    await stranger.post("/auth/register", ADA | {"password": "password1"}, status=422)
    await stranger.post("/auth/register", ADA | {"roles": ["admin"]}, status=400)
    await stranger.post("/auth/register/confirm", {"token": "x"}, status=401)


async def test_a_reset_link_sets_a_new_password_once_and_ends_all_sessions(hub):
    stranger, admin = await nobody(hub), await hub.the(Role.ADMIN)
    ada = await hub.app.user(Role.PRESENTER, email="ada@example.org")
    before = await stranger.post("/auth/token", {"email": ada.email, "password": PASSWORD})
    path = f"/v1/admin/users/{ada.id}/reset-link"
    links = [await admin.post(path, status=201) for _ in range(2)]
    await stranger.post("/auth/token", {"email": ada.email, "password": PASSWORD}, status=200)
    given = {"token": links[0]["token"], "password": "three new words"}
    session = await stranger.post("/auth/reset", given, status=200)
    for token in (links[0]["token"], links[1]["token"]):
        await stranger.post("/auth/reset", given | {"token": token}, status=401)
    await stranger.post("/auth/refresh", {"refresh_token": before["refresh_token"]}, status=401)
    old = Person(hub.app.client, ada, {"Authorization": f"Bearer {before['access_token']}"})
    await old.get("/v1/me", status=401)
    new = Person(hub.app.client, ada, {"Authorization": f"Bearer {session['access_token']}"})
    assert (await new.get("/v1/me"))["roles"] == ["presenter", "user"]
    await stranger.post("/auth/token", {"email": ada.email, "password": PASSWORD}, status=401)
    await stranger.post("/auth/token", {"email": ada.email, "password": "three new words"}, status=200)


async def test_a_reset_link_holds_for_a_day(hub):
    stranger, admin = await nobody(hub), await hub.the(Role.ADMIN)
    ada = await hub.app.user(email="ada@example.org")
    made = await admin.post(f"/v1/admin/users/{ada.id}/reset-link", status=201)
    hub.clock.advance(hours=24)
    await stranger.post("/auth/reset", {"token": made["token"], "password": "three new words"}, status=401)


async def test_a_reset_link_is_an_administrators_who_signed_in(hub):
    admin, ada = await hub.the(Role.ADMIN), await hub.the(Role.USER)
    path = f"/v1/admin/users/{ada.user.id}/reset-link"
    await (await hub.the(Role.ORGANIZER)).post(path, status=403)
    key = (await admin.post("/v1/me/keys", {"name": "x", "scopes": ["create_user"]}))["key"]
    await Person(hub.app.client, admin.user, {"X-API-Key": key}).post(path, status=403)
    store = await hub.store()
    assert not [each for each in (await store.query(Change, aggregate=ada.user.id)).items if "Reset" in each.event_type]
    assert await store.get(Credential, f"password_{ada.user.id}", ada.user.id) is None
