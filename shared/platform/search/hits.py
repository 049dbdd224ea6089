"""What a search gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.platform.search import Candidate, Entry
from shared.platform.search.excerpts import Excerpt, excerpt


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that answers: `relevance` from 0 to 1 means the same across queries."""

    candidate: Candidate
    relevance: float
    weights: Mapping[str, float] = field(repr=False)
    """Of the query's terms, which the excerpt shows."""

    @property
    def entry(self) -> Entry:
        return self.candidate.entry

    @property
    def excerpt(self) -> Excerpt:
        """The best stretch of the text, found when asked for."""
        return excerpt(self.entry.text, self.weights)
