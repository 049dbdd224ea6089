"""The app in a test: its functions mounted as the host mounts them, over the store of STORE, with a client."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import azure.functions as func
import httpx
from starlette.routing import Route, Router

from shared.access import Role
from shared.domains.accounts.making import make_user
from shared.domains.accounts.model import NewUser, User
from shared.domains.accounts.queries import tokens_of
from shared.platform import opened
from shared.platform.opened import Platform
from shared.platform.queues import Queue
from shared.platform.store import Origin, Store
from shared.settings import Settings
from tests.fakes import FakeClock
from tests.stores import store_of

SECRET = "a secret for tests, of more than 32 bytes"
ANY = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
"""What a trigger takes that names no methods, as far as tests ask."""
PASSWORD = "correct horse battery"


def a_settings(tmp_path: Path, **chosen: Any) -> Settings:
    store = {} if "store" in chosen else store_of(tmp_path)
    return Settings(**{"hosting": "local", "data_dir": tmp_path, "jwt_secret": SECRET, **store, **chosen})


def mounted(blueprints: Iterable[func.Blueprint]) -> Router:
    """An ASGI application of the blueprints' functions, asked in the order of their names as the host asks them."""
    app = func.FunctionApp()
    for blueprint in blueprints:
        app.register_functions(blueprint)
    routed = [function for function in app.get_functions() if function.is_http_function()]
    return Router([_route(function) for function in sorted(routed, key=_place)])


def _place(function: Any) -> str:
    return str(function.get_function_name()).upper()


def _route(function: Any) -> Route:
    trigger = function.get_trigger()
    path = "/" + trigger.route.replace("{*path}", "{path:path}")
    methods = [getattr(method, "value", str(method)) for method in trigger.methods or ANY]
    return Route(path, function.get_user_function(), methods=methods)


class HeldQueues:
    """A queue port that keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[Queue, str]] = []

    async def send(self, queue: Queue, text: str, *, delay: float = 0) -> None:
        self.sent.append((queue, text))

    async def ping(self) -> None: ...

    async def close(self) -> None: ...


class Application:
    """A client of the app, and what stands behind it."""

    def __init__(self, client: httpx.AsyncClient, platform: Platform, clock: FakeClock) -> None:
        self.client = client
        self.platform = platform
        self.clock = clock

    async def store(self, tenant: str = "default") -> Store:
        return (await self.platform.stores()).open(tenant, Origin("test"))

    async def user(self, *roles: Role, email: str = "", tenant: str = "default", **more: Any) -> User:
        """An account with these roles, and PASSWORD unless told otherwise."""
        store = await self.store(tenant)
        user_id = self.clock.new_id("usr")
        new = NewUser(
            email=email or f"{user_id}@example.org",
            display_name=more.pop("display_name", "Ada Reader"),
            roles=frozenset(roles),
            password=more.pop("password", PASSWORD),
            **more,
        )
        user, _ = await make_user(self.platform, store, new, user_id)
        return user

    def bearer(self, user: User, tenant: str = "default") -> dict[str, str]:
        """The header of a request by the account."""
        return {"Authorization": f"Bearer {tokens_of(self.platform).issue(user, tenant)}"}

    async def signed_in(self, *roles: Role, **more: Any) -> dict[str, str]:
        """The header of a request by a new account with these roles."""
        return self.bearer(await self.user(*roles, **more), more.get("tenant", "default"))


@asynccontextmanager
async def running(tmp_path: Path, blueprints: Iterable[func.Blueprint], **chosen: Any) -> AsyncIterator[Application]:
    """The blueprints, running over an empty store."""
    clock = FakeClock()
    platform = Platform(a_settings(tmp_path, **chosen), clock)
    platform._open["queues"] = HeldQueues()
    opened.use(platform)
    transport = httpx.ASGITransport(mounted(blueprints), raise_app_exceptions=True, client=("192.0.2.7", 4711))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://hub.example") as client:
            yield Application(client, platform, clock)
    finally:
        await platform.close()
        opened.use(None)
