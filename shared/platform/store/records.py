"""What is stored: the base of every entity, the indexes it declares, and the change record."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import to_jsonable_python

from shared.errors import Unprocessable

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS | orjson.OPT_STRICT_INTEGER

MODELS: dict[str, type["Record"]] = {}
"""Every record type by its kind, filled as their modules are imported."""


class Unstorable(Unprocessable):
    """JSON that not every database keeps as it is."""

    code = "record.unstorable"
    title = "The text or number cannot be stored"


def instant(moment: datetime) -> str:
    """How times are stored: RFC 3339, UTC, microseconds; the order of texts is that of times. Naive ones are UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    try:
        return aware.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    except OverflowError:
        return aware.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def encode(document: Any) -> bytes:
    """The stored JSON; raises Unstorable for NUL characters, lone surrogates and integers beyond 53 bits.

    Larger ones would come back rounded from Cosmos DB, whose numbers are IEEE 754 doubles.
    """
    try:
        encoded = orjson.dumps(document, _plain, _OPTIONS)
    except TypeError as error:
        raise Unstorable(f"Some value cannot be stored: {error}.") from error
    if b"\\u0000" in encoded and _NUL.search(encoded):
        raise Unstorable("Texts may not hold NUL characters.")
    return encoded


def _plain(value: Any) -> Any:
    return instant(value) if isinstance(value, datetime) else to_jsonable_python(value)


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
    whole: ClassVar[type["Record"]]
    """The type that it is stored as: itself, unless it is a part of another."""

    id: str
    etag: str = Field(default="", exclude=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.whole = cls
        if cls.kind:
            other = MODELS.setdefault(cls.kind, cls)
            if (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
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

    def encoded(self, tenant: str) -> bytes:
        """The record as it is stored: JSON with its kind, its version and its tenant."""
        head = {"kind": self.kind, "schemaVersion": self.version, "tenantId": tenant}
        return encode({**head, **self.model_dump(by_alias=True)})

    @classmethod
    def restored(cls, document: dict[str, Any], etag: str) -> Self:
        """The record of a stored document, which may be of an older version."""
        version = document["schemaVersion"]
        if version < cls.version:
            document = cls.whole.upgraded(document, version)
        return cls.model_validate({**document, "etag": etag})

    @classmethod
    def upgraded(cls, document: dict[str, Any], version: int) -> dict[str, Any]:  # noqa: ARG003 -- for subclasses
        return document

    def with_(self, **fields: Any) -> Self:
        """A validated copy with other values."""
        return type(self).model_validate({**dict(self), **fields})


class Expiring(Record):
    """A record that may expire; readers never see it past its time."""

    expires_at: datetime


class Restricted(Record):
    """A record that not everybody may see: queries for those shared with somebody are served by indexes.

    `readers`, a field or a computed one, are the names that it is shared with, EVERYBODY's or a person's; who sees all
    needs none. What it is listed by besides, the fields of its indexes, are scalars.
    """

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "readers" not in {**cls.model_fields, **cls.model_computed_fields}:
            raise TypeError(f"{cls.__name__} does not say who reads it")


class Part(BaseModel):
    """A piece of a record of which only these fields are read."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


class Partial(Record):
    """Some fields of a record type, so that queries read only these: `class Title(Partial, of=Book)`. Never written."""

    def __init_subclass__(cls, *, of: type[Record], **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.kind, cls.container, cls.version, cls.indexes = of.kind, of.container, of.version, of.indexes
        cls.whole = of


class Change(Record):
    """Something that happened to an aggregate: append-only, never expiring."""

    kind: ClassVar[str] = "change"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("occurredAt", "aggregate"),
        Index("eventType", "occurredAt"),
    )

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
        shown = self.model_dump(mode="json", by_alias=True, exclude={"id", "aggregate", "actor", "address"})
        return {**shown, "occurredAt": instant(self.occurred_at)}
