"""The change log over the change feed: the changes among all documents written, and readers that lease their place.

A position holds the SDK's continuation for each physical partition. A page is never cut, as what remained of it could
not be found again after a split: a limit below the size of one transaction is exceeded by that. Changes of one
aggregate come by sequence; those of different partitions in no order.
"""

import asyncio
import base64
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import orjson

from shared.clock import Clock
from shared.platform.store import Lease, Stale
from shared.platform.store.cosmos_account import Account, Charge
from shared.platform.store.cosmos_commit import read
from shared.platform.store.cosmos_documents import Document
from shared.platform.store.records import Change, instant
from shared.platform.store.tenants import SYSTEM

READERS = "readers"
"""The container of leases: apart from the records, or each checkpoint would be news itself."""
POLL_SECONDS = 0.5
"""How soon another process's changes are noticed; our own wake at once."""
BEGINNING = "0"


class Bell:
    """Wakes everyone who waits at the moment it is rung; rung from the event loop."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    @property
    def next(self) -> asyncio.Event:
        """Set when it rings from now on."""
        return self._event


@dataclass(frozen=True, slots=True)
class _Offset:
    """Where reading stands in one physical partition."""

    feed_range: dict[str, Any]
    continuation: str | None = None


class CosmosLog:
    """See `ChangeLog`. Positions are opaque, but for BEGINNING."""

    def __init__(self, account: Account, clock: Clock, bell: Bell) -> None:
        self._account = account
        self._clock = clock
        self._bell = bell

    async def read(self, after: str | None, limit: int = 100) -> tuple[list[dict[str, Any]], str | None]:
        before = await self._places(after)
        places = list(before)
        for at, place in enumerate(before):
            found, places[at] = await self._read(place, limit)
            if found:
                return found, _encoded([*places[at + 1 :], *places[: at + 1]])
        return [], after if places == before else _encoded(places)

    async def wait(self, seconds: float, after: str | None = None) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        position: str | None = after or await self._end()
        while True:
            rung = self._bell.next
            found, position = await self.read(position)
            left = deadline - loop.time()
            if found or left <= 0:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), min(left, POLL_SECONDS))

    async def acquire(self, reader: str, owner: str, seconds: float) -> Lease | None:
        while True:
            there = await read(self._account, READERS, (SYSTEM, reader), reader)
            now = self._clock.now()
            if there and there["owner"] not in (None, owner) and (there["until"] or "") > instant(now):
                return None
            lease = Lease(reader, owner, there["position"] if there else None, now + timedelta(seconds=seconds))
            if await self._write(_held(lease, owner, instant(lease.until)), there):
                return lease

    async def checkpoint(self, lease: Lease, position: str) -> Lease:
        moved = replace(lease, position=position)
        while True:
            there = await self._mine(lease)
            if await self._write(_held(moved, lease.owner, there["until"]), there):
                return moved

    async def release(self, lease: Lease) -> None:
        with suppress(Stale):
            while True:
                there = await self._mine(lease)
                if await self._write(_held(replace(lease, position=there["position"]), None, None), there):
                    return

    async def _mine(self, lease: Lease) -> Document:
        there = await read(self._account, READERS, (SYSTEM, lease.reader), lease.reader)
        if there is None or there["owner"] != lease.owner:
            raise Stale(f"{lease.owner} lost the lease of {lease.reader}.")
        return there

    async def _write(self, document: Document, there: Document | None) -> bool:
        """Whether it was written: not when somebody else wrote meanwhile."""
        from azure.cosmos.exceptions import CosmosBatchOperationError

        reader = document["id"]
        operation: Any = ("create", (document,))
        if there:
            operation = ("replace", (reader, document), {"if_match_etag": there["_etag"]})

        async def call(charge: Charge) -> bool:
            container = self._account.container(READERS)
            await container.execute_item_batch([operation], [SYSTEM, reader], response_hook=charge)
            return True

        try:
            return await self._account.run("batch", READERS, (SYSTEM, reader), call)
        except CosmosBatchOperationError as error:
            if error.status_code in (404, 409, 412):
                return False
            raise

    async def _places(self, after: str | None) -> list[_Offset]:
        if after and after != BEGINNING:
            return [_Offset(*values) for values in orjson.loads(base64.b64decode(after))]
        # A cached list may be from before a split, and the SDK cannot resume one that it read from the beginning.
        ranges = self._account.container(Change.container).read_feed_ranges(force_refresh=True)
        return [_Offset(feed_range) async for feed_range in ranges]

    async def _end(self) -> str:
        """The position of what comes from now on."""
        places = [await self._now(place) for place in await self._places(None)]
        return _encoded(places)

    async def _now(self, place: _Offset) -> _Offset:
        _, continuation = await self._page({"feed_range": place.feed_range, "start_time": "Now"}, 1)
        return replace(place, continuation=continuation)

    async def _read(self, place: _Offset, limit: int) -> tuple[list[Document], _Offset]:
        """The next changes of one partition."""
        while True:
            start = {"feed_range": place.feed_range, "start_time": "Beginning"}
            documents, continuation = await self._page(
                {"continuation": place.continuation} if place.continuation else start, limit
            )
            if not documents:
                return [], place
            place = replace(place, continuation=continuation)
            if changes := [each for each in documents if each["kind"] == Change.kind]:
                return changes, place

    async def _page(self, start: dict[str, Any], size: int) -> tuple[list[Document], str]:
        async def call(charge: Charge) -> tuple[list[Document], str]:
            container = self._account.container(Change.container)
            feed = container.query_items_change_feed(**start, max_item_count=size, response_hook=charge)
            documents = [document async for page in _first(feed.by_page()) async for document in page]
            return documents, str(charge.headers["etag"])

        return await self._account.run("change feed", Change.container, (), call)


def _held(lease: Lease, owner: str | None, until: str | None) -> Document:
    key = {"id": lease.reader, "kind": "reader", "tenantId": SYSTEM, "aggregateId": lease.reader}
    return {**key, "owner": owner, "until": until, "position": lease.position}


async def _first(pages: Any) -> Any:
    async for page in pages:
        yield page
        return


def _encoded(places: list[_Offset]) -> str:
    values = [(place.feed_range, place.continuation) for place in places]
    return base64.b64encode(orjson.dumps(values)).decode()
