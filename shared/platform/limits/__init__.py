"""Rate limits: so many requests of a principal in a window, over all processes, at the price of a rare write.

A process draws a block of permits from the store's count of a window and spends it by itself. What one has drawn and
does not spend is lost to the others until the window ends: there is never a request too many, and at most a block too
few for each process. Near the end of a window blocks are single permits.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from shared.errors import TooManyRequests


class RateLimited(TooManyRequests):
    """The principal has made all the requests that its tier allows in this hour or minute."""

    code = "rate.limited"
    title = "Too many requests"

    def __init__(self, detail: str = "", *, standings: "Sequence[Standing]" = (), **more: Any) -> None:
        super().__init__(detail, **more)
        self.standings = standings


class Window(NamedTuple):
    """At most `limit` requests in each span of so many seconds, counted from 1970."""

    name: str
    seconds: int
    limit: int


def _windows(hourly: int | None, minutely: int) -> tuple[Window, ...]:
    burst = Window("minute", 60, minutely)
    return (burst,) if hourly is None else (Window("hour", 3600, hourly), burst)


ANONYMOUS = "anonymous"
REGISTRATION_ADDRESS, REGISTRATION_EMAIL = "registration from an address", "registration of an e-mail"
TIERS = {
    ANONYMOUS: _windows(50, 100),
    "free": _windows(100, 100),
    "basic": _windows(1_000, 1_000),
    "pro": _windows(10_000, 1_000),
    "enterprise": _windows(None, 1_000),
    REGISTRATION_ADDRESS: (Window("hour", 3600, 50),),
    REGISTRATION_EMAIL: (Window("hour", 3600, 5),),
}
"""What each tier may ask, the longest window first; and how often anybody may ask for an account."""


class Standing(NamedTuple):
    """Where a principal stands in a window: what is left of it, and in how many seconds the next begins."""

    window: Window
    left: int
    reset: int


def fields(standings: Sequence[Standing]) -> tuple[tuple[bytes, bytes], ...]:
    """The header fields of the IETF draft (draft-ietf-httpapi-ratelimit-headers)."""
    limits = ", ".join([f'"{each.window.name}";r={each.left};t={each.reset}' for each in standings])
    policy = ", ".join([f'"{name}";q={limit};w={seconds}' for (name, seconds, limit), _, _ in standings])
    return (b"ratelimit", limits.encode()), (b"ratelimit-policy", policy.encode())
