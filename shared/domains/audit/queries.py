"""Asking the chain: what was done, and whether the chain is still what was written."""

from collections.abc import AsyncIterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.access import Allowed, Permission
from shared.domains.audit.model import AuditEntry, AuditHead, Checkpoint, anchor_name, anchor_numbers, genesis
from shared.domains.audit.retention import oldest_kept
from shared.platform.blobs import Blobs, Container
from shared.platform.shapes import View
from shared.platform.store import Predicate, Sort, Store, every
from shared.platform.store.listing import Listed, Selection, listed
from shared.platform.store.predicates import Compare, all_of, eq

Auditor = Allowed[None, Literal[Permission.VIEW_AUDIT]]
_BY_NUMBER = (Sort("number"),)
MAX_FAULTS = 100
"""Faults that are told; more tell nothing new."""


class Fault(BaseModel):
    """Where the chain is not what was written: from the entry of this number on."""

    model_config = ConfigDict(frozen=True)

    segment: str
    number: int
    what: Literal["edited", "missing", "cut", "unlinked", "head", "anchor", "unanchored"]
    detail: str


class Verification(View):
    """What verifying a tenant's chain found; what stands behind the last anchor could have been cut unnoticed."""

    valid: bool
    entries: int
    anchors: int
    segments: tuple[Checkpoint, ...]
    faults: tuple[Fault, ...]


async def entries(
    store: Store,
    _: Auditor,
    selection: Selection,
) -> Listed[AuditEntry]:
    """What was done in the tenant."""
    return await listed(store, AuditEntry, selection)


async def verify(
    store: Store,
    _: Auditor,
    blobs: Blobs,
    retention_days: int = 0,
) -> Verification:
    """Read the tenant's whole chain, and hold it against itself, its anchors and the retention.

    It may grow meanwhile: anchors are read before the heads, and entries up to these, so that what comes later is no
    fault; what stands beyond a head is held against the head as it is then.
    """
    anchors, faults = await _anchors(store, blobs)
    heads = {head.segment: head async for head in every(store, AuditHead)}
    segments = sorted({*heads, *anchors, *(head.continues.segment for head in heads.values() if head.continues)})
    places = _expected(heads, anchors)
    ends = []
    for segment in segments:
        reading = _Reading(store.tenant, segment, heads.get(segment), places.get(segment, {}))
        if not reading.retired(oldest_kept(store.clock, retention_days)):
            async for entry in every(store, AuditEntry, reading.scope, order=_BY_NUMBER):
                reading.take(entry)
        reading.end()
        reading.faults += await _beyond(store, segment, heads.get(segment))
        ends.append(Checkpoint(segment=segment, number=reading.number, hash=reading.hash))
        faults += reading.faults
    for head in heads.values():
        faults += await _unanchored(store.tenant, blobs, head, anchors.get(head.segment, []))
    return Verification(
        valid=not faults,
        entries=sum(end.number for end in ends),
        anchors=sum(map(len, anchors.values())),
        segments=tuple(ends),
        faults=tuple(faults[:MAX_FAULTS]),
    )


class _Reading:
    """One pass over a segment's entries in order, remembering the first fault of each kind."""

    def __init__(self, tenant: str, segment: str, head: AuditHead | None, places: dict[int, tuple[str, str]]) -> None:
        self._tenant = tenant
        self._segment = segment
        self._head = head
        self._places = places
        self.number = 0
        self.hash = genesis(tenant, segment, head.continues if head else None)
        self.faults: list[Fault] = []

    @property
    def scope(self) -> Predicate:
        """The entries up to the head."""
        mine = eq("segment", self._segment)
        return all_of(mine, Compare("number", "le", self._head.number)) if self._head else mine

    def retired(self, oldest: str) -> bool:
        """Whether the entries went, which is a fault if they should still be there; then this stands at the end."""
        if self._head is None or not self._head.retired:
            return False
        self.number, self.hash = self._head.number, self._head.hash
        self._hold(self.number, self.hash)
        if self._segment >= oldest:
            self._fault(1, "cut", "the entries were removed before their time")
        return True

    def take(self, entry: AuditEntry) -> None:
        expected = self.number + 1
        if entry.number != expected:
            self._fault(expected, "missing", f"entry {entry.number} stands where {expected} should")
        elif entry.previous != self.hash:
            self._fault(expected, "unlinked", "the entry is not bound to the one before it")
        if entry.digest(self._tenant) != entry.hash or entry.segment != self._segment:
            self._fault(entry.number, "edited", "the entry does not have the hash it was written with")
        self.number, self.hash = entry.number, entry.hash
        self._hold(entry.number, entry.hash)

    def end(self) -> None:
        """Hold the end against the head, and against the places that were never reached."""
        beyond = [number for number in self._places if number > self.number]
        if beyond:
            self._fault(self.number + 1, "cut", f"the chain once had an entry {max(beyond)}")
        if self._head is None:
            self._fault(self.number, "head", "the segment has no head")
        elif (self._head.number, self._head.hash) != (self.number, self.hash):
            what: Literal["cut", "head"] = "cut" if self._head.number > self.number else "head"
            self._fault(self.number + 1, what, f"the head stands at entry {self._head.number}")

    def _hold(self, number: int, found: str) -> None:
        expected, witness = self._places.get(number, (found, ""))
        if expected != found:
            self._fault(number, "anchor", f"{witness} has another hash: something up to here was rewritten")

    def _fault(
        self, number: int, what: Literal["edited", "missing", "cut", "unlinked", "head", "anchor"], detail: str
    ) -> None:
        if all(fault.what != what for fault in self.faults):
            self.faults.append(Fault(segment=self._segment, number=number, what=what, detail=detail))


async def _beyond(store: Store, segment: str, head: AuditHead | None) -> list[Fault]:
    """An entry that the segment's head does not know, also when that is read after the entry."""
    last = await store.query(AuditEntry, eq("segment", segment), order=(Sort("number", descending=True),), limit=1)
    if head is None or not last.items or last.items[0].number <= head.number:
        return []
    now = await store.get(AuditHead, head.id, head.aggregate_id)
    if now is not None and last.items[0].number <= now.number:
        return []
    detail = f"the head stands at entry {now.number if now else 0}"
    return [Fault(segment=segment, number=head.number + 1, what="head", detail=detail)]


async def _anchors(store: Store, blobs: Blobs) -> tuple[dict[str, list[Checkpoint]], list[Fault]]:
    """The tenant's anchors by segment, and those that cannot be read."""
    anchors: dict[str, list[Checkpoint]] = {}
    faults = []
    async for name, data in _read(blobs, f"{store.tenant}/"):
        try:
            place = Checkpoint.model_validate_json(data)
        except ValidationError:
            faults.append(Fault(segment="", number=0, what="anchor", detail=f"the anchor {name} cannot be read"))
        else:
            anchors.setdefault(place.segment, []).append(place)
    return anchors, faults


async def _unanchored(tenant: str, blobs: Blobs, head: AuditHead, anchors: list[Checkpoint]) -> list[Fault]:
    """The first anchor up to the head's number that is not there, also when it is looked for again."""
    there = {place.number for place in anchors}
    for number in anchor_numbers(0, head.number):
        name = anchor_name(tenant, Checkpoint(segment=head.segment, number=number, hash=""))
        if number not in there and await blobs.info(Container.AUDIT, name) is None:
            why = "the anchor was removed" if number <= head.anchored else "the anchor is not there; an entry puts it"
            return [Fault(segment=head.segment, number=number, what="unanchored", detail=why)]
    return []


async def _read(blobs: Blobs, prefix: str) -> AsyncIterator[tuple[str, bytes]]:
    async for info in blobs.list(Container.AUDIT, prefix):
        yield info.name, await blobs.get(Container.AUDIT, info.name)


def _expected(
    heads: dict[str, AuditHead], anchors: dict[str, list[Checkpoint]]
) -> dict[str, dict[int, tuple[str, str]]]:
    """By segment and number the hash that must be there, and who says so: an anchor, or a later segment."""
    expected: dict[str, dict[int, tuple[str, str]]] = {}
    for head in heads.values():
        if head.continues:
            known = expected.setdefault(head.continues.segment, {})
            known[head.continues.number] = (head.continues.hash, f"segment {head.segment}, which continues it,")
    for place in (place for places in anchors.values() for place in places):
        expected.setdefault(place.segment, {})[place.number] = (place.hash, "its anchor")
    return expected
