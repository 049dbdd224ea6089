"""What each API route asks of the store, on SQLite and on Cosmos DB: operations and documents, calls and request units.

    python -m bench.routes

Plays one paper's journey on both, and tells of the last request of each route. The first numbers are those of the
store's port and the same for every adapter; calls and units are of Cosmos DB, the units as the test server of this
repository estimates them.
"""

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog

from shared.platform.store import Origin, Record, Store, Stores, Write
from shared.platform.telemetry import meter
from tests.calls import journey
from tests.cosmos_server.databases import a_database, cosmos_account
from tests.hub import a_hub

PORT = "port"


class CountedStore:
    """A store whose calls are recorded; the rest of it is the store's own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def get(self, model: type[Record], record_id: str, aggregate: str | None = None) -> Any:
        found = await self._store.get(model, record_id, aggregate)
        self._count("get", int(found is not None))
        return found

    async def query(self, model: type[Record], *given: Any, **more: Any) -> Any:
        page = await self._store.query(model, *given, **more)
        self._count("query", len(page.items))
        return page

    async def count(self, model: type[Record], *given: Any, **more: Any) -> int:
        counted = await self._store.count(model, *given, **more)
        self._count("count", 0)
        return counted

    async def counts(self, model: type[Record], *given: Any, **more: Any) -> Any:
        counted = await self._store.counts(model, *given, **more)
        self._count("count", 0)
        return counted

    async def commit(self, write: Write) -> Any:
        written = await self._store.commit(write)
        self._count("commit", len(written) + len(write.events))
        return written

    def _count(self, operation: str, documents: int) -> None:
        meter.record(meter.Call(operation, PORT, (self._store.tenant,), 0, documents))


class CountedStores:
    """An open database, whose stores are counted."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stores, name)

    def open(self, tenant: str, origin: Origin = Origin()) -> Any:  # noqa: B008 -- as in the port, and frozen
        return CountedStore(self._stores.open(tenant, origin))


async def measured(**settings: Any) -> dict[str, Sequence[meter.Call]]:
    """The calls of each route."""
    with tempfile.TemporaryDirectory() as folder:
        async with a_hub(Path(folder), **settings) as hub:
            hub.app.platform._open["stores"] = CountedStores(await hub.app.platform.stores())  # noqa: SLF001 -- in between
            routes = await journey(hub)
            return {name: requests[-1] for name, requests in routes.seen.items()}


def row(route: str, sqlite: Sequence[meter.Call], cosmos: Sequence[meter.Call]) -> str:
    operations: defaultdict[str, int] = defaultdict(int)
    for call in sqlite:
        operations[call.operation] += call.container == PORT
    sent = [call for call in cosmos if call.container != PORT]
    documents = sum(call.documents for call in sqlite if call.container == PORT)
    numbers = [operations[name] for name in ("get", "query", "count", "commit")]
    told = f"{documents:9} | {len(sent):5} | {sum(call.units for call in sent):5.1f} |"
    return f"| {route:54} | " + " | ".join(f"{number:6}" for number in numbers) + f" | {told}"


async def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    sqlite = await measured(store="sqlite")
    with cosmos_account() as (endpoint, key), a_database(endpoint, key) as chosen:
        given = {"cosmos_endpoint": endpoint, "cosmos_key": key, "cosmos_database": chosen.cosmos_database}
        cosmos = await measured(store="cosmos", **given)
    print("| route | get | query | count | commit | documents | calls | RU |")
    print("|---|---|---|---|---|---|---|---|")
    for route in sorted(sqlite):
        print(row(route, sqlite[route], cosmos[route]))


if __name__ == "__main__":
    asyncio.run(main())
