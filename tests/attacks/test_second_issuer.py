"""Tokens of a second issuer: what is taken by its keys, and every kind of forgery that is not."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from shared.access import Role
from shared.domains.accounts.queries import tokens_of
from tests.application import SECRET
from tests.hub import a_hub

ISSUER, AUDIENCE = "https://login.example/directory/v2.0", "api://hub"
KEY, OTHER, WEAK = (rsa.generate_private_key(65537, size) for size in (2048, 2048, 1024))
CURVE = ec.generate_private_key(ec.SECP256R1())
PUBLIC = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
Json = dict[str, Any]
pytestmark = pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")  # forgers use such keys


def published(kid: str, key: Any = KEY, **others: Any) -> Json:
    algorithm = ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else RSAAlgorithm
    return {**json.loads(algorithm.to_jwk(key.public_key())), "kid": kid, "use": "sig", **others}


@dataclass
class Directory:
    """An issuer that publishes its keys, and counts who asks."""

    keys: list[Any] = field(default_factory=lambda: [published("k1")])
    status: int = 200
    asked: int = 0
    body: bytes = b""
    url: str = ""


@contextmanager
def serving() -> Iterator[Directory]:
    directory = Directory()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            directory.asked += 1
            body = directory.body or json.dumps({"keys": directory.keys}).encode()
            self.send_response(directory.status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    directory.url = f"http://127.0.0.1:{server.server_port}/keys"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield directory
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def directory():
    with serving() as running:
        yield running


@pytest.fixture
async def hub(tmp_path, directory):
    second = {"oidc_issuer": ISSUER, "oidc_audience": AUDIENCE, "oidc_jwks_url": directory.url}
    async with a_hub(tmp_path, **second) as running:
        yield running


@pytest.fixture
async def ada(hub):
    return await hub.app.user(Role.ORGANIZER, email="ada@example.org")


def claims(hub, **others: Any) -> Json:
    now = int(hub.clock.now().timestamp())
    given = {"iss": ISSUER, "aud": AUDIENCE, "sub": "s1", "oid": "o1", "email": "Ada@Example.org"}
    return {
        name: value for name, value in {**given, "iat": now, "exp": now + 3600, **others}.items() if value is not GONE
    }


GONE = object()
HEADER = {"typ": "JWT", "kid": "k1"}


def token(payload: Json, key: Any = KEY, algorithm: str = "RS256", **header: Any) -> str:
    whole = {name: value for name, value in {**HEADER, **header}.items() if value is not GONE}
    text = jwt.encode(payload, key, algorithm, headers=whole)
    if "typ" in whole:
        return text
    return _signed({"alg": algorithm, **whole}, payload, key)


def _part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _signed(header: Json, payload: Any, key: Any = KEY) -> str:
    body = f"{_part(header)}.{_part(payload)}"
    return f"{body}.{_part(jwt.get_algorithm_by_name('RS256').sign(body.encode(), key))}"


def _by_hmac(header: Json, payload: Any, secret: bytes, digest: Any = hashlib.sha256) -> str:
    body = f"{_part(header)}.{_part(payload)}"
    return f"{body}.{_part(hmac.digest(secret, body.encode(), digest))}"


def _with(right: str, place: int, value: Any) -> str:
    """The right token with another header or payload."""
    parts = right.split(".")
    return ".".join([*parts[:place], _part(value), *parts[place + 1 :]])


async def asked(hub, text: str, path: str = "/v1/me"):
    return await hub.app.client.get(path, headers={b"Authorization": b"Bearer " + text.encode(errors="surrogatepass")})


async def test_the_right_token_is_its_account_with_the_rights_of_the_account(hub, ada):
    for payload in (claims(hub), claims(hub, roles=["admin"], scp="assign_roles", tenant_id="acme")):
        answer = await asked(hub, token(payload))
        assert (answer.status_code, answer.json()["id"]) == (200, ada.id)
        assert answer.json()["roles"] == ["organizer", "user"]
    assert (await asked(hub, token(claims(hub, roles=["admin"])), "/v1/admin/audit/logs")).status_code == 403


async def test_the_apps_own_tokens_go_on(hub, ada):
    answer = await hub.app.client.get("/v1/me", headers=hub.app.bearer(ada))
    assert answer.status_code == 200


async def test_an_account_is_bound_to_the_id_that_came_first(hub, ada):
    assert (await asked(hub, token(claims(hub)))).status_code == 200
    assert (await asked(hub, token(claims(hub, oid="o2")))).status_code == 401
    moved = await asked(hub, token(claims(hub, email="another@example.org")))
    assert (moved.status_code, moved.json()["id"]) == (200, ada.id)


async def test_whoever_has_no_account_here_is_nobody(hub, ada):
    await hub.app.user(email="ben@example.org", tenant="acme")
    strangers: list[Json] = [{"email": "ben@example.org"}, {"email": ""}, {"email_verified": False}]
    for number, others in enumerate(strangers):
        answer = await asked(hub, token(claims(hub, oid=f"n{number}", **others)))
        assert (answer.status_code, answer.json()["code"]) == (401, "auth.invalid_token")


@pytest.mark.parametrize("claim", ["preferred_username", "upn"])
async def test_an_email_may_stand_where_entra_writes_it(hub, ada, claim):
    given = claims(hub) | {claim: "ada@example.org"}
    del given["email"]
    assert (await asked(hub, token(given))).json()["id"] == ada.id


async def test_a_disabled_account_is_disabled_whatever_the_issuer_says(hub, ada):
    admin = await hub.the(Role.ADMIN)
    assert (await asked(hub, token(claims(hub)))).status_code == 200
    await admin.patch(f"/v1/admin/users/{ada.id}", {"disabled": True})
    assert (await asked(hub, token(claims(hub)))).json()["code"] == "auth.account_disabled"


Forge = Callable[..., str]
NOW = 1767225600  # 2026-01-01, when the hub's clock stands


ALGORITHMS = (
    "none", "None", "NONE", "nOnE", "", "RS256 ", "rs256", "HS256", "ES256", "PS256", "RS384", "RS512",
)  # fmt: skip
KIDS: tuple[Any, ...] = (
    "", "k2", "K1", "../k1", "k1\u0000", " k1", "' OR 1=1", "/dev/null", "k" * 5000, 1, None, ["k1"], {"k": 1},
)  # fmt: skip


def forgeries() -> dict[str, Forge]:
    """Every kind, by its name: from the hub and a right token of its own to a wrong one."""
    found: dict[str, Forge] = {}

    def add(name: str, forge: Forge) -> None:
        assert name not in found
        found[name] = forge

    for algorithm in (
        "none",
        "None",
        "NONE",
        "nOnE",
        "",
        "RS256 ",
        "rs256",
        "HS256",
        "ES256",
        "PS256",
        "RS384",
        "RS512",
    ):
        head = {**HEADER, "alg": algorithm}
        add(f"unsigned, alg {algorithm!r}", lambda hub, _, head=head: f"{_part(head)}.{_part(claims(hub))}.")
        add(
            f"the right signature's, alg {algorithm!r}",
            lambda hub, _, head=head: f"{_part(head)}.{_part(claims(hub))}." + token(claims(hub)).split(".")[2],
        )
    for algorithm, digest in (("HS256", hashlib.sha256), ("HS384", hashlib.sha384), ("HS512", hashlib.sha512)):
        for name, secret in {
            "its public key": PUBLIC,
            "its public key, stripped": PUBLIC.strip(),
            "its key's JWK": json.dumps(published("k1")).encode(),
            "its modulus": published("k1")["n"].encode(),
            "the app's secret": SECRET.encode(),
            "nothing": b"",
        }.items():
            head = {**HEADER, "alg": algorithm}
            add(
                f"{algorithm} by {name}",
                lambda hub, _, head=head, secret=secret, digest=digest: _by_hmac(head, claims(hub), secret, digest),
            )
    for algorithm in ("RS384", "RS512", "PS256", "PS384", "PS512"):
        add(
            f"another algorithm of the right key, {algorithm}",
            lambda hub, _, algorithm=algorithm: token(claims(hub), KEY, algorithm),
        )
    add("a key of another's", lambda hub, _: token(claims(hub), OTHER))
    add("a weak key", lambda hub, _: token(claims(hub), WEAK))
    add("a curve's key", lambda hub, _: token(claims(hub), CURVE, "ES256"))
    for kid in (
        "",
        "k2",
        "K1",
        "../k1",
        "k1\u0000",
        " k1",
        "' OR 1=1",
        "/dev/null",
        "k" * 5000,
        1,
        None,
        ["k1"],
        {"k": 1},
    ):
        add(
            f"kid {str(kid)[:20]!r}",
            lambda hub, _, kid=kid: _signed({**HEADER, "alg": "RS256", "kid": kid}, claims(hub)),
        )
    for name, value in {
        "jku": "https://evil.example/keys",
        "x5u": "https://evil.example/cert",
        "jwk": published("k1", OTHER),
        "x5c": ["MIIB"],
    }.items():
        add(f"{name} of another's key", lambda hub, _, given={name: value}: token(claims(hub), OTHER, **given))
    add("crit", lambda hub, _: token(claims(hub), crit=["exp"]))
    for typ in ("", "rt+jwt", "JWE", "id+jwt", None, 1):
        add(f"typ {typ!r}", lambda hub, _, typ=typ: _signed({"alg": "RS256", "kid": "k1", "typ": typ}, claims(hub)))
    for name, change in {
        "no iss": {"iss": GONE},
        "another iss": {"iss": "https://evil.example"},
        "iss with a slash": {"iss": ISSUER + "/"},
        "iss in upper case": {"iss": ISSUER.upper()},
        "iss of the app": {"iss": "https://eventhub.internal"},
        "iss a list": {"iss": [ISSUER]},
        "no aud": {"aud": GONE},
        "another aud": {"aud": "api://other"},
        "aud of the app": {"aud": "event-hub-apps"},
        "aud empty": {"aud": []},
        "aud a part": {"aud": "api://hu"},
        "no sub": {"sub": GONE},
        "no exp": {"exp": GONE},
        "exp a text": {"exp": "tomorrow"},
        "exp endless": {"exp": 10**400},
        "expired": {"exp": NOW - 60},
        "no iat": {"iat": GONE},
        "iat to come": {"iat": NOW + 61},
        "nbf to come": {"nbf": NOW + 61},
    }.items():
        add(name, lambda hub, _, change=change: _signed({**HEADER, "alg": "RS256"}, claims(hub, **change)))
    add(
        "a changed claim",
        lambda hub, right: ".".join([right.split(".")[0], _part(claims(hub, oid="o9")), right.split(".")[2]]),
    )
    add(
        "a changed header",
        lambda _, right: ".".join([_part({**HEADER, "alg": "RS256", "x": 1}), *right.split(".")[1:]]),
    )
    add("no signature", lambda _, right: right.rpartition(".")[0] + ".")
    add("two parts", lambda _, right: right.rpartition(".")[0])
    add("four parts", lambda _, right: right + ".x")
    add("a signature cut", lambda _, right: right[:-8])
    add("a signature of zeros", lambda _, right: right.rpartition(".")[0] + "." + _part(bytes(256)))
    add("a claim twice", lambda hub, right: _signed({**HEADER, "alg": "RS256"}, b'{"iss": "x", "iss": 1}'))
    add("a payload that is a list", lambda hub, _: _signed({**HEADER, "alg": "RS256"}, [1]))
    add("a payload that is no JSON", lambda hub, _: _signed({**HEADER, "alg": "RS256"}, b"{"))
    add("a header that is a list", lambda hub, right: _with(right, 0, ["RS256"]))
    add("the app's kid", lambda hub, _: token(claims(hub), kid=tokens_of(hub.app.platform).key_id))
    add(
        "the app's kid by the app's secret, its issuer's claims",
        lambda hub, _: jwt.encode(
            claims(hub), SECRET, "HS256", headers={"kid": tokens_of(hub.app.platform).key_id, "typ": "at+jwt"}
        ),
    )
    return found


KINDS = forgeries()


def test_there_are_at_least_72_kinds():
    assert len(KINDS) >= 72


async def test_no_forged_token_is_taken(hub, ada, directory):
    directory.keys += [published("weak", WEAK), published("curve", CURVE, alg="ES256")]
    right = token(claims(hub))
    assert (await asked(hub, right)).status_code == 200
    for name, forge in KINDS.items():
        answer = await asked(hub, forge(hub, right))
        assert (answer.status_code, answer.json().get("code")) == (401, "auth.invalid_token"), name
        assert answer.headers["www-authenticate"].startswith("Bearer"), name
    assert (await asked(hub, right)).status_code == 200


async def test_keys_that_are_too_weak_or_for_something_else_are_not_taken(hub, ada, directory):
    directory.keys = [
        published("weak", WEAK), published("curve", CURVE), published("enc", use="enc"), published("alg", alg="RS512"),
        {"kty": "oct", "kid": "oct", "k": "AAAA"}, {"kty": "RSA", "kid": "none"}, published("right"),
    ]  # fmt: skip
    for kid, key in (("weak", WEAK), ("enc", KEY), ("alg", KEY), ("none", KEY), ("oct", KEY)):
        assert (await asked(hub, token(claims(hub), key, kid=kid))).status_code == 401, kid
    assert (await asked(hub, token(claims(hub), kid="right"))).status_code == 200


async def test_unknown_keys_are_asked_for_once_a_minute_at_most(hub, ada, directory):
    for number in range(20):
        await asked(hub, token(claims(hub), kid=f"x{number}"))
    assert directory.asked == 1
    directory.keys.append(published("k2", OTHER))
    assert (await asked(hub, token(claims(hub), OTHER, kid="k2"))).status_code == 401
    hub.clock.advance(60)
    assert (await asked(hub, token(claims(hub), OTHER, kid="k2"))).status_code == 200
    assert directory.asked == 2


async def test_a_key_that_the_issuer_withdrew_is_forgotten_within_half_a_day(hub, ada, directory):
    assert (await asked(hub, token(claims(hub)))).status_code == 200
    directory.keys = [published("k2", OTHER)]
    hub.clock.advance(hours=12)
    assert (await asked(hub, token(claims(hub)))).status_code == 401


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b""), (302, b""), (200, b"{"), (200, b"[]"), (200, b'{"keys": 1}'), (200, b" " * 300_000)],
)
async def test_while_the_issuer_fails_known_keys_go_on_and_nothing_breaks(hub, ada, directory, status, body):
    assert (await asked(hub, token(claims(hub)))).status_code == 200
    directory.status, directory.body = status, body
    hub.clock.advance(60)
    assert (await asked(hub, token(claims(hub), kid="new"))).status_code == 401
    assert (await asked(hub, token(claims(hub)))).status_code == 200
