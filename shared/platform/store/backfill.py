"""Rewrites stored documents of an older version as the newest, so that lists find them by what only the newest says.

A timer asks for it: some at a time, going on where it was, for each version once and, as an instance of the version
before may still have been writing, once again an hour later.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from shared.errors import Problem
from shared.platform import telemetry
from shared.platform.store import Record, Stale, Store, Stores, Write, every
from shared.platform.store.due import PROGRESS
from shared.platform.store.predicates import Compare
from shared.platform.store.records import MODELS
from shared.platform.store.tenants import SYSTEM, KnownTenant

MOST = 1000
"""Tenants looked at and records rewritten by one call."""
PASSES = 2
BETWEEN = timedelta(hours=1)
"""From the begin of one pass to the next: longer than a deployment leaves the version before running."""
_TENANTS = 200
log = telemetry.logger(__name__)


class Renewal(Record):
    """How far the records of a kind, its id, are brought to a version; `after` is the last tenant done in this pass."""

    kind: ClassVar[str] = "renewal"
    container: ClassVar[str] = PROGRESS

    to: int
    passes: int = 0
    after: str = ""
    next_at: datetime


async def backfill(stores: Stores, most: int = MOST) -> int:
    """Rewrite what is of an older version, within `most`; the number of records."""
    rewritten = 0
    for model in _versioned():
        rewritten += await _go_on(stores, model, most - rewritten)
    return rewritten


def _versioned() -> Iterator[type[Record]]:
    return (model for model in list(MODELS.values()) if model.version > 1)


async def _go_on(stores: Stores, model: type[Record], most: int) -> int:
    system = stores.open(SYSTEM)
    now = system.clock.now()
    renewal = await system.get(Renewal, model.kind)
    if renewal is None or renewal.to < model.version:
        renewal = Renewal(id=model.kind, to=model.version, next_at=now)
    if renewal.to > model.version or renewal.passes == PASSES or renewal.next_at > now or most <= 0:
        return 0
    rewritten, after = await _tenants(stores, model, renewal.after, most)
    ended = {"passes": renewal.passes + 1, "next_at": now + BETWEEN} if after is None else {}
    await system.commit(Write(renewal.id).put(renewal.with_(after=after or "", **ended)))
    log.info("records rewritten", of=model.kind, to=model.version, number=rewritten, ended=after is None)
    return rewritten


async def _tenants(stores: Stores, model: type[Record], after: str, most: int) -> tuple[int, str | None]:
    """The records rewritten, and the last tenant done with; None when all are, SYSTEM last."""
    left, rewritten = most, 0
    while True:
        page = await stores.open(SYSTEM).query(KnownTenant, limit=_TENANTS, after=(after,) if after else None)
        for known in page.items:
            done = await _tenant(stores.open(known.id), model, left)
            rewritten += done
            if done == left:
                return rewritten, after
            after = known.id
            if (left := left - done - 1) <= 0:
                return rewritten, after
        if page.after is None:
            done = await _tenant(stores.open(SYSTEM), model, left)
            return rewritten + done, after if done == left else None


async def _tenant(store: Store, model: type[Record], most: int) -> int:
    """Rewrite at most so many of a tenant's. What others wrote meanwhile is of the newest version already."""
    rewritten = 0
    async for record in every(store, model, Compare("schemaVersion", "lt", model.version)):
        rewritten += await _rewritten(store, record)
        if rewritten == most:
            break
    return rewritten


async def _rewritten(store: Store, record: Record) -> bool:
    """Whether it was; one that never can be must not keep the others from it."""
    try:
        await store.commit(Write(record.aggregate_id).replace(record))
    except Stale:
        return False
    except Problem as problem:
        if problem.transient:
            raise
        log.warning("a record cannot be rewritten", of=record.kind, record=record.id, code=problem.code)
        return False
    return True
