"""What the embeddings adapter does with the SDK as it is, on a server that speaks the wire format."""

import math
from collections.abc import AsyncIterator, Iterator

import pytest

from shared.misconfigured import EMBEDDING_DIMENSIONS
from shared.platform.embeddings import Embeddings
from shared.platform.embeddings.openai import BATCH, open_embeddings
from shared.platform.opened import Platform
from shared.settings import Settings
from tests.embedding_server import KEY, Served, meaning, served


@pytest.fixture
def server() -> Iterator[Served]:
    with served() as running:
        yield running


def settings_of(server: Served, **chosen) -> Settings:
    given = {"azure_openai_endpoint": server.url, "azure_openai_api_key": KEY, "embedding_deployment": "meaning"}
    return Settings(**{"hosting": "local", "jwt_secret": "x" * 32, **given, **chosen})


@pytest.fixture
async def embeddings(server: Served) -> AsyncIterator[Embeddings]:
    opened = await open_embeddings(settings_of(server))
    yield opened
    await opened.close()


async def test_each_text_gets_its_vector_in_order(embeddings):
    texts = [f"text number {n}" for n in range(BATCH + 5)]
    vectors = await embeddings.embed(texts)
    assert embeddings.dimensions == EMBEDDING_DIMENSIONS
    assert vectors == [meaning(text) for text in texts]


async def test_many_texts_go_in_batches(embeddings, server):
    await embeddings.embed(["word"] * (2 * BATCH + 1))
    assert [len(each["input"]) for each in server.asked] == [BATCH, BATCH, 1]


async def test_no_texts_ask_nothing(embeddings, server):
    assert await embeddings.embed([]) == []
    assert server.asked == []


async def test_empty_and_very_long_texts_are_what_the_service_takes(embeddings):
    empty, long = await embeddings.embed(["", "word " * 10_000])
    assert len(empty) == EMBEDDING_DIMENSIONS
    assert math.isclose(sum(a * b for a, b in zip(long, meaning("word"), strict=True)), 1)


async def test_a_busy_service_is_asked_again(embeddings, server):
    server.failures = [429, 503]
    assert await embeddings.embed(["word"]) == [meaning("word")]


async def test_a_service_that_stays_down_is_an_error(embeddings, server):
    server.failures = [500] * 10
    with pytest.raises(Exception, match="not now"):
        await embeddings.embed(["word"])
    assert len(server.asked) == 3


async def test_vectors_of_another_length_are_an_error(embeddings, server):
    server.short = True
    with pytest.raises(ValueError, match="1536 dimensions"):
        await embeddings.embed(["word"])


async def test_the_platform_has_a_model_only_where_one_is_configured(server):
    without, with_one = Platform(settings_of(server, embedding_deployment="")), Platform(settings_of(server))
    assert await without.embeddings() is None
    opened = await with_one.embeddings()
    assert opened is not None
    assert await with_one.embeddings() is opened
    await without.close()
    await with_one.close()


async def test_without_a_key_the_managed_identity_is_opened_and_closed(server):
    opened = await open_embeddings(settings_of(server, azure_openai_api_key=""))
    await opened.close()
