"""Every row of what wrong tokens get."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from blueprints import accounts
from shared.access import Role
from shared.domains.accounts.queries import tokens_of
from tests.application import PASSWORD, SECRET, Application, running


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Application]:
    async with running(tmp_path, [accounts.api.blueprint]) as application:
        yield application


@pytest.fixture
async def user(app):
    return await app.user(Role.ADMIN, email="ada@example.org")


@pytest.fixture
def good(app, user):
    """A token that is right, as its header, its payload and its text."""
    text = tokens_of(app.platform).issue(user, "default")
    return jwt.get_unverified_header(text), jwt.decode(text, options={"verify_signature": False}), text


async def asked(app, token: str, scheme: str = "Bearer"):
    return await app.client.get("/v1/me", headers={"Authorization": f"{scheme} {token}"})


def refused(answer, status: int = 401) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert SECRET not in answer.text


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def unsigned(header: Any, payload: Any) -> str:
    return f"{encoded(header)}.{encoded(payload)}."


def signed(header: Any, payload: Any, key: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(payload, key, algorithm, headers={k: v for k, v in header.items() if k != "alg"})


async def test_the_right_token_is_let_in(app, good):
    assert (await asked(app, good[2])).status_code == 200
    assert (await asked(app, good[2], "bearer")).status_code == 200


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "}]
)
async def test_no_token(app, user, header):
    refused(await app.client.get("/v1/me", headers=header))


@pytest.mark.parametrize("scheme", ["Basic", "Token", "JWT"])
async def test_another_scheme(app, good, scheme):
    refused(await asked(app, good[2], scheme))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
async def test_alg_none(app, good, algorithm):
    header, payload, text = good
    refused(await asked(app, unsigned({**header, "alg": algorithm}, payload)))
    refused(await asked(app, unsigned({**header, "alg": algorithm}, payload) + text.split(".")[2]))


async def test_an_rsa_public_key_as_an_hmac_secret(app, good):
    header, payload, _ = good
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    refused(await asked(app, signed(header, payload, private.decode(), "RS256")))
    unsigned_part = f"{encoded(header)}.{encoded(payload)}"
    signature = base64.urlsafe_b64encode(hmac.digest(public, unsigned_part.encode(), hashlib.sha256)).decode()
    refused(await asked(app, f"{unsigned_part}.{signature.rstrip('=')}"))


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
async def test_another_algorithm_of_the_family_with_the_right_secret(app, good, algorithm):
    header, payload, _ = good
    refused(await asked(app, signed(header, payload, SECRET, algorithm)))


async def test_an_unknown_or_missing_kid(app, good):
    header, payload, _ = good
    for kid in ("other", "../../etc/passwd", "' OR 1=1", ""):
        refused(await asked(app, signed({**header, "kid": kid}, payload)))
    refused(await asked(app, signed({"typ": "at+jwt"}, payload)))


async def test_keys_in_the_header_are_ignored(app, good):
    header, payload, _ = good
    attackers = rsa.generate_private_key(65537, 2048)
    pem = attackers.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    own = {"jwk": {"kty": "oct", "k": "AAAA"}, "jku": "https://evil.example/keys", "x5u": "https://evil.example/cert"}
    for name, value in own.items():
        refused(await asked(app, signed({**header, name: value}, payload, pem, "RS256")))
        refused(await asked(app, signed({**header, name: value}, payload, "attacker's secret of more than 32 bytes")))
        assert (await asked(app, signed({**header, name: value}, payload))).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"aud": "other-apps"},
        {"iss": None},
        {"aud": None},
        {"sub": None},
        {"exp": None},
    ],
)
async def test_wrong_claims(app, good, change):
    header, payload, _ = good
    changed = {name: value for name, value in {**payload, **change}.items() if value is not None}
    refused(await asked(app, signed(header, changed)))


@pytest.mark.parametrize("typ", ["JWT", "jwt", "rt+jwt", "", None])
async def test_wrong_typ(app, good, typ):
    header, payload, _ = good
    refused(await asked(app, signed({**header, "typ": typ}, payload)))


async def test_expired_or_not_yet_valid_beyond_a_minute(app, good):
    header, payload, _ = good
    now = int(app.clock.now().timestamp())
    for change in ({"exp": now - 60}, {"iat": now + 61}, {"nbf": now + 61}):
        refused(await asked(app, signed(header, {**payload, **change})))
    for change in ({"exp": now - 59}, {"iat": now + 60}, {"nbf": now + 60}):
        assert (await asked(app, signed(header, {**payload, **change}))).status_code == 200


async def test_another_secret(app, good):
    header, payload, _ = good
    refused(await asked(app, signed(header, payload, "another secret of more than 32 bytes")))


async def test_a_refresh_token_as_an_access_token(app, user):
    body = {"email": "ada@example.org", "password": PASSWORD}
    session = (await app.client.post("/auth/token", json=body)).json()
    refused(await asked(app, session["refresh_token"]))
    refresh = await app.client.post("/auth/refresh", json={"refresh_token": session["access_token"]})
    refused(refresh)


async def test_roles_in_a_token_give_nothing(app, good):
    user = await app.user()
    header, payload, _ = good
    answer = await app.client.get(
        "/v1/admin/users",
        headers={"Authorization": "Bearer " + signed(header, {**payload, "sub": user.id, "roles": ["admin"]})},
    )
    assert answer.status_code == 403


async def test_the_tenant_of_a_token_is_where_the_account_must_be(app, good):
    header, payload, _ = good
    for tenant in ("acme", "system", "a/b", "", "x" * 300):
        refused(await asked(app, signed(header, {**payload, "tenant_id": tenant})))


async def test_an_account_that_is_gone(app, good):
    header, payload, _ = good
    refused(await asked(app, signed(header, {**payload, "sub": "usr_gone"})))
    refused(await asked(app, signed(header, {**payload, "sub": "a/b?c"})))


async def test_scopes_limit_and_never_widen(app, good):
    header, payload, _ = good
    limited = {"Authorization": "Bearer " + signed(header, {**payload, "scopes": ["view_own_profile"]})}
    assert (await app.client.get("/v1/me", headers=limited)).status_code == 200
    assert (await app.client.get("/v1/admin/users", headers=limited)).status_code == 403
    user = await app.user()
    wide = {"Authorization": "Bearer " + signed(header, {**payload, "sub": user.id, "scopes": ["view_all_users"]})}
    assert (await app.client.get("/v1/admin/users", headers=wide)).status_code == 403


@pytest.mark.parametrize("parameter", ["access_token", "token", "ACCESS_TOKEN", "jwt"])
async def test_a_token_in_the_query_string(app, good, parameter):
    for headers in ({}, {"Authorization": f"Bearer {good[2]}"}):
        answer = await app.client.get(f"/v1/me?{parameter}={good[2]}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "auth.token_in_query")
        assert good[2] not in answer.text


@pytest.mark.parametrize("token", ["x", "a.b", "a.b.c", "....", "e30.e30.", "é.é.é", "\x7f", "a" * 20_000])
async def test_what_is_no_token_at_all(app, user, token):
    answer = await app.client.get("/v1/me", headers={b"Authorization": b"Bearer " + token.encode()})
    refused(answer)
