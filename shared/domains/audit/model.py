"""Facts, the chain that they become entries of, and the anchors that hold it.

A tenant's chain is kept in segments of a month, so that no partition grows without end, and so that a fact sent twice
meets itself. The first entry of a segment names the place at which an earlier segment then stood.
"""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, ClassVar, Literal

import rfc8785
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.platform.store.records import Index, Record, instant

HEAD = "head"
"""The id of each segment's head."""
ANCHOR_EVERY = 64
"""Entries of a segment between two anchors."""

Detail = str | int | bool | tuple[str, ...] | None
Outcome = Literal["done", "refused"]


class Fact(BaseModel):
    """What is to be written down once: no secret, and of a payload its field names and harmless values only."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    event_id: str
    tenant: str
    at: datetime
    actor: str
    action: str
    subject: str
    address: str = ""
    correlation_id: str = ""
    causation_id: str | None = None
    outcome: Outcome = "done"
    fields: tuple[str, ...] = ()
    details: dict[str, Detail] = Field(default_factory=dict)

    @property
    def segment(self) -> str:
        """The month it belongs to, whenever it arrives."""
        return self.at.astimezone(UTC).strftime("%Y-%m")


class Message(BaseModel):
    """What the queue carries."""

    facts: tuple[Fact, ...]


class Checkpoint(BaseModel):
    """A place in a segment, and the hash of all entries up to it."""

    model_config = ConfigDict(frozen=True)

    segment: str
    number: int
    hash: str


class AuditHead(Record):
    """Where a segment stands. `anchored` is the last number whose anchor is known to be there.

    A retired segment's entries are gone, as the retention wants it; its head stays, for what continues it.
    """

    kind: ClassVar[str] = "audit_head"
    container: ClassVar[str] = "audit"
    indexes: ClassVar[tuple[Index, ...]] = (Index("segment"),)

    segment: str
    number: int
    hash: str
    anchored: int = 0
    continues: Checkpoint | None = None
    retired: bool = False

    @property
    def aggregate_id(self) -> str:
        return aggregate_of(self.segment)

    @property
    def place(self) -> Checkpoint:
        return Checkpoint(segment=self.segment, number=self.number, hash=self.hash)


class AuditEntry(Record):
    """A fact in its place: numbered from 1 in its segment, bound to the one before by its hash."""

    kind: ClassVar[str] = "audit_entry"
    container: ClassVar[str] = "audit"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("segment", "number"),
        Index("at"),
        Index("actor", "at"),
        Index("action", "at"),
        Index("subject", "at"),
        Index("outcome", "at"),
        Index("correlationId", "at"),
    )

    segment: str
    number: int
    previous: str
    hash: str
    event_id: str
    at: datetime
    actor: str
    action: str
    subject_: str = Field(alias="subject")
    address: str
    correlation_id: str
    causation_id: str | None
    outcome: Outcome
    fields: tuple[str, ...]
    details: dict[str, Detail]

    @property
    def aggregate_id(self) -> str:
        return aggregate_of(self.segment)

    @property
    def subject(self) -> str:
        return self.subject_

    def digest(self, tenant: str) -> str:
        """What `hash` must be: SHA-256 over the canonical JSON (RFC 8785) of everything else."""
        fields = self.model_dump(mode="json", by_alias=True, exclude={"hash"})
        return digest_of({**fields, "at": instant(self.at), "tenantId": tenant})


def aggregate_of(segment: str) -> str:
    """The aggregate that a segment's records make up."""
    return f"audit-{segment}"


def digest_of(document: dict[str, Any]) -> str:
    return sha256(rfc8785.dumps(document)).hexdigest()


def genesis(tenant: str, segment: str, continues: Checkpoint | None) -> str:
    """What the first entry of a segment is bound to: the tenant, the segment, and the place it continues."""
    return digest_of(
        {"tenantId": tenant, "segment": segment, "continues": continues.model_dump() if continues else None}
    )


def anchor_name(tenant: str, place: Checkpoint) -> str:
    """The blob of an anchor."""
    return f"{tenant}/{place.segment}/{place.number:012d}"


def anchor_numbers(after: int, upto: int) -> range:
    """The numbers behind `after` and up to `upto` that are to be anchored."""
    return range((after // ANCHOR_EVERY + 1) * ANCHOR_EVERY, upto + 1, ANCHOR_EVERY)
