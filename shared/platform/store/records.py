"""What is stored: the base of every entity, the indexes it declares, and the change record."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

MODELS: dict[str, type["Record"]] = {}
"""Every record type by its kind, filled as their modules are imported."""


@dataclass(frozen=True, slots=True)
class Index:
    """An order that queries use: JSON names, those filtered by equality first; `-` before a descending one."""

    fields: tuple[str, ...]

    def __init__(self, *fields: str) -> None:
        object.__setattr__(self, "fields", fields)


class Record(BaseModel):
    """An entity: frozen, JSON in camelCase. A subclass declares its `kind`, and what it is found by.

    `upgraded` turns a stored document of an older `version` into one of the newest.
    """

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")

    kind: ClassVar[str] = ""
    container: ClassVar[str] = "records"
    version: ClassVar[int] = 1
    indexes: ClassVar[tuple[Index, ...]] = ()

    id: str
    etag: str = Field(default="", exclude=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.kind:
            if MODELS.setdefault(cls.kind, cls).__qualname__ != cls.__qualname__:
                raise TypeError(f"two record types are called {cls.kind}")
            MODELS[cls.kind] = cls

    @property
    def aggregate_id(self) -> str:
        """The aggregate the record is written with; its own unless a subclass says otherwise."""
        return self.id

    @property
    def subject(self) -> str:
        """What changes of this record are about."""
        return f"{self.kind}/{self.id}"

    @classmethod
    def upgraded(cls, document: dict[str, Any], version: int) -> dict[str, Any]:  # noqa: ARG003 -- for subclasses
        return document

    def with_(self, **fields: Any) -> Self:
        """A validated copy with other values."""
        return type(self).model_validate({**dict(self), **fields})


class Expiring(Record):
    """A record that may expire; readers never see it past its time."""

    expires_at: datetime


class Change(Record):
    """Something that happened to an aggregate: append-only, never expiring."""

    kind: ClassVar[str] = "change"
    indexes: ClassVar[tuple[Index, ...]] = (Index("occurredAt"), Index("eventType", "occurredAt"))

    event_id: str
    event_type: str
    schema_version: int = 1
    occurred_at: datetime
    producer: str = "event-hub"
    correlation_id: str
    causation_id: str | None
    subject_: str = Field(alias="subject")
    data: dict[str, Any]
    tenant_id: str
    sequence: int
    aggregate: str
    actor: str
    address: str

    @property
    def aggregate_id(self) -> str:
        return self.aggregate

    @property
    def subject(self) -> str:
        return self.subject_

    def envelope(self) -> dict[str, Any]:
        """The change as the outside sees it."""
        return self.model_dump(mode="json", by_alias=True, exclude={"id", "aggregate", "actor", "address"})
