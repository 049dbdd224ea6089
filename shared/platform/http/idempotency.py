"""Idempotency-Key: the same request of the same caller is carried out once, and answered alike for a day."""

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable

from azurefunctions.extensions.http.fastapi import Response

from shared.clock import Clock
from shared.errors import Problem
from shared.platform.http.call import Call
from shared.platform.store import idempotency
from shared.platform.store.idempotency import Answer, Attempt
from shared.settings import Settings

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT = ("content-type", "etag", "location", "retry-after")


class BadKey(Problem):
    """The Idempotency-Key is not one."""

    code = "idempotency.bad_key"
    title = "The Idempotency-Key cannot be used"


async def once(call: Call, key: str, work: Callable[[], Awaitable[Response]]) -> Response:
    """Do the work, or repeat its answer; raises KeyReused or InFlight. Only success is remembered."""
    if not _KEY.fullmatch(key):
        raise BadKey("Use 1 to 255 visible ASCII characters, such as a UUID.")
    store = (await call.platform.stores()).open(call.signed_in.tenant, call.origin)
    asked = f"{call.path}?{call.request.url.query}"
    attempt = await idempotency.begin(store, call.request.method, asked, key, await call.body())
    settings = call.platform.settings
    if attempt.answer:
        return _repeated(attempt.answer, attempt, settings)
    call.creation_id = attempt.creation_id
    try:
        response = await work()
    except BaseException:
        await idempotency.abandon(store, attempt)
        raise
    body = getattr(response, "body", None)
    if response.status_code < 300 and isinstance(body, bytes):
        headers = {name: value for name, value in response.headers.items() if name in _KEPT}
        sealed = _seal(body, attempt, settings, call.platform.clock)
        await idempotency.finish(store, attempt, Answer(response.status_code, headers, sealed))
    else:
        await idempotency.abandon(store, attempt)
    return response


def _repeated(answer: Answer, attempt: Attempt, settings: Settings) -> Response:
    headers = {**answer.headers, "Idempotency-Replayed": "true"}
    return Response(_unseal(answer.body, attempt, settings) or None, answer.status, headers)


def _seal(body: bytes, attempt: Attempt, settings: Settings, clock: Clock) -> bytes:
    """Encrypted for storage: an answer may hold what is shown only once."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = hashlib.sha256(clock.token().encode()).digest()[:12]
    return nonce + AESGCM(_key(settings)).encrypt(nonce, body, attempt.id.encode())


def _unseal(sealed: bytes, attempt: Attempt, settings: Settings) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(_key(settings)).decrypt(sealed[:12], sealed[12:], attempt.id.encode())


def _key(settings: Settings) -> bytes:
    return hmac.digest(settings.jwt_secret.get_secret_value().encode(), b"idempotency", hashlib.sha256)
