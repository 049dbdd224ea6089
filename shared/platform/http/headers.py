"""Headers that every answer carries, and which other origins may read answers."""

from azurefunctions.extensions.http.fastapi import Response

from shared.settings import Settings

API_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
MAX_AGE = 600
"""Seconds for which a browser may keep the answer to a preflight request."""

_SECURITY = (
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains; preload"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-site"),
)
_POLICY = (b"content-security-policy", API_POLICY.encode())
_NO_STORE, _NO_CACHE = (b"cache-control", b"no-store"), (b"cache-control", b"no-cache")
_EXPOSED = "ETag, Location, Retry-After, X-Correlation-ID, RateLimit, RateLimit-Policy"
_ALLOWED = (
    "Authorization, X-API-Key, Content-Type, If-Match, If-None-Match, Idempotency-Key, "
    "X-Correlation-ID, traceparent, Last-Event-ID"
)


def secure(response: Response, correlation_id: str, *, private: bool) -> None:
    """Add what every answer carries; `private` ones are kept nowhere."""
    raw = response.raw_headers
    own = {name for name, _ in raw}
    raw += ((b"x-correlation-id", correlation_id.encode()), *_SECURITY)
    if b"content-security-policy" not in own:
        raw.append(_POLICY)
    if b"cache-control" not in own:
        raw.append(_NO_STORE if private else _NO_CACHE)


def share(response: Response, origin: str, settings: Settings) -> None:
    """Let an allowed origin's page read the answer."""
    if not origin or not settings.origins:
        return
    response.headers.append("Vary", "Origin")
    if origin in settings.origins or "*" in settings.origins:
        response.headers["Access-Control-Allow-Origin"] = "*" if "*" in settings.origins else origin
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED
        if settings.cors_credentials:
            response.headers["Access-Control-Allow-Credentials"] = "true"


def preflight(methods: str) -> Response:
    """The answer to a browser that asks first; `share` says whether its origin is allowed."""
    headers = {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": _ALLOWED,
        "Access-Control-Max-Age": str(MAX_AGE),
        "Allow": methods,
        "Vary": "Access-Control-Request-Method",
    }
    return Response(None, 204, headers)
