"""The audit as a table for other programs."""

import csv
import io
from typing import Any

import orjson

from shared.domains.audit.facts import of_act, send
from shared.domains.audit.model import AuditEntry
from shared.domains.audit.queries import Auditor
from shared.errors import Unprocessable
from shared.platform.queues import Queues
from shared.platform.store import Predicate, Sort, Store, every
from shared.platform.store.records import instant

MAX_ROWS = 20_000
COLUMNS = (
    "at", "actor", "action", "subject", "outcome", "address", "correlationId", "causationId", "details", "fields",
    "eventId", "segment", "number", "hash",
)  # fmt: skip


class TooManyEntries(Unprocessable):
    """More entries match than one table takes."""

    code = "audit.too_many"
    title = "Too many entries for one table"


async def exported(
    store: Store,
    _: Auditor,
    queues: Queues,
    where: Predicate,
) -> str:
    """The matching entries as CSV (RFC 4180), oldest first; that they were exported is put down."""
    count = await store.count(AuditEntry, where)
    if count > MAX_ROWS:
        raise TooManyEntries(
            f"{count} entries match, and a table takes {MAX_ROWS}. Narrow the filter, by time perhaps."
        )
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    async for entry in every(store, AuditEntry, where, order=(Sort("at"),)):
        table.writerow(_row(entry))
    told = {"count": count, "format": "csv"}
    await send(queues, of_act(store.clock, store.tenant, store.origin, "AuditExported", "audit/logs", details=told))
    return text.getvalue()


def _row(entry: AuditEntry) -> list[str]:
    document = {**entry.model_dump(mode="json", by_alias=True), "at": instant(entry.at)}
    return [_cell(document[column]) for column in COLUMNS]


def _cell(value: Any) -> str:
    """A value as text that no spreadsheet takes for a formula."""
    text = orjson.dumps(value).decode() if isinstance(value, dict | list) else "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
