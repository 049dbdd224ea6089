"""Who asked, and in which chain of requests: correlation id, trace id, address."""

import ipaddress
import re
from functools import lru_cache

from shared.clock import Clock
from shared.settings import Settings

MOST_PROXIES = 16
_SAFE = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")


def correlation_id(given: str, clock: Clock) -> str:
    """The caller's X-Correlation-ID when it is safe to repeat, else a new one."""
    return given if _SAFE.fullmatch(given) else clock.uuid7().hex


def trace_id(traceparent: str) -> str:
    """The trace that the caller's W3C traceparent names; empty when there is none."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    return match[1] if match else ""


def address_of(peer: str, forwarded: str, settings: Settings) -> str:
    """The caller's address; a forwarded one counts only as far as trusted proxies hand it on."""
    address = peer
    if forwarded:
        for hop in reversed(forwarded.rsplit(",", MOST_PROXIES)[-MOST_PROXIES:]):
            if not _trusted(address, settings.proxies, settings.hosting):
                break
            address = _without_port(hop.strip())
    return address[:64]


@lru_cache(maxsize=1024)
def _trusted(address: str, proxies: tuple[str, ...], hosting: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if hosting == "azure" and ip.is_loopback:  # the Functions host in front of the worker
        return True
    return any(ip in ipaddress.ip_network(proxy) for proxy in proxies)


def _without_port(hop: str) -> str:
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.rpartition(":")[0] if hop.count(":") == 1 else hop
