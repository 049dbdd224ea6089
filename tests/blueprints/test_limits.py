"""Rate limits as callers meet them."""

import pytest

from shared.access import Role
from shared.domains.accounts.model import User
from shared.platform.store import save
from tests.hub import Person, a_hub


@pytest.fixture
async def hub(tmp_path):
    async with a_hub(tmp_path, rate_limit_enabled="true", trusted_proxies="192.0.2.7") as running:
        yield running


async def of_tier(hub, tier):
    person = await hub.person(Role.USER)
    store = await hub.store()
    await save(store, (await store.get(User, person.user.id)).with_(tier=tier), "UserEdited")
    return person


async def test_every_answer_tells_what_is_left_until_there_is_nothing(hub):
    ada = await of_tier(hub, "free")
    for left in range(99, -1, -1):
        answer = await ada.ask("GET", "/v1/me" if left % 2 else "/v1/admin/users")
        assert answer.status_code == (200 if left % 2 else 403)
        assert answer.headers["ratelimit"].startswith(f'"hour";r={left};t=3600')
        assert answer.headers["ratelimit-policy"] == '"hour";q=100;w=3600, "minute";q=100;w=60'
    answer = await ada.ask("GET", "/v1/me")
    assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (429, "rate.limited", True)
    assert answer.headers["retry-after"] == "3600"
    assert answer.headers["ratelimit"].startswith('"hour";r=0;t=3600')


async def test_a_key_and_its_owner_share_their_permits(hub):
    ada = await of_tier(hub, "free")
    key = (await ada.post("/v1/me/keys", {"name": "Mine"}))["key"]
    by_key = Person(hub.app.client, ada.user, {"X-API-Key": key})
    for _ in range(99):
        await by_key.get("/v1/me")
    await ada.get("/v1/me", status=429)
    await by_key.get("/v1/me", status=429)


async def test_strangers_are_limited_by_address_and_an_address_is_believed_from_proxies_only(hub):
    nobody = Person(hub.app.client, (await hub.the(Role.USER)).user, {})
    for _ in range(50):
        assert (await nobody.ask("GET", "/v1/me", x_forwarded_for="198.51.100.1")).status_code == 401
    for path in ("/v1/me", "/nowhere"):
        answer = await nobody.ask("GET", path, x_forwarded_for="198.51.100.1")
        assert answer.status_code == 429
    assert (await nobody.ask("GET", "/v1/me", x_forwarded_for="198.51.100.2")).status_code == 401
    spoofed = await nobody.ask("GET", "/v1/me", x_forwarded_for="203.0.113.9, 198.51.100.1")
    assert spoofed.status_code == 429


async def test_health_docs_and_signing_in_are_exempt(hub):
    nobody = Person(hub.app.client, (await hub.the(Role.USER)).user, {})
    for _ in range(51):
        last = await nobody.ask("GET", "/v1/me")
    assert last.status_code == 429
    for path in ("/health", "/ready", "/docs", "/openapi.json"):
        answer = await nobody.ask("GET", path)
        assert answer.status_code in {200, 503}
        assert "ratelimit" not in answer.headers
    await nobody.post("/auth/token", {"email": "nobody@example.org", "password": "wrong password"}, status=401)
    await nobody.post("/auth/refresh", {"refresh_token": "x"}, status=401)
    assert (await nobody.ask("OPTIONS", "/v1/me")).status_code == 204


async def test_nothing_is_limited_where_it_is_not_wanted(tmp_path):
    async with a_hub(tmp_path) as hub:
        ada = await of_tier(hub, "free")
        for _ in range(101):
            answer = await ada.ask("GET", "/v1/me")
            assert answer.status_code == 200
        assert "ratelimit" not in answer.headers
