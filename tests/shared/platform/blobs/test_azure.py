"""What is the storage account's own: signed addresses."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from azure.core.exceptions import HttpResponseError  # noqa: TID253 -- this is the SDK's own test
from azure.storage.blob import BlobProperties, UserDelegationKey  # noqa: TID253 -- this is the SDK's own test

from shared.clock import Clock
from shared.platform.blobs import Blobs, Container, Obstacle
from shared.platform.blobs.azure import AzureBlobs, _Signer, open_blobs
from shared.settings import Settings

HEADERS = {"x-ms-blob-type": "BlockBlob"}


def settings(connection: str) -> Settings:
    return Settings(hosting="local", jwt_secret="x" * 32, azurewebjobsstorage=connection)


@pytest.fixture
async def blobs(azurite: str) -> AsyncIterator[Blobs]:
    opened = await open_blobs(settings(azurite), Clock())
    yield opened
    await opened.close()


@pytest.fixture
def name() -> str:
    return f"{uuid4().hex}/paper.pdf"


async def test_an_upload_address_lets_its_holder_write_the_blob(blobs, name):
    url = await blobs.upload_url(Container.UPLOADS, name, expires=Clock().now() + timedelta(minutes=5))
    async with httpx.AsyncClient() as client:
        answer = await client.put(url, content=b"%PDF", headers={**HEADERS, "x-ms-meta-sourcetype": "paper"})
    assert answer.status_code == 201
    assert await blobs.get(Container.UPLOADS, name) == b"%PDF"
    assert (await blobs.info(Container.UPLOADS, name)).metadata == {"sourcetype": "paper"}


async def test_an_upload_address_neither_reads_nor_deletes_nor_lists(blobs, name):
    await blobs.put(Container.UPLOADS, name, b"secret")
    url = await blobs.upload_url(Container.UPLOADS, name, expires=Clock().now() + timedelta(minutes=5))
    container = url.replace(f"/{name}", "") + "&restype=container&comp=list"
    async with httpx.AsyncClient() as client:
        answers = [await client.get(url), await client.delete(url), await client.get(container)]
    assert [answer.status_code for answer in answers] == [403, 403, 403]


async def test_an_upload_address_is_for_one_blob(blobs, name):
    url = await blobs.upload_url(Container.UPLOADS, name, expires=Clock().now() + timedelta(minutes=5))
    async with httpx.AsyncClient() as client:
        answer = await client.put(url.replace("paper.pdf", "other.pdf"), content=b"x", headers=HEADERS)
    assert answer.status_code == 403


async def test_an_upload_address_ends(blobs, name):
    url = await blobs.upload_url(Container.UPLOADS, name, expires=Clock().now() - timedelta(minutes=1))
    async with httpx.AsyncClient() as client:
        answer = await client.put(url, content=b"x", headers=HEADERS)
    assert answer.status_code == 403


async def test_a_leased_blob_is_removed_with_its_snapshots_but_no_other_version_of_it(blobs, name):
    await blobs.put(Container.UPLOADS, name, b"one")
    first = await blobs.info(Container.UPLOADS, name)
    await blobs.put(Container.UPLOADS, name, b"two")
    url = await blobs.upload_url(Container.UPLOADS, name, expires=Clock().now() + timedelta(minutes=5))
    version = {"x-ms-version": "2021-08-06"}
    async with httpx.AsyncClient() as client:
        lease = {"x-ms-lease-action": "acquire", "x-ms-lease-duration": "-1"}
        answers = [
            await client.put(f"{url}&comp=snapshot", headers=version),
            await client.put(f"{url}&comp=lease", headers={**version, **lease}),
        ]
    assert [answer.status_code for answer in answers] == [201, 201]
    second = await blobs.info(Container.UPLOADS, name)
    assert second.obstacle is Obstacle.LEASE
    await blobs.delete(Container.UPLOADS, name, etag=first.etag)
    assert await blobs.get(Container.UPLOADS, name) == b"two"
    await blobs.delete(Container.UPLOADS, name, etag=second.etag)
    assert await blobs.info(Container.UPLOADS, name) is None


async def test_outside_loopback_an_upload_address_is_for_https_only(blobs, azurite, name, monkeypatch):
    monkeypatch.setattr("shared.platform.blobs.azure._is_loopback", lambda url: False)
    url = await blobs.upload_url(Container.UPLOADS, name, expires=Clock().now() + timedelta(minutes=5))
    async with httpx.AsyncClient() as client:
        answer = await client.put(url, content=b"x", headers=HEADERS)
    assert answer.status_code == 403


async def test_opening_twice_finds_the_containers_there(azurite):
    for _ in range(2):
        opened = await open_blobs(settings(azurite), Clock())
        await opened.ping()
        await opened.close()


@dataclass
class EntraService:
    """An account opened by managed identity, which gives keys to sign with."""

    given: int = 0
    credential: None = None

    async def get_user_delegation_key(self, starts: datetime, ends: datetime) -> Any:
        self.given += 1
        key: Any = UserDelegationKey()
        key.signed_oid, key.signed_tid, key.value = "oid", "tid", "a2V5"
        key.signed_start, key.signed_expiry = starts.isoformat(), ends.isoformat()
        key.signed_service, key.signed_version = "b", "2021-08-06"
        return key


async def test_with_a_managed_identity_one_delegation_key_signs_many_addresses():
    service, now = EntraService(), Clock().now()
    account: Any = service
    signer = _Signer(account, Clock())
    url = "https://acc.blob.core.windows.net/uploads/t/p/a"
    blob: Any = SimpleNamespace(account_name="acc", container_name="uploads", blob_name="t/p/a", url=url)
    urls = [await signer.upload_url(blob, now + timedelta(minutes=minutes)) for minutes in (5, 60)]
    assert service.given == 1
    assert all("skoid=oid" in url and "sp=cw" in url and "spr=https" in url and "sr=b" in url for url in urls)
    await signer.upload_url(blob, now + timedelta(hours=13))
    assert service.given == 2


class KeyedBlob:
    """A blob written with a key of its writer's: the account tells nothing of it without the key."""

    async def get_blob_properties(self) -> Any:
        error: Any = HttpResponseError("The blob is encrypted with customer specified encryption.")
        error.status_code, error.error_code = 409, "BlobUsesCustomerSpecifiedEncryption"
        raise error


class KeyedService:
    """An account that lists such a blob all the same."""

    credential: None = None

    def __init__(self) -> None:
        self.found = BlobProperties(**{"x-ms-blob-type": "BlockBlob", "Content-Length": 9, "ETag": "0x1"})
        self.found.name, self.found.last_modified = "t/p/a", Clock().now()

    def get_blob_client(self, container: str, name: str) -> Any:
        return KeyedBlob()

    def get_container_client(self, container: str) -> Any:
        return SimpleNamespace(list_blobs=lambda **_: SimpleNamespace(by_page=self.pages))

    async def pages(self) -> AsyncIterator[Any]:
        async def page() -> AsyncIterator[Any]:
            yield self.found

        yield page()


async def test_a_blob_encrypted_by_its_writer_is_known_by_what_the_list_says():
    service: Any = KeyedService()
    blobs = AzureBlobs(service, Clock(), AsyncExitStack())
    info = await blobs.info(Container.UPLOADS, "t/p/a")
    assert info is not None
    assert (info.size, info.obstacle) == (9, Obstacle.OWN_KEY)
    assert await blobs.info(Container.UPLOADS, "t/p") is None
