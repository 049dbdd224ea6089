"""The search port: entries of text under access fields, and the candidates that a caller may see.

An adapter finds; it does not rank. It decides access inside its query, and every number it gives (documents, lengths,
frequencies) counts only what the same predicate lets through, so that nothing hidden moves a rank or a count. The one
ranker of all adapters is `shared.platform.search.ranker`. Asked with a vector, an adapter also finds the entries whose
vectors are nearest to it, under the same predicate, and says how near every candidate is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from itertools import chain, zip_longest
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.platform.search.query import Query
from shared.platform.store.predicates import ALL, Predicate

T = TypeVar("T")
MAX_CANDIDATES = 200
PROJECTION = "search"
"""What the index is of the records."""

ACCESS = (
    "kind",
    "public",
    "space_id",
    "created_by",
    "source_type",
    "event_id",
    "project_id",
    "artifact_id",
    "source_id",
)
"""Fields of an entry that a predicate may name, and `readers`: adapters have an index on them."""


class EntryKind(StrEnum):
    """What an entry's text is."""

    ARTIFACT = "artifact"
    """What was extracted from a source: title, abstract, statements that are supported."""
    PASSAGE = "passage"
    """A stretch of a source, with its place."""
    SUMMARY = "summary"
    """A project's compiled summary."""


class Entry(BaseModel):
    """A piece of text that can be found. Predicates name its access fields as in JSON: `projectId`, `public`, …"""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    id: str
    kind: EntryKind
    title: str
    text: str
    project_id: str | None = None
    event_id: str | None = None
    artifact_id: str | None = None
    source_id: str | None = None
    space_id: str | None = None
    """Set for documents of a space, which the hub's own search never shows."""
    source_type: str | None = None
    passage: dict[str, Any] | None = None
    """The text's place in its source, as the API shows it."""
    public: bool = False
    """Whether everybody signed in may see it: approved, of a published project."""
    created_by: str = ""
    readers: tuple[str, ...] = Field(default=())
    """E-mail addresses of the team, casefolded."""
    vector: tuple[float, ...] | None = Field(default=None, exclude=True, repr=False)
    """Of the title and the text, where there are embeddings; an index takes it and never gives it back."""


@dataclass(frozen=True)
class Candidate:
    """An entry as it is ranked."""

    id: str
    held: bytes = field(repr=False)
    """The terms it holds; see `shared.platform.search.held`."""
    read: Callable[[], Entry] = field(compare=False, repr=False)

    @cached_property
    def entry(self) -> Entry:
        """The whole, made when it is first asked for: most candidates are ranked and forgotten."""
        return self.read()


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of all entries that the predicate lets through: how many, their mean length, and in how many each term stands."""

    entries: int
    average_length: float
    frequencies: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Found:
    """The candidates, best first by the adapter's own lights, and the statistics to rank them by."""

    candidates: tuple[Candidate, ...]
    statistics: Statistics
    terms: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """The numbers that the candidates have for each term of the query; for a prefix those of all its stems."""
    nearness: tuple[float | None, ...] = ()
    """For each candidate the cosine of its vector and the asker's; None without one, empty when none was asked for."""


def state_at(*changed: datetime) -> int:
    """The version of a state that has changed at these times last: microseconds."""
    return int(max(changed).timestamp() * 1_000_000)


def taking_turns(best: Sequence[T], nearest: Sequence[T], limit: int) -> list[T]:
    """The first of either in turn, each once: how an adapter makes one choice of two orders."""
    turns = chain.from_iterable(zip_longest(best, nearest))
    return list(dict.fromkeys(each for each in turns if each is not None))[:limit]


class SearchIndex(Protocol):
    """Entries of all tenants; each call is about one."""

    async def replace(self, tenant: str, owner: str, entries: Sequence[Entry], version: int) -> bool:
        """Make these all of the owner's entries; False and no effect when a newer version was seen already.

        The same version again replaces again, so that a replay ends as the first run did.
        """
        ...

    async def remove(self, tenant: str, owner: str, version: int) -> bool:
        """Forget the owner's entries, and any older version that may still arrive."""
        ...

    async def candidates(
        self,
        tenant: str,
        query: Query,
        where: Predicate = ALL,
        limit: int = MAX_CANDIDATES,
        vector: Sequence[float] | None = None,
    ) -> Found:
        """Entries that match `where` and hold a term of the query, all phrases as they stand, and nothing excluded.

        With a vector also the nearest to it, which hold all of the phrases and none of the excluded, too.
        Nothing for a query that is empty.
        """
        ...

    async def ping(self) -> None: ...

    async def close(self) -> None: ...


__all__ = [
    "MAX_CANDIDATES",
    "PROJECTION",
    "Candidate",
    "Entry",
    "EntryKind",
    "Found",
    "Query",
    "SearchIndex",
    "Statistics",
    "state_at",
    "taking_turns",
]
