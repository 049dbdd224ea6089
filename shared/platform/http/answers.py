"""What an endpoint may return beside a model: something created, something begun, a page of a list."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Created(Generic[M]):
    """201 with the new resource and its Location, a path such as `/v1/events/evt_…`."""

    body: M
    location: str


@dataclass(frozen=True, slots=True)
class Accepted(Generic[M]):
    """202: work has begun; Location tells where to look, Retry-After when (seconds)."""

    body: M
    location: str
    retry_after: int = 2
