"""The declaration of an endpoint: route, permission, models, errors and documentation in one decorator."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Required, TypedDict, TypeVar, Unpack

import azure.functions as func
from azurefunctions.extensions.http.fastapi import Request, Response

from shared.access import Permission
from shared.errors import Problem
from shared.platform.http.routes import Access, Allow, Route, Surface
from shared.platform.http.serve import serve
from shared.platform.http.signature import read
from shared.platform.store.listing import Listing

F = TypeVar("F", bound=Callable[..., Awaitable[Any]])


class Declared(TypedDict, total=False):
    """What an endpoint declares beside its path; only `allow` must be there."""

    allow: Required[Allow]
    raises: tuple[type[Problem], ...]
    listing: Listing | None
    produces: tuple[str, ...]
    queries: int | None
    unlimited: bool


class Api:
    """The endpoints of one blueprint; `tag` groups them in the documentation."""

    def __init__(self, surface: Surface, tag: str) -> None:
        self.surface = surface
        self.tag = tag
        self.blueprint = func.Blueprint()

    def get(self, path: str, **declared: Unpack[Declared]) -> Callable[[F], F]:
        return self.route("GET", path, **declared)

    def post(self, path: str, **declared: Unpack[Declared]) -> Callable[[F], F]:
        return self.route("POST", path, **declared)

    def put(self, path: str, **declared: Unpack[Declared]) -> Callable[[F], F]:
        return self.route("PUT", path, **declared)

    def patch(self, path: str, **declared: Unpack[Declared]) -> Callable[[F], F]:
        return self.route("PATCH", path, **declared)

    def delete(self, path: str, **declared: Unpack[Declared]) -> Callable[[F], F]:
        return self.route("DELETE", path, **declared)

    def route(self, method: str, path: str, **declared: Unpack[Declared]) -> Callable[[F], F]:
        """Declare an endpoint; the function itself stays as it is, for others to call."""
        allow, listing = declared.get("allow"), declared.get("listing")
        permissions = _permissions(allow)

        def declare(function: F) -> F:
            route = Route(
                method=method,
                path=path,
                name=self._name(function, method),
                tag=self.tag,
                function=function,
                signature=read(function, path, listing),
                permissions=permissions,
                public=allow is Access.PUBLIC,
                raises=declared.get("raises", ()),
                listing=listing,
                produces=declared.get("produces", ("application/json",)),
                pattern=_pattern(path),
                queries=declared.get("queries"),
                unlimited=declared.get("unlimited", False),
            )
            if route.public and route.signature.takes_actor:
                raise TypeError(f"{route.name} is public: nobody is signed in, so there is no actor and no store")
            self.surface.add(route)
            register(self.blueprint, self.surface, route)
            return function

        return declare

    def _name(self, function: Callable[..., Any], method: str) -> str:
        """The function's name; declared again under another route, with the method and a number behind it."""
        same = sum(route.function is function for route in self.surface.routes)
        return function.__name__ if not same else f"{function.__name__}_{method.lower()}{same + 1}"


def register(blueprint: func.Blueprint, surface: Surface, route: Route) -> None:
    """Give the Functions runtime what it wants to see: a coroutine of one parameter, with no wrapped function in it."""

    async def endpoint(req: Request) -> Response:
        return await serve(surface, route, req)

    endpoint.__name__ = endpoint.__qualname__ = route.function_name
    methods = None if route.method == "ANY" else list(route.methods)  # none named: the host takes all, TRACE too
    trigger = blueprint.route(
        route=route.path, methods=methods, auth_level=func.AuthLevel.ANONYMOUS, trigger_arg_name="req"
    )
    trigger(endpoint)


def _permissions(allow: Allow) -> tuple[Permission, ...]:
    if isinstance(allow, Access):
        return ()
    permissions = allow if isinstance(allow, tuple) else (allow,)
    if not permissions or not all(isinstance(permission, Permission) for permission in permissions):
        raise TypeError("allow takes a permission, several of them, PUBLIC or SIGNED_IN")
    return permissions


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(
        "/" + "".join("[^/]+" if part[0] == "{" else re.escape(part) for part in _parts(path)), re.IGNORECASE
    )


def _parts(path: str) -> list[str]:
    return [part for part in re.split(r"(\{[^}]+\})", path) if part]
