"""Access tokens: signed claims of who somebody is, never of what they may."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta

import jwt

from shared.access import Permission
from shared.clock import Clock
from shared.domains.accounts.model import InvalidToken, User
from shared.settings import Settings

ALGORITHM = "HS256"
LEEWAY = 60
"""Seconds by which clocks may differ."""
TYPE = "at+jwt"
MAX_LENGTH = 8192
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says; times in seconds since 1970. `family` is the sign-in it comes from, if any."""

    subject: str
    tenant: str
    issued: int
    expires: int
    epoch: int
    family: str
    scopes: frozenset[Permission] | None


class Tokens:
    """Issues and verifies the app's own access tokens, with one key and one algorithm.

    Signatures once found good are remembered by hash; times are looked at each time, and the account by whoever asks.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._key = settings.jwt_secret.get_secret_value().encode()
        self.key_id = "hs-" + hashlib.sha256(b"kid" + self._key).hexdigest()[:12]
        self._verified: OrderedDict[bytes, Claims] = OrderedDict()

    @property
    def lifetime(self) -> timedelta:
        return timedelta(minutes=self._settings.access_token_minutes)

    def issue(self, user: User, tenant: str, scopes: frozenset[Permission] | None = None, *, family: str = "") -> str:
        now = int(self._clock.now().timestamp())
        claims = {
            "sub": user.id,
            "email": user.email,
            "name": user.display_name,
            "roles": sorted(user.roles),
            "tenant_id": tenant,
            "iss": self._settings.jwt_issuer,
            "aud": self._settings.jwt_audience,
            "iat": now,
            "exp": now + int(self.lifetime.total_seconds()),
            "jti": self._clock.uuid7().hex,
            "epoch": user.epoch,
        }
        if family:
            claims["sid"] = family
        if scopes is not None:
            claims["scopes"] = sorted(scopes)
        return jwt.encode(claims, self._key, ALGORITHM, headers={"typ": TYPE, "kid": self.key_id})

    def verify(self, token: str) -> Claims:
        """The claims of a token that is ours and of now; raises InvalidToken without saying what gave it away."""
        digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        claims = self._verified.get(digest)
        if claims is None:
            claims = self._verified[digest] = self._read(token)
            if len(self._verified) > _REMEMBERED:
                self._verified.popitem(last=False)
        check_times(claims.issued, claims.expires, self._clock)
        return claims

    def is_ours(self, token: str) -> bool:
        """Whether it says that it is signed with our key."""
        try:
            return bool(jwt.get_unverified_header(token).get("kid") == self.key_id)
        except jwt.PyJWTError:
            return False

    def _read(self, token: str) -> Claims:
        if len(token) > MAX_LENGTH or not token.isascii():
            raise invalid()
        try:
            header = jwt.get_unverified_header(token)
            if header.get("kid") != self.key_id or str(header.get("typ", "")).lower() != TYPE or "crit" in header:
                raise invalid()
            payload = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                issuer=self._settings.jwt_issuer,
                audience=self._settings.jwt_audience,
                # times are compared with the app's own clock, in verify
                options={
                    "require": ["sub", "tenant_id", "iss", "aud", "iat", "exp", "jti", "epoch"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            scopes = payload.get("scopes")
            return Claims(
                subject=str(payload["sub"]),
                tenant=str(payload["tenant_id"]),
                issued=int(max(payload["iat"], payload.get("nbf", 0))),
                expires=int(payload["exp"]),
                epoch=int(payload["epoch"]),
                family=str(payload.get("sid", "")),
                scopes=None if scopes is None else frozenset(map(Permission, scopes)),
            )
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
            raise invalid() from None


def check_times(issued: int, expires: int, clock: Clock) -> None:
    """Raise InvalidToken unless the token is of now."""
    now = clock.now().timestamp()
    if now >= expires + LEEWAY:
        raise invalid("The token has expired; get a new one by POST /auth/refresh.")
    if now < issued - LEEWAY:
        raise invalid("The token is not valid yet.")


def invalid(detail: str = "The token is not one of ours.") -> InvalidToken:
    """The refusal, as RFC 6750 has it."""
    return InvalidToken(detail, headers={"WWW-Authenticate": 'Bearer realm="event-hub", error="invalid_token"'})
