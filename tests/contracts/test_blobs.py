"""What every adapter of the blob port does."""

import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from shared.clock import Clock
from shared.platform.blobs import BlobNotFound, Blobs, BlobTooLarge, Container, Immutable
from shared.platform.blobs.azure import open_blobs
from shared.settings import Settings
from tests.fake_storage import MemoryBlobs


async def azure(request: pytest.FixtureRequest) -> Blobs:
    connection = request.getfixturevalue("azurite")
    return await open_blobs(Settings(hosting="local", jwt_secret="x" * 32, azurewebjobsstorage=connection), Clock())


async def memory(request: pytest.FixtureRequest) -> Blobs:
    return MemoryBlobs()


@pytest.fixture(params=[memory, azure], ids=lambda adapter: adapter.__name__)
async def blobs(request: pytest.FixtureRequest) -> AsyncIterator[Blobs]:
    opened = await request.param(request)
    yield opened
    await opened.close()


@pytest.fixture
def name() -> Callable[[str], str]:
    """Names that no other test uses."""
    tenant = uuid4().hex
    return lambda rest: f"{tenant}/{rest}"


async def test_what_is_put_is_got(blobs, name):
    assert await blobs.put(Container.WORK, name("a"), b"\x00\xff")
    assert await blobs.get(Container.WORK, name("a")) == b"\x00\xff"


async def test_an_empty_blob_is_a_blob(blobs, name, tmp_path):
    await blobs.put(Container.WORK, name("empty"), b"")
    assert await blobs.get(Container.WORK, name("empty")) == b""
    digest = await blobs.download(Container.WORK, name("empty"), tmp_path / "empty", limit=0)
    assert digest == hashlib.sha256().hexdigest()
    assert (tmp_path / "empty").read_bytes() == b""


async def test_putting_again_replaces_and_changes_the_etag(blobs, name):
    await blobs.put(Container.WORK, name("a"), b"one")
    before = await blobs.info(Container.WORK, name("a"))
    assert await blobs.put(Container.WORK, name("a"), b"two")
    after = await blobs.info(Container.WORK, name("a"))
    assert await blobs.get(Container.WORK, name("a")) == b"two"
    assert before.etag != after.etag


async def test_putting_once_never_replaces(blobs, name):
    assert await blobs.put(Container.AUDIT, name("a"), b"one", once=True)
    assert not await blobs.put(Container.AUDIT, name("a"), b"two", once=True)
    assert await blobs.get(Container.AUDIT, name("a")) == b"one"


async def test_an_anchor_is_neither_replaced_nor_removed(blobs, name, tmp_path):
    await blobs.put(Container.AUDIT, name("a"), b"one", once=True)
    (tmp_path / "two").write_bytes(b"two")
    for change in (
        blobs.put(Container.AUDIT, name("a"), b"two"),
        blobs.upload(Container.AUDIT, name("a"), tmp_path / "two", content_type="text/plain"),
        blobs.delete(Container.AUDIT, name("a")),
    ):
        with pytest.raises(Immutable):
            await change
    assert await blobs.get(Container.AUDIT, name("a")) == b"one"


async def test_containers_do_not_share_names(blobs, name):
    await blobs.put(Container.WORK, name("a"), b"one")
    assert await blobs.info(Container.SOURCES, name("a")) is None


async def test_info_tells_all_but_the_bytes(blobs, name):
    await blobs.put(Container.WORK, name("a"), b"hello", content_type="text/plain", metadata={"sourcetype": "paper"})
    info = await blobs.info(Container.WORK, name("a"))
    assert (info.name, info.size, info.content_type) == (name("a"), 5, "text/plain")
    assert info.metadata == {"sourcetype": "paper"}
    assert info.modified.tzinfo is not None
    assert info.etag


async def test_a_missing_blob_is_told(blobs, name, tmp_path):
    assert await blobs.info(Container.WORK, name("none")) is None
    with pytest.raises(BlobNotFound):
        await blobs.get(Container.WORK, name("none"))
    with pytest.raises(BlobNotFound):
        await blobs.download(Container.WORK, name("none"), tmp_path / "none", limit=10)
    assert not (tmp_path / "none").exists()


async def test_a_download_streams_into_a_file_and_gives_its_hash(blobs, name, tmp_path):
    data = bytes(range(256)) * 40_000
    (tmp_path / "in").write_bytes(data)
    assert await blobs.upload(Container.WORK, name("large"), tmp_path / "in", content_type="application/pdf")
    digest = await blobs.download(Container.WORK, name("large"), tmp_path / "out", limit=len(data))
    assert digest == hashlib.sha256(data).hexdigest()
    assert (tmp_path / "out").read_bytes() == data


async def test_a_download_beyond_the_limit_is_refused_and_leaves_no_file(blobs, name, tmp_path):
    await blobs.put(Container.WORK, name("a"), b"12345")
    with pytest.raises(BlobTooLarge):
        await blobs.download(Container.WORK, name("a"), tmp_path / "out", limit=4)
    assert not (tmp_path / "out").exists()


async def test_only_the_version_that_is_meant_is_downloaded(blobs, name, tmp_path):
    await blobs.put(Container.UPLOADS, name("a"), b"one")
    first = await blobs.info(Container.UPLOADS, name("a"))
    await blobs.download(Container.UPLOADS, name("a"), tmp_path / "one", limit=9, etag=first.etag)
    assert (tmp_path / "one").read_bytes() == b"one"
    for other in (b"two", b"", b"one"):
        await blobs.put(Container.UPLOADS, name("a"), other)
        with pytest.raises(BlobNotFound):
            await blobs.download(Container.UPLOADS, name("a"), tmp_path / "two", limit=9, etag=first.etag)
    assert not (tmp_path / "two").exists()


async def test_only_the_version_that_is_meant_is_deleted(blobs, name):
    await blobs.put(Container.UPLOADS, name("a"), b"one")
    first = await blobs.info(Container.UPLOADS, name("a"))
    await blobs.put(Container.UPLOADS, name("a"), b"two")
    await blobs.delete(Container.UPLOADS, name("a"), etag=first.etag)
    (second,) = [info async for info in blobs.list(Container.UPLOADS, name("a"))]
    assert await blobs.get(Container.UPLOADS, name("a")) == b"two"
    await blobs.delete(Container.UPLOADS, name("a"), etag=second.etag)
    await blobs.delete(Container.UPLOADS, name("a"), etag=second.etag)
    assert await blobs.info(Container.UPLOADS, name("a")) is None


async def test_uploading_once_never_replaces(blobs, name, tmp_path: Path):
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"two")
    assert await blobs.upload(Container.SOURCES, name("x"), tmp_path / "a", content_type="text/plain", once=True)
    assert not await blobs.upload(Container.SOURCES, name("x"), tmp_path / "b", content_type="text/plain", once=True)
    assert await blobs.get(Container.SOURCES, name("x")) == b"one"


async def test_deleting_is_idempotent(blobs, name):
    await blobs.put(Container.WORK, name("a"), b"one")
    await blobs.delete(Container.WORK, name("a"))
    await blobs.delete(Container.WORK, name("a"))
    assert await blobs.info(Container.WORK, name("a")) is None


async def test_a_list_holds_the_prefix_only_in_order_of_names(blobs, name):
    for rest in ("b/2", "b/1", "a/1", "bb"):
        await blobs.put(Container.WORK, name(rest), rest.encode(), metadata={"of": rest[0]})
    found = [info async for info in blobs.list(Container.WORK, name("b/"))]
    assert [info.name for info in found] == [name("b/1"), name("b/2")]
    assert [info.metadata for info in found] == [{"of": "b"}, {"of": "b"}]


async def test_a_list_of_nothing_is_empty(blobs, name):
    assert [info async for info in blobs.list(Container.WORK, name(""))] == []


async def test_odd_names_are_kept(blobs, name):
    odd = name("späß #1 & 50%.pdf")
    await blobs.put(Container.UPLOADS, odd, b"x")
    assert await blobs.get(Container.UPLOADS, odd) == b"x"
    assert [info.name async for info in blobs.list(Container.UPLOADS, name(""))] == [odd]


async def test_an_upload_address_names_its_blob_and_its_end(blobs, name):
    url = await blobs.upload_url(Container.UPLOADS, name("a.pdf"), expires=Clock().now() + timedelta(minutes=5))
    assert f"uploads/{name('a.pdf')}?" in url
    assert "se=" in url


async def test_an_open_adapter_answers(blobs):
    await blobs.ping()
