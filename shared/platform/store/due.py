"""What is to be looked at again, and from when, in all tenants: one list in the tenant `system`, asked once by a sweep.

An entry is written before what it stands for, so that a process that dies between leaves an entry too many, never one
too few. Each writing gives it a new ETag: who takes it away takes away only what they have seen.
"""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from typing import ClassVar

from shared.clock import derived_id
from shared.platform.store import Predicate, Record, Sort, Stale, Stores, Write, every
from shared.platform.store.predicates import Compare, all_of, eq
from shared.platform.store.records import Index, instant
from shared.platform.store.tenants import SYSTEM

PROGRESS = "progress"
"""The container of what is known of progress: apart from the records, whose feed it would come back by."""
MOST = 1000
"""Entries that one sweep looks at, the longest due first."""


class Due(Record):
    """That something of a tenant, `ref`, is to be looked at from `at` on; it waits `since`."""

    kind: ClassVar[str] = "due"
    container: ClassVar[str] = PROGRESS
    indexes: ClassVar[tuple[Index, ...]] = (Index("what", "at"), Index("what", "since"))

    what: str
    tenant: str
    ref: str
    at: datetime
    since: datetime


async def note(stores: Stores, what: str, tenant: str, ref: str, at: datetime, since: datetime | None = None) -> None:
    """Have it looked at from `at` on, whatever was noted before."""
    due = Due(id=_id(what, tenant, ref), what=what, tenant=tenant, ref=ref, at=at, since=since or at)
    await stores.open(SYSTEM).commit(Write(due.id).put(due))


async def noted(stores: Stores, what: str, until: datetime) -> AsyncIterator[Due]:
    """What is due by then, the longest due first, MOST at a time."""
    page = await stores.open(SYSTEM).query(Due, _by(what, until), order=(Sort("at"),), limit=MOST)
    for due in page.items:
        yield due


def all_noted(stores: Stores, what: str, until: datetime) -> AsyncIterator[Due]:
    """The same without a bound: for what stays noted after it was looked at, and would hide the rest."""
    return every(stores.open(SYSTEM), Due, _by(what, until), order=(Sort("at"),))


async def settle(stores: Stores, due: Due) -> None:
    """Take an entry away unless it was noted anew since it was read."""
    with suppress(Stale):
        await stores.open(SYSTEM).commit(Write(due.id).delete(due))


async def forget(stores: Stores, what: str, tenant: str, ref: str) -> None:
    """Take an entry away whatever was noted since: for what is done with by one who knows."""
    due = await stores.open(SYSTEM).get(Due, _id(what, tenant, ref))
    if due is not None:
        await settle(stores, due)


async def count_noted(stores: Stores, what: str) -> int:
    return await stores.open(SYSTEM).count(Due, eq("what", what))


async def waiting_longest(stores: Stores, what: str) -> datetime | None:
    """Since when the one that waits longest does so."""
    page = await stores.open(SYSTEM).query(Due, eq("what", what), order=(Sort("since"),), limit=1)
    return page.items[0].since if page.items else None


def _by(what: str, until: datetime) -> Predicate:
    return all_of(eq("what", what), Compare("at", "le", instant(until)))


def _id(what: str, tenant: str, ref: str) -> str:
    return derived_id("due", what, tenant, ref)
