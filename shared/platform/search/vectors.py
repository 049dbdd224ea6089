"""Entries with the vectors of what they say."""

from collections.abc import Sequence

from shared.platform.embeddings import Embeddings, vectors_of
from shared.platform.search import Entry


async def with_vectors(embeddings: Embeddings | None, entries: Sequence[Entry]) -> Sequence[Entry]:
    """The same entries, with vectors when there is a model and it answers."""
    if embeddings is None:
        return entries
    vectors = await vectors_of(embeddings, [f"{entry.title}\n{entry.text}" for entry in entries])
    return [entry.model_copy(update={"vector": vector}) for entry, vector in zip(entries, vectors, strict=True)]
