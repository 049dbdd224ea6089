"""What the chains should hold and do not: the facts of changes, sent again until they are there, or dead letters.

The queue hands a message to its trigger five times, and ends of the process count; acts that left no change are dead
letters then, but a change is still there to be told of.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from shared.domains.audit.facts import entry_id, of_change, packed, send
from shared.domains.audit.model import AuditEntry, Fact, aggregate_of
from shared.domains.audit.retention import is_retired
from shared.domains.dead_letters.actions import bury
from shared.platform.changes.mark import unread
from shared.platform.queues import Queue, Queues
from shared.platform.store import Change, Store, Stores
from shared.platform.store.batch import change_id
from shared.platform.store.due import Due, note, noted, settle
from shared.platform.store.predicates import one_of

AUDIT = "audit"
"""Whose mark in the log it is, and what is due: a change whose entry was missing."""
GRACE = timedelta(minutes=5)
"""How long a fact may take to become an entry."""
PATIENCE = timedelta(hours=6)
"""How long a fact is sent again, at longer and longer intervals, before it is a dead letter."""
NEVER = "Lost: it was sent again and again for hours, and never written."
_ASKED = 100


async def complete(stores: Stores, queues: Queues, retention_days: int) -> int:
    """Send what is missing; how many facts. A change is noted before the mark moves past it."""
    sent = await _again(stores, queues, retention_days)
    async for changes in unread(stores, AUDIT, GRACE):
        missing = await _missing(stores, changes, retention_days)
        for change in missing:
            now = stores.open(change.tenant_id).clock.now()
            await note(stores, AUDIT, change.tenant_id, _ref(change), now + GRACE, since=now)
        await send(queues, *map(of_change, missing))
        sent += len(missing)
    return sent


async def _again(stores: Stores, queues: Queues, retention_days: int) -> int:
    now = stores.open("system").clock.now()
    facts: list[Fact] = []
    async for due in noted(stores, AUDIT, now):
        change = await _change(stores.open(due.tenant), due.ref)
        if change is None or not await _missing(stores, [change], retention_days):
            await settle(stores, due)
        elif now - due.since > PATIENCE:
            await _give_up(stores, due, of_change(change))
        else:
            facts.append(of_change(change))
            await note(stores, AUDIT, due.tenant, due.ref, now + max(GRACE, now - due.since), due.since)
    await send(queues, *facts)
    return len(facts)


async def _give_up(stores: Stores, due: Due, fact: Fact) -> None:
    (message,) = packed([fact])
    await bury(stores, due.tenant, Queue.AUDIT_WRITES, message.model_dump_json(by_alias=True), NEVER)
    await settle(stores, due)


async def _missing(stores: Stores, changes: Iterable[Change], retention_days: int) -> list[Change]:
    """Those of the changes that their segment should hold and does not."""
    by_segment: dict[tuple[str, str], dict[str, Change]] = defaultdict(dict)
    for change in changes:
        by_segment[change.tenant_id, of_change(change).segment][entry_id(change.event_id)] = change
    missing: list[Change] = []
    for (tenant, segment), wanted in by_segment.items():
        store = stores.open(tenant)
        written = await _written(store, segment, list(wanted))
        lost = [change for wanted_id, change in wanted.items() if wanted_id not in written]
        if lost and not await is_retired(store, segment, retention_days):
            missing += lost
    return missing


async def _written(store: Store, segment: str, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(ids), _ASKED):
        asked = one_of("id", ids[start : start + _ASKED])
        page = await store.query(AuditEntry, asked, aggregate=aggregate_of(segment), limit=_ASKED)
        found.update(entry.id for entry in page.items)
    return found


def _ref(change: Change) -> str:
    return f"{change.sequence}:{change.aggregate}"


async def _change(store: Store, ref: str) -> Change | None:
    sequence, _, aggregate = ref.partition(":")
    return await store.get(Change, change_id(int(sequence)), aggregate)
