"""What is the storage account's own: signed addresses."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from azure.storage.blob import UserDelegationKey  # noqa: TID253 -- this is the SDK's own test

from shared.clock import Clock
from shared.platform.blobs import Blobs, Container
from shared.platform.blobs.azure import _Signer, open_blobs
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
