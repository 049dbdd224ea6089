"""The public keys of another issuer, fetched from its JWKS: kept, and asked for again when a key is unknown.

A stranger who makes up key ids has it fetched once a minute at most; keys that are known go on working meanwhile, and
while the issuer is away.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm

from shared.clock import Clock
from shared.platform import telemetry

log = telemetry.logger(__name__)
REFRESHED = timedelta(hours=12)
"""How long keys are taken without asking again: the longest that a key which the issuer withdrew still works."""
AT_MOST_EVERY = timedelta(minutes=1)
SECONDS = 10
MOST_BYTES = 256 * 1024
MOST_KEYS = 100
LEAST_BITS = 2048


class Keys:
    """The RS256 keys at an address, by their id."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._keys: dict[str, RSAPublicKey] = {}
        self._read_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._asking = asyncio.Lock()

    async def get(self, kid: str) -> RSAPublicKey | None:
        """The key of this id; None when the issuer has none, or cannot be asked."""
        if kid not in self._keys or self._is_old(self._read_at, REFRESHED):
            async with self._asking:
                if (kid not in self._keys or self._is_old(self._read_at, REFRESHED)) and self._may_ask():
                    await self._refresh()
        return self._keys.get(kid)

    def _may_ask(self) -> bool:
        return self._is_old(self._asked_at, AT_MOST_EVERY)

    def _is_old(self, moment: datetime | None, age: timedelta) -> bool:
        return moment is None or self._clock.now() >= moment + age

    async def _refresh(self) -> None:
        self._asked_at = self._clock.now()
        try:
            self._keys = usable(await _fetched(self._url))
            self._read_at = self._asked_at
        except Exception as error:  # noqa: BLE001 -- whatever is wrong there, the keys of before go on
            log.warning("keys of another issuer were not read", url=self._url, error=type(error).__name__)


def usable(document: Any) -> dict[str, RSAPublicKey]:
    """The keys of a JWKS that RS256 signatures are verified with; others are left out."""
    found: dict[str, RSAPublicKey] = {}
    for each in document["keys"][:MOST_KEYS]:
        if each.get("kty") == "RSA" and each.get("use", "sig") == "sig" and each.get("alg", "RS256") == "RS256":
            key = _read(each)
            if key is not None and each.get("kid"):
                found[str(each["kid"])] = key
    return found


def _read(each: dict[str, Any]) -> RSAPublicKey | None:
    try:
        key = RSAAlgorithm.from_jwk({name: each[name] for name in ("kty", "n", "e")})
    except (jwt.PyJWTError, KeyError, ValueError, TypeError):
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= LEAST_BITS else None


async def _fetched(url: str) -> Any:
    import aiohttp

    limit = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(timeout=limit) as session, session.get(url, allow_redirects=False) as answer:
        if answer.status != 200:
            raise ValueError(f"{answer.status}")
        body = bytearray()
        async for part in answer.content.iter_chunked(65536):
            body += part
            if len(body) > MOST_BYTES:
                raise ValueError("too large")
        return orjson.loads(body)
