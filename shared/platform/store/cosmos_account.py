"""An open Cosmos DB account: its containers, and one way to call them that counts request units and waits its turn."""

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.request import getproxies

from shared.clock import Clock
from shared.errors import Problem
from shared.platform.store import Busy, TooLarge, Unavailable
from shared.platform.telemetry import meter
from shared.settings import Settings

if TYPE_CHECKING:
    from azure.cosmos.aio import ContainerProxy, CosmosClient

T = TypeVar("T")

PATIENCE_SECONDS = 30.0
"""How long a throttled call is repeated, unless its caller's own time ends before."""
LARGE_BODY = 512 * 1024
_THROTTLED = (429, 449)
_AWAY = (408, 410, 500, 502, 503, 504)
_DENIED = (401, 403)
_CHARGE, _RETRY = "x-ms-request-charge", "x-ms-retry-after-ms"


class Charge:
    """The response hook of one call: adds up what its requests cost, and keeps the last headers."""

    def __init__(self) -> None:
        self.units = 0.0
        self.documents = 0
        self.headers: Mapping[str, Any] = {}

    def __call__(self, headers: Mapping[str, Any], body: Any) -> None:
        self.headers = headers
        self.add(headers)
        items = body.get("Documents") if isinstance(body, Mapping) else body
        self.documents += len(items) if isinstance(items, list) else 1

    def add(self, headers: Mapping[str, Any] | None) -> None:
        self.units += float((headers or {}).get(_CHARGE) or 0)


class Account:
    """One database of an account."""

    def __init__(self, client: "CosmosClient", database: str, clock: Clock, resources: AsyncExitStack) -> None:
        self.database = client.get_database_client(database)
        self.client = client
        self._clock = clock
        self._resources = resources
        self._containers: dict[str, ContainerProxy] = {}

    def container(self, name: str) -> "ContainerProxy":
        if name not in self._containers:
            self._containers[name] = self.database.get_container_client(name)
        return self._containers[name]

    async def run(
        self,
        operation: str,
        container: str,
        scope: tuple[str, ...],
        call: Callable[[Charge], Awaitable[T]],
        query: str = "",
    ) -> T:
        """Make a call until it is not throttled; raises Busy when that lasts, else what the SDK raises."""
        from azure.core.exceptions import AzureError, HttpResponseError

        waited, retries = 0.0, 0
        while True:
            charge = Charge()
            try:
                return await call(charge)
            except HttpResponseError as error:
                headers: Mapping[str, Any] = getattr(error, "headers", None) or {}
                charge.add(headers)
                pause = float(headers.get(_RETRY) or 10) / 1000
                if error.status_code not in _THROTTLED or waited + pause > PATIENCE_SECONDS:
                    raise _told(error.status_code, pause) or error from error
            except AzureError as error:
                raise _no_answer() from error
            finally:
                call_made = meter.Call(
                    operation, container, scope, charge.units, charge.documents, min(retries, 1), query
                )
                meter.record(call_made)
            waited, retries = waited + pause, retries + 1
            await self._clock.sleep(pause)

    async def close(self) -> None:
        await self._resources.aclose()


def _told(status: int | None, pause: float) -> Problem | None:
    """What a failure means to the caller; None when the adapter has to look at it."""
    if status in _THROTTLED or status in _AWAY:
        return Busy("The database is busy; try again.", headers={"Retry-After": str(max(1, math.ceil(pause)))})
    if status in _DENIED:
        return Unavailable("Give the app's identity or key its rights on the Cosmos DB account.")
    return TooLarge("The database refuses that much in one transaction.") if status == 413 else None


def _no_answer() -> Problem:
    return Busy("The database does not answer; try again.", headers={"Retry-After": "5"})


@asynccontextmanager
async def opening(close: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """What is asked of an account before it is open; when that fails, closes it and raises what the failure means."""
    from azure.core.exceptions import AzureError, HttpResponseError

    try:
        yield
    except BaseException as error:
        await close()
        if isinstance(error, HttpResponseError):
            raise _told(error.status_code, 1) or error from error
        if isinstance(error, AzureError):
            raise _no_answer() from error
        raise


def _transport() -> Any:
    """HTTP by aiohttp, large bodies in pieces so that they do not hold up the event loop."""
    from azure.core.pipeline.transport import AioHttpTransport

    class Transport(AioHttpTransport):  # type: ignore[misc]  # azure.core gives it as Any
        async def send(self, request: Any, **config: Any) -> Any:
            body = request.data
            try:
                if isinstance(body, bytes) and len(body) > LARGE_BODY:
                    request.data = BytesIO(body)
                return await super().send(request, **config)
            finally:
                request.data = body

    return Transport(use_env_settings=bool(getproxies()))  # without proxies, or each call asks two threads for them


async def open_account(settings: Settings, clock: Clock) -> Account:
    """Connect with the key, or by managed identity without one."""
    from azure.cosmos.aio import CosmosClient

    resources = AsyncExitStack()
    credential: Any = settings.cosmos_key.get_secret_value()
    if not credential:
        from azure.identity.aio import DefaultAzureCredential

        credential = await resources.enter_async_context(DefaultAzureCredential())
    client = CosmosClient(
        settings.cosmos_endpoint,
        credential=credential,
        transport=_transport(),
        retry_throttle_total=-1,  # `Account.run` waits itself, so that the waiting is counted and ends with the caller
        connection_timeout=5,
        read_timeout=20,
        enable_compact_utf8_item_writes=True,
    )
    async with opening(resources.aclose):
        resources.push_async_callback(client.close)  # even when the first call fails
        await client.__aenter__()
    return Account(client, settings.cosmos_database, clock, resources)
