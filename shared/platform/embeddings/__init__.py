"""The embeddings port: texts as vectors, near each other when they mean the same.

Search goes on without them: a model that fails or is slow costs the finds that only vectors give, and nothing else.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from shared.platform import telemetry

SECONDS = 2.0
"""What a question waits for its vector."""
log = telemetry.logger(__name__)


class Embeddings(Protocol):
    """One model; vectors of different models say nothing about each other."""

    dimensions: int

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text, in order; of a very long text its beginning counts."""
        ...

    async def close(self) -> None: ...


async def vectors_of(embeddings: Embeddings | None, texts: Sequence[str]) -> list[tuple[float, ...] | None]:
    """Vectors for texts that are kept; None for each when no model is configured, or it fails."""
    if embeddings is None or not texts:
        return [None] * len(texts)
    try:
        return [tuple(vector) for vector in await embeddings.embed(texts)]
    except Exception as error:  # noqa: BLE001 -- whatever is wrong with the model, texts stay findable by their words
        log.warning("Texts are indexed without vectors", texts=len(texts), error=type(error).__name__)
        return [None] * len(texts)


async def vector_of(embeddings: Embeddings | None, text: str) -> tuple[float, ...] | None:
    """The vector of a question that somebody waits for; None when it is not there in SECONDS."""
    if embeddings is None:
        return None
    try:
        (vector,) = await asyncio.wait_for(embeddings.embed([text]), SECONDS)
    except Exception as error:  # noqa: BLE001 -- as above
        log.warning("A search goes on without vectors", error=type(error).__name__)
        return None
    return tuple(vector)
