"""Embeddings by a deployment of Azure OpenAI."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from shared.platform.embeddings import Embeddings
from shared.settings import Settings

if TYPE_CHECKING:
    from openai import AsyncAzureOpenAI

API_VERSION = "2024-10-21"
SCOPE = "https://cognitiveservices.azure.com/.default"
TIMEOUT = 30.0
"""Seconds of a request; the SDK tries two more times."""
MOST_CHARACTERS = 6_000
"""Of a text; the models read at most 8,191 tokens."""
BATCH = 48
"""Texts of a request, so that it stays under 300,000 tokens."""


async def open_embeddings(settings: Settings) -> Embeddings:
    """The deployment that the settings name, by key or, without one, by managed identity. It is not asked yet."""
    from openai import AsyncAzureOpenAI

    resources = AsyncExitStack()
    key = settings.azure_openai_api_key.get_secret_value()
    provider = None
    if not key:
        from azure.identity.aio import DefaultAzureCredential, get_bearer_token_provider

        credential = await resources.enter_async_context(DefaultAzureCredential())
        provider = get_bearer_token_provider(credential, SCOPE)
    client = AsyncAzureOpenAI(
        azure_endpoint=settings.azure_openai_endpoint,
        api_version=API_VERSION,
        api_key=key or None,
        azure_ad_token_provider=provider,
        timeout=TIMEOUT,
        max_retries=2,
    )
    resources.push_async_callback(client.close)
    return OpenAIEmbeddings(client, resources, settings.embedding_deployment, settings.embedding_dimensions)


class OpenAIEmbeddings:
    """See `Embeddings`."""

    def __init__(self, client: "AsyncAzureOpenAI", resources: AsyncExitStack, deployment: str, dimensions: int) -> None:
        self.dimensions = dimensions
        self._client = client
        self._resources = resources
        self._deployment = deployment

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Raises the SDK's errors, and ValueError for an answer of another shape than was asked for."""
        given = [text[:MOST_CHARACTERS] if text.strip() else "-" for text in texts]  # the service refuses empty ones
        made: list[list[float]] = []
        for start in range(0, len(given), BATCH):
            made += await self._batch(given[start : start + BATCH])
        return made

    async def close(self) -> None:
        await self._resources.aclose()

    async def _batch(self, texts: list[str]) -> list[list[float]]:
        answer = await self._client.embeddings.create(
            model=self._deployment, input=texts, dimensions=self.dimensions, encoding_format="float"
        )
        vectors = [each.embedding for each in sorted(answer.data, key=lambda each: each.index)]
        if len(vectors) != len(texts) or any(len(vector) != self.dimensions for vector in vectors):
            raise ValueError(f"the deployment does not give {len(texts)} vectors of {self.dimensions} dimensions")
        return vectors
