"""Bases of what comes in and what goes out: bodies, merge patches, query parameters, answers, preconditions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.clock import Clock
from shared.errors import PreconditionFailed
from shared.platform.store.records import Record

R = TypeVar("R", bound=Record)


class Input(BaseModel):
    """A JSON body: camelCase, frozen, unknown properties refused. Numbers and texts are not taken for each other."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")


def _without_defaults(schema: dict[str, Any]) -> None:
    for value in schema.get("properties", {}).values():
        value.pop("default", None)


class Patch(Input):
    """A JSON Merge Patch (RFC 7396): what is absent stays, null removes where the field's type allows None.

    Give every field a default, which is never used: `title: str = ""`, `room: str | None = None`.
    """

    model_config = ConfigDict(json_schema_extra=_without_defaults)

    def changes(self) -> dict[str, Any]:
        """The fields that were sent, by their Python names; a nested patch as its own changes."""
        values = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: value.changes() if isinstance(value, Patch) else value for name, value in values.items()}

    def applied_to(self, record: R) -> R:
        """A validated copy of the record with the changes in it, nested objects merged."""
        return record.with_(**_merged(record, self.changes()))


def _merged(target: BaseModel, changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(changes)
    for name, value in changes.items():
        nested = getattr(target, name, None)
        if isinstance(value, dict) and isinstance(nested, BaseModel):
            merged[name] = type(nested).model_validate({**dict(nested), **_merged(nested, value)})
    return merged


@dataclass(frozen=True, slots=True)
class Csv:
    """A body of comma-separated values (RFC 4180): its text, without a byte order mark. A subclass gives an example."""

    text: str

    example: ClassVar[str] = ""


class Query(BaseModel):
    """Query parameters: camelCase, frozen, unknown ones refused; a list field takes a repeated parameter."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")


class View(BaseModel):
    """An answer that is no stored record: camelCase. Give it the record's `etag` to have it sent."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    etag: str = Field(default="", exclude=True)


class Piece(BaseModel):
    """A frozen part of a record, camelCase in JSON, unknown members refused."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")


class NewId:
    """Ids for what a request creates: `new_id("evt")`. The first is the same again when the request is repeated."""

    def __init__(self, clock: Clock, first: str = "") -> None:
        self._clock = clock
        self._first = first

    def __call__(self, prefix: str) -> str:
        first, self._first = self._first, ""
        return f"{prefix}_{first}" if first else self._clock.new_id(prefix)


class Tagged(Protocol):
    """What has an ETag."""

    @property
    def etag(self) -> str: ...


@dataclass(frozen=True, slots=True)
class IfMatch:
    """The ETags that the caller says are current; None when nothing was said, empty for `*`."""

    etags: Sequence[str] | None = None

    def check(self, current: Tagged) -> None:
        """Raise PreconditionFailed unless the caller knows the current state."""
        if self.etags and current.etag not in self.etags:
            raise PreconditionFailed("Read it again, and send the ETag you get then in If-Match.")
