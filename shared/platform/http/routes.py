"""What is declared: routes, and the surface they make up together."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from shared.access import Actor, Permission
from shared.errors import Problem
from shared.platform import opened
from shared.platform.http.signature import Signature
from shared.platform.opened import Platform
from shared.platform.store.listing import Listing


class Access(StrEnum):
    """Who may call without a permission of the table."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"


PUBLIC = Access.PUBLIC
SIGNED_IN = Access.SIGNED_IN
METHODS = {"GET": ("GET", "HEAD")}

Allow = Permission | Access | tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Somebody was turned away with 401 or 403: what an audit wants to know."""

    code: str
    actor: Actor | None
    method: str
    route: str
    address: str
    correlation_id: str


Authenticate = Callable[[Platform, str, str], Awaitable[Actor]]
"""From a bearer token and the caller's address to the actor; raises Unauthenticated or Forbidden."""
Refused = Callable[[Platform, Refusal], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint as declared; `path` has no leading slash."""

    method: str
    path: str
    name: str
    tag: str
    function: Callable[..., Awaitable[Any]]
    signature: Signature
    permissions: tuple[Permission, ...]
    public: bool
    raises: tuple[type[Problem], ...]
    listing: Listing | None
    produces: tuple[str, ...]
    pattern: re.Pattern[str]
    queries: int | None = None
    """How much a request may ask of the store beside reads by key; None where nobody said."""
    unlimited: bool = False
    """Whether rates are not limited here: health, docs, and signing in, which has limits of its own."""

    @property
    def methods(self) -> tuple[str, ...]:
        return METHODS.get(self.method, (self.method,))

    @property
    def function_name(self) -> str:
        """The name that the Functions host knows it by, and the order in which it asks: names decide that.

        Of two routes that take the same path the one with fewer parameters comes first, and GET first of one path's
        methods, because some hosts answer HEAD by a 405 on behalf of the first function that takes no GET.
        """
        parameters = 4 if "{*" in self.path else self.path.count("{")
        return f"http{2 * parameters + ('GET' not in self.methods)}_{self.name}"

    def rivals(self, other: "Route") -> bool:
        """Whether some request suits both, and neither is the more literal one throughout."""
        pairs = list(zip(_segments(self.path), _segments(other.path), strict=False))
        return (
            self.path.count("/") == other.path.count("/")
            and not {*self.methods}.isdisjoint(other.methods)
            and all(mine == its or "{}" in {mine, its} for mine, its in pairs)
            and ("{}" in [mine for mine, its in pairs if mine != its])
            == ("{}" in [its for mine, its in pairs if mine != its])
        )


def _segments(path: str) -> list[str]:
    return ["{}" if "{" in segment else segment.lower() for segment in path.split("/")]


@dataclass(slots=True)
class Surface:
    """Everything the app shows to the outside: all routes, how callers are known, who hears of refusals."""

    authenticate: Authenticate
    refused: Refused | None = None
    platform: Callable[[], Platform] = opened.platform
    routes: list[Route] = field(default_factory=list)

    def add(self, route: Route) -> None:
        for other in self.routes:
            if other.name == route.name or (other.method, other.path) == (route.method, route.path):
                raise TypeError(f"{route.method} {route.path} ({route.name}) is declared twice")
            if route.rivals(other):
                raise TypeError(f"{route.path} ({route.name}) and {other.path} ({other.name}) take the same path")
        self.routes.append(route)

    def methods_of(self, path: str) -> tuple[str, ...]:
        """The methods that some route takes at this path; none when no route is there."""
        routes = [route for route in self.routes if route.pattern.fullmatch(path)]
        return tuple(sorted({method for route in routes for method in route.methods}))
