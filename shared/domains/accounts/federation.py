"""Tokens of a second issuer, such as Microsoft Entra ID: RS256 by its JWKS, for accounts that the hub has.

A token says who somebody is, by the issuer's own id and an e-mail; what they may is the account's to say. The first
token binds the account of its e-mail to that id: from then on the id finds it, and no other id does.
"""

import hashlib
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import jwt

from shared.access import Actor
from shared.clock import Clock, derived_id
from shared.domains.accounts import directory
from shared.domains.accounts.jwks import Keys
from shared.domains.accounts.model import User
from shared.domains.accounts.queries import caller
from shared.domains.accounts.tokens import MAX_LENGTH, check_times, invalid
from shared.platform.opened import Platform
from shared.platform.store import AlreadyExists, Stale, Store, Stores, Write, save
from shared.platform.store.records import Record
from shared.settings import Settings

ALGORITHM = "RS256"
TYPES = frozenset({"jwt", "at+jwt"})
ATTEMPTS = 5
LONGEST = 48 * 3600
"""Seconds that a token may hold, twice what issuers give: an account that is gone there is not known here for good."""
_REMEMBERED = 4096


_federations: "WeakKeyDictionary[Platform, Federation]" = WeakKeyDictionary()


async def authenticate(platform: Platform, token: str, address: str) -> Actor:
    """Whoever the second issuer's token names, as their account says now: two point reads."""
    federation = _federations.get(platform)
    if federation is None:
        federation = _federations[platform] = Federation(platform.settings, platform.clock)
    store, user = await federation.account(await platform.stores(), await federation.verify(token))
    actor = await caller(store, user, None, address)
    if actor is None:
        raise invalid("The account of this token is gone.")
    return actor


class Identity(Record):
    """Which account another issuer's id is; under the hash of issuer and id."""

    kind: ClassVar[str] = "identity"

    user: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """What a valid token of the other issuer says; times in seconds since 1970."""

    identity: str
    email: str
    issued: int
    expires: int


class Federation:
    """Verifies the other issuer's tokens, with its algorithm alone, and finds their accounts."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._keys = Keys(settings.oidc_jwks_url, clock)
        self._verified: OrderedDict[bytes, Foreign] = OrderedDict()

    async def verify(self, token: str) -> Foreign:
        """What a token says that is the issuer's and of now; raises InvalidToken."""
        digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        claims = self._verified.get(digest)
        if claims is None:
            claims = self._verified[digest] = await self._read(token)
            if len(self._verified) > _REMEMBERED:
                self._verified.popitem(last=False)
        check_times(claims.issued, claims.expires, self._clock)
        return claims

    async def account(self, stores: Stores, claims: Foreign) -> tuple[Store, str]:
        """The account's store and id, bound to the issuer's id from now on; raises InvalidToken."""
        store = stores.open(self._settings.oidc_tenant or self._settings.default_tenant)
        known = await store.get(Identity, claims.identity)
        user = known.user if known else await _bound(stores, store, claims)
        if user is None:
            raise invalid("There is no account for you here; ask an administrator for one with your e-mail.")
        return store, user

    async def _read(self, token: str) -> Foreign:
        if len(token) > MAX_LENGTH or not token.isascii():
            raise invalid()
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") != ALGORITHM or str(header.get("typ", "")).lower() not in TYPES or "crit" in header:
                raise invalid()
            key = await self._keys.get(str(header.get("kid", "")))
            if key is None:
                raise invalid()
            payload = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=self._settings.oidc_issuer,
                audience=self._settings.oidc_audience,
                # times are compared with the app's own clock, in verify
                options={
                    "require": ["sub", "iss", "aud", "iat", "exp"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            return self._claims(payload)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, AttributeError):
            raise invalid() from None

    def _claims(self, payload: dict[str, Any]) -> Foreign:
        issued, expires = int(max(payload["iat"], payload.get("nbf", 0))), int(payload["exp"])
        if expires - issued > LONGEST:
            raise invalid()
        email = str(payload.get("email") or payload.get("preferred_username") or payload.get("upn") or "")
        return Foreign(
            identity=derived_id("idn", self._settings.oidc_issuer, str(payload.get("oid") or payload["sub"])),
            email="" if payload.get("email_verified") is False else email,
            issued=issued,
            expires=expires,
        )


async def _bound(stores: Stores, store: Store, claims: Foreign) -> str | None:
    """The account of the e-mail, unless it is another id's."""
    places = await directory.places(stores, claims.email) if claims.email else ()
    mine = next((place.user for place in places if place.tenant == store.tenant), None)
    for _ in range(ATTEMPTS):
        user = await store.get(User, mine) if mine else None
        if user is None or user.identity not in ("", claims.identity):
            return None
        with suppress(Stale):
            if not user.identity:
                await save(store, user.with_(identity=claims.identity), "IdentityBound")
            with suppress(AlreadyExists):
                await store.commit(Write(claims.identity).create(Identity(id=claims.identity, user=user.id)))
            return user.id
    return None
