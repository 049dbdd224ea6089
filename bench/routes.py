"""What each API route asks of the store, on SQLite and on Cosmos DB: operations and documents, calls and request units.

    python -m bench.routes

Plays one paper's journey on both. The first numbers are those of the store's port and the same for every adapter;
calls and units are of Cosmos DB, the units as the test server of this repository estimates them.
"""

import asyncio
import re
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import structlog

from shared.access import Role
from shared.platform.store import Origin, Record, Store, Stores, Write
from shared.platform.telemetry import meter
from tests.cosmos_server.databases import a_database, cosmos_account
from tests.hub import CLAIM, METHOD, Hub, a_hub

PORT = "port"
_ID = re.compile(r"[a-z]+_[0-9a-f]{8}-[0-9a-f-]{27}")


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


@dataclass(slots=True)
class Routes(httpx.AsyncBaseTransport):
    """Passes requests on, and keeps what each route's last one cost."""

    inner: httpx.AsyncBaseTransport
    seen: dict[str, Sequence[meter.Call]] = field(default_factory=dict)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        with meter.recorded() as calls:
            response = await self.inner.handle_async_request(request)
        self.seen[f"{request.method} {_ID.sub('{id}', request.url.path)}"] = calls
        return response


async def journey(hub: Hub) -> None:
    """Every route that reads or writes records, once or more."""
    organizer, presenter = await hub.the(Role.ORGANIZER), await hub.the(Role.PRESENTER)
    reviewer, attendee = await hub.the(Role.REVIEWER), await hub.the(Role.USER)
    event = await hub.event()
    for number in range(30):
        await hub.project(event["id"], title=f"Other {number}")
    project = await hub.project(event["id"])
    await presenter.post(f"/v1/projects/{project['id']}/uploads", {"fileName": "p.pdf", "size": 9}, status=201)
    artifact = await hub.artifact(project["id"], CLAIM, METHOD)
    await presenter.patch(f"/v1/projects/{project['id']}", {"title": "Seats, free"})
    await presenter.post(f"/v1/projects/{project['id']}/submit")
    await hub.settle()
    await reviewer.get(f"/v1/knowledge/{artifact}/evidence/1")
    await reviewer.post(f"/v1/knowledge/{artifact}/feedback", {"text": "Good."})
    await reviewer.get(f"/v1/knowledge/{artifact}/feedback")
    await reviewer.patch(f"/v1/knowledge/{artifact}/status", {"status": "approved", "comment": "Yes."})
    await hub.settle()
    await organizer.post(f"/v1/projects/{project['id']}/approve")
    await organizer.post(f"/v1/projects/{project['id']}/publish")
    await hub.settle()
    await look(hub, event["id"], project["id"], artifact)
    await attendee.get("/v1/knowledge/search", q="seats accuracy")


async def look(hub: Hub, event_id: str, project_id: str, artifact_id: str) -> None:
    """The routes that only read."""
    attendee, presenter = await hub.the(Role.USER), await hub.the(Role.PRESENTER)
    for path in ("/v1/me", "/v1/events", f"/v1/events/{event_id}", f"/v1/events/{event_id}/projects"):
        await attendee.get(path)
    for path in (f"/v1/projects/{project_id}", f"/v1/projects/{project_id}/artifacts", f"/v1/knowledge/{artifact_id}"):
        await attendee.get(path)
    await presenter.get("/v1/jobs")
    administrator = await hub.the(Role.ADMIN)
    await administrator.get("/v1/admin/users")
    await administrator.get("/v1/admin/audit/logs")


async def measured(**settings: Any) -> dict[str, Sequence[meter.Call]]:
    """The calls of each route."""
    with tempfile.TemporaryDirectory() as folder:
        async with a_hub(Path(folder), **settings) as hub:
            hub.app.platform._open["stores"] = CountedStores(await hub.app.platform.stores())  # noqa: SLF001 -- in between
            routes = Routes(hub.app.client._transport)  # noqa: SLF001 -- as above
            hub.app.client._transport = routes  # noqa: SLF001 -- as above
            await journey(hub)
            return routes.seen


def row(route: str, sqlite: Sequence[meter.Call], cosmos: Sequence[meter.Call]) -> str:
    operations: defaultdict[str, int] = defaultdict(int)
    for call in sqlite:
        operations[call.operation] += call.container == PORT
    sent = [call for call in cosmos if call.container != PORT]
    documents = sum(call.documents for call in sqlite if call.container == PORT)
    numbers = [operations[name] for name in ("get", "query", "count", "commit")]
    told = f"{documents:9} | {len(sent):5} | {sum(call.units for call in sent):5.1f} |"
    return f"| {route:42} | " + " | ".join(f"{number:6}" for number in numbers) + f" | {told}"


async def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    sqlite = await measured()
    with cosmos_account() as (endpoint, key), a_database(endpoint, key) as chosen:
        given = {"cosmos_endpoint": endpoint, "cosmos_key": key, "cosmos_database": chosen.cosmos_database}
        cosmos = await measured(store="cosmos", **given)
    print("| route | get | query | count | commit | documents | calls | RU |")
    print("|---|---|---|---|---|---|---|---|")
    for route in sorted(sqlite):
        print(row(route, sqlite[route], cosmos[route]))


if __name__ == "__main__":
    asyncio.run(main())
