"""How far a tenant's changes are known to have reached the cursors, so that a sweep looks at the newest only."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from shared.platform.changes.cursor import read_cursor
from shared.platform.store import Change, Predicate, Record, Sort, Store, Write
from shared.platform.store.predicates import Compare, all_of
from shared.platform.store.records import instant

MARK_ID = "relay-mark"
OVERLAP = timedelta(minutes=2)
"""How much later than it says a change may have been committed."""
_PAGE = 500
_ORDER = (Sort("occurredAt"), Sort("aggregate"))
"""The ids of changes repeat from aggregate to aggregate."""


class RelayMark(Record):
    """All changes that occurred before `until` have reached the cursors, but for the OVERLAP."""

    kind: ClassVar[str] = "relay_mark"

    id: str = MARK_ID
    until: datetime


async def move_mark(store: Store, until: datetime) -> None:
    await store.commit(Write(MARK_ID).put(RelayMark(until=until)))


async def since_mark(store: Store, until: datetime) -> AsyncIterator[Sequence[Change]]:
    """Pages of the tenant's changes that may not have reached the cursors, oldest first."""
    mark = await store.get(RelayMark, MARK_ID)
    terms: list[Predicate] = [Compare("occurredAt", "le", instant(until))]
    if mark:
        terms.append(Compare("occurredAt", "ge", instant(mark.until - OVERLAP)))
    after = None
    while True:
        page = await store.query(Change, all_of(*terms), order=_ORDER, limit=_PAGE, after=after)
        if page.items:
            yield page.items
        if page.after is None:
            return
        after = page.after


async def missed(store: Store, changes: Sequence[Change]) -> AsyncIterator[Change]:
    """Of each aggregate the first change here that no relay has seen."""
    heads: dict[str, int] = {}
    for change in changes:
        if change.aggregate not in heads:
            heads[change.aggregate] = (await read_cursor(store, change.aggregate)).head
        if change.sequence > heads[change.aggregate]:
            heads[change.aggregate] = change.sequence
            yield change
