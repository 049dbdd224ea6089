import base64
import json
from pathlib import Path

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.access import Permission, Role
from shared.domains.accounts.model import InvalidToken, User
from shared.domains.accounts.tokens import Tokens
from tests.application import SECRET, a_settings
from tests.fakes import FakeClock

CLOCK = FakeClock()
USER = User(id="usr_1", email="ada@example.org", display_name="Ada", roles={Role.ADMIN}, created_at=CLOCK.now())


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def tokens(tmp_path, clock):
    return Tokens(a_settings(tmp_path), clock)


def test_a_token_says_who_and_where_and_until_when(tokens, clock):
    claims = tokens.verify(tokens.issue(USER, "acme"))
    assert (claims.subject, claims.tenant, claims.scopes) == ("usr_1", "acme", None)
    assert claims.expires - claims.issued == 15 * 60


def test_its_claims_and_header_are_those_of_the_contract(tokens):
    token = tokens.issue(USER, "acme", frozenset({Permission.VIEW_EVENT}))
    payload = jwt.decode(token, options={"verify_signature": False})
    assert {"sub", "email", "name", "roles", "scopes", "tenant_id", "iss", "aud", "iat", "exp", "jti", "epoch"} == set(
        payload
    )
    assert (payload["iss"], payload["aud"]) == ("https://eventhub.internal", "event-hub-apps")
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "at+jwt", "kid": tokens.key_id}
    assert tokens.verify(token).scopes == {Permission.VIEW_EVENT}


def test_it_expires_with_a_minute_of_leeway_even_when_it_is_remembered(tokens, clock):
    token = tokens.issue(USER, "acme")
    clock.advance(minutes=15, seconds=59)
    tokens.verify(token)
    clock.advance(seconds=1)
    with pytest.raises(InvalidToken, match="expired"):
        tokens.verify(token)


def test_one_from_the_future_waits(tokens, clock):
    clock.advance(seconds=61)
    token = tokens.issue(USER, "acme")
    clock.advance(seconds=-61)
    with pytest.raises(InvalidToken, match="not valid yet"):
        tokens.verify(token)
    clock.advance(seconds=1)
    tokens.verify(token)


def test_another_secret_is_another_key(tmp_path, tokens, clock):
    others = Tokens(a_settings(tmp_path, jwt_secret="another secret of more than 32 bytes"), clock)
    with pytest.raises(InvalidToken):
        tokens.verify(others.issue(USER, "acme"))


@given(st.data())
def test_no_change_of_a_token_goes_unnoticed(data):
    tokens = Tokens(a_settings(Path()), CLOCK)
    token = tokens.issue(USER, "acme")
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCDabcd0189-_.="))
    changed = token[:place] + letter + token[place + 1 :]
    if _meaning(changed) != _meaning(token):
        with pytest.raises(InvalidToken):
            tokens.verify(changed)


def _meaning(token):
    """The bytes of the parts: the last letter of base64 has unused bits."""
    try:
        return [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")]
    except ValueError:
        return None


@given(st.text(max_size=100))
def test_any_text_is_refused(text):
    with pytest.raises(InvalidToken):
        Tokens(a_settings(Path()), CLOCK).verify(text)


@pytest.mark.parametrize(
    "change",
    [
        {"sub": None},
        {"tenant_id": None},
        {"jti": None},
        {"exp": None},
        {"iat": None},
        {"exp": "soon"},
        {"exp": 1e400},
        {"iss": "https://evil.example"},
        {"aud": "others"},
        {"aud": None},
        {"scopes": ["no_such_permission"]},
        {"scopes": 5},
        {"nbf": 4102444800},
        {"epoch": None},
        {"epoch": "first"},
    ],
)
def test_claims_that_are_not_right_are_refused_although_signed(tokens, change):
    payload = jwt.decode(tokens.issue(USER, "acme"), options={"verify_signature": False}) | change
    payload = {name: value for name, value in payload.items() if value is not None}
    signed = jwt.encode(payload, SECRET, "HS256", headers={"typ": "at+jwt", "kid": tokens.key_id})
    with pytest.raises(InvalidToken):
        tokens.verify(signed)


def test_two_headers_in_one_are_not_confused(tokens):
    head, body, signature = tokens.issue(USER, "acme").split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**header, "alg": "none"}).encode()).decode().rstrip("=")
    with pytest.raises(InvalidToken):
        tokens.verify(f"{forged}.{body}.{signature}")
