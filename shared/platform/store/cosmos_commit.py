"""A transaction as one transactional batch: operations, then changes with the next sequences of their aggregate.

A sequence is claimed by creating the change that has it in its id: two writers cannot both create `change-0000000005`,
so the batch of the slower one fails and tries the next. What the last one was is remembered by the process, known to
be none for an aggregate just being created, and asked by one indexed query otherwise. A head document per aggregate
would cost a write of about 10 request units with each commit, and would stand in the change feed.
"""

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from shared.clock import Clock
from shared.platform.store import AlreadyExists, Record, Stale
from shared.platform.store.batch import Batch, change_id, numbered
from shared.platform.store.cosmos_account import Account, Charge
from shared.platform.store.cosmos_documents import (
    Document,
    body_document,
    document,
    etag,
    etag_of,
    expired,
    outlived,
    raw_etag,
)
from shared.platform.store.records import Change, instant

if TYPE_CHECKING:
    from azure.cosmos import CosmosDict
    from azure.cosmos.exceptions import CosmosBatchOperationError

Key = tuple[str, str, str]
_REMEMBERED = 20_000
_VERBS = {"create": "create", "put": "upsert", "replace": "replace", "delete": "delete"}
_LAST = (
    'SELECT VALUE c["sequence"] FROM c WHERE c["tenantId"] = @tenant AND c["aggregateId"] = @aggregate '
    'AND c["kind"] = @kind ORDER BY c["sequence"] DESC OFFSET 0 LIMIT 1'
)


class Committer:
    """Carries out the transactions of one process."""

    def __init__(self, account: Account, clock: Clock) -> None:
        self._account = account
        self._clock = clock
        self._last: OrderedDict[Key, int] = OrderedDict()
        self._turns: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()

    async def commit(self, batch: Batch) -> list[str]:
        """Carry it out; the new ETags in the order of its operations. Raises AlreadyExists, Stale or TooLarge."""
        if not batch.changes:
            return await self._attempts(batch)
        turn = self._turns.setdefault(_key(batch), asyncio.Lock())  # else this process would race against itself
        async with turn:
            return await self._attempts(batch)

    async def _attempts(self, batch: Batch) -> list[str]:
        from azure.cosmos.exceptions import CosmosBatchOperationError

        _check_alive(batch, instant(self._clock.now()))
        over: dict[int, str] = {}
        last = await self._known(batch) if batch.changes else 0
        while True:
            try:
                results = await self._send(batch, self._operations(batch, last, over))
            except CosmosBatchOperationError as error:
                at = int(error.error_index or 0)
                if at >= len(batch.operations):
                    if error.status_code != 409:
                        raise
                    if await self._was_ours(batch, last):
                        return await self._etags(batch)
                    last = await self._asked(batch)
                else:
                    over[at] = await self._expired_there(batch, at, error)
                continue
            self._remember(batch, last + len(batch.changes))
            return _new_etags(batch, results)

    def _operations(self, batch: Batch, last: int, over: dict[int, str]) -> list[Any]:
        now = self._clock.now()
        sent: list[Any] = []
        for at, prepared in enumerate(batch.operations):
            verb, record = prepared.operation.verb, prepared.operation.record
            if at in over:
                verb = "replace"
            options = {"if_match_etag": over.get(at) or raw_etag(record.etag)} if verb in ("replace", "delete") else {}
            name = (record.id,) if verb in ("replace", "delete") else ()
            body = () if verb == "delete" else (document(prepared, batch.aggregate, now),)
            sent.append((_VERBS[verb], (*name, *body), options))
        for sequence, change in enumerate(batch.changes, last + 1):
            sent.append(("create", (body_document(numbered(change, sequence), batch.aggregate),)))
        return sent

    async def _send(self, batch: Batch, operations: list[Any]) -> list[Any]:
        async def call(charge: Charge) -> list[Any]:
            container = self._account.container(batch.container)
            return list(
                await container.execute_item_batch(operations, [batch.tenant, batch.aggregate], response_hook=charge)
            )

        return await self._account.run("batch", batch.container, (batch.tenant, batch.aggregate), call)

    async def _expired_there(self, batch: Batch, at: int, error: "CosmosBatchOperationError") -> str:
        """The ETag of the expired document in the way of a creation; raises for every other failure."""
        operation = batch.operations[at].operation
        record = operation.record
        if error.status_code in (404, 412):
            raise _stale(record) from error
        if error.status_code != 409 or operation.verb != "create":
            raise error
        there = await read(self._account, batch.container, (batch.tenant, batch.aggregate), record.id)
        if there is None or not expired(there, self._clock.now()):
            raise AlreadyExists(f"There is a {record.kind} {record.id} already.") from error
        return str(there["_etag"])

    async def _was_ours(self, batch: Batch, last: int) -> bool:
        """Whether the change in the way is this very one, sent before an answer was lost."""
        there = await read(self._account, batch.container, (batch.tenant, batch.aggregate), change_id(last + 1))
        mine = body_document(numbered(batch.changes[0], last + 1), batch.aggregate)
        return there is not None and there["eventId"] == mine["eventId"]

    async def _etags(self, batch: Batch) -> list[str]:
        scope = (batch.tenant, batch.aggregate)
        ids = [prepared.operation.record.id for prepared in batch.operations]
        stored = [await read(self._account, batch.container, scope, record_id) for record_id in ids]
        return [etag_of(each) if each else "" for each in stored]

    async def _known(self, batch: Batch) -> int:
        if (last := self._last.get(_key(batch))) is not None:
            return last
        made = (each.operation for each in batch.operations)
        if any(each.verb == "create" and each.record.id == batch.aggregate for each in made):
            return 0
        return await self._asked(batch)

    async def _asked(self, batch: Batch) -> int:
        parameters: list[dict[str, object]] = [
            {"name": "@tenant", "value": batch.tenant},
            {"name": "@aggregate", "value": batch.aggregate},
            {"name": "@kind", "value": Change.kind},
        ]

        async def call(charge: Charge) -> int:
            rows = self._account.container(batch.container).query_items(
                _LAST,
                parameters=parameters,
                partition_key=[batch.tenant, batch.aggregate],
                enable_scan_in_query=True,
                response_hook=charge,
            )
            return max([int(str(row)) async for row in rows], default=0)

        return await self._account.run("query", batch.container, (batch.tenant, batch.aggregate), call, _LAST)

    def _remember(self, batch: Batch, last: int) -> None:
        if batch.changes:
            self._last[_key(batch)] = last
            self._last.move_to_end(_key(batch))
            if len(self._last) > _REMEMBERED:
                self._last.popitem(last=False)


async def read(account: Account, container: str, key: tuple[str, str], record_id: str) -> Document | None:
    """A document by a point read."""
    from azure.cosmos.exceptions import CosmosResourceNotFoundError

    async def call(charge: Charge) -> "CosmosDict":
        return await account.container(container).read_item(record_id, list(key), response_hook=charge)

    try:
        return dict(await account.run("point read", container, key, call))
    except CosmosResourceNotFoundError as error:
        if error.sub_status:  # it is the container or the database that is missing
            raise
        return None


def _key(batch: Batch) -> Key:
    return batch.container, batch.tenant, batch.aggregate


def _check_alive(batch: Batch, now: str) -> None:
    for prepared in batch.operations:
        if prepared.operation.verb in ("replace", "delete") and outlived(prepared.operation.record.etag, now):
            raise _stale(prepared.operation.record)


def _new_etags(batch: Batch, results: list[Any]) -> list[str]:
    made = zip(batch.operations, results, strict=False)
    return ["" if p.operation.verb == "delete" else etag(r["eTag"], p.expires_at) for p, r in made]


def _stale(record: Record) -> Stale:
    return Stale(f"The {record.kind} {record.id} has changed since it was read.")
