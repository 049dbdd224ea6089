"""Blobs in an Azure storage account, or in Azurite, which is the same to the SDK."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from shared.clock import Clock
from shared.platform.blobs import BlobInfo, BlobNotFound, Blobs, BlobTooLarge, Container, Obstacle, refuse_change
from shared.platform.storage import asking
from shared.settings import Settings

if TYPE_CHECKING:
    from azure.core.exceptions import HttpResponseError
    from azure.storage.blob import BlobProperties, UserDelegationKey
    from azure.storage.blob.aio import BlobClient, BlobServiceClient, StorageStreamDownloader

SECONDS = 30
"""Time-out of an operation on a small blob, retries included."""
STREAM_SECONDS = 300
"""Time-out of a streamed transfer."""
_KINDS = {"PageBlob": Obstacle.PAGES, "AppendBlob": Obstacle.APPENDS}
DELEGATION = timedelta(hours=12)
"""Life of a user-delegation key; addresses signed with it end sooner."""

_OPTIONS: dict[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 20,
    "retry_total": 3,
    "initial_backoff": 1,
    "increment_base": 2,
    # Larger bodies would hold up the event loop while aiohttp sends them.
    "max_single_put_size": 1024 * 1024,
    "max_block_size": 1024 * 1024,
}


async def open_blobs(settings: Settings, clock: Clock) -> Blobs:
    """Open the account of the connection string, or by managed identity that of `storage_account_url`."""
    from azure.storage.blob.aio import BlobServiceClient

    resources = AsyncExitStack()
    if connection := settings.azurewebjobsstorage.get_secret_value():
        service = BlobServiceClient.from_connection_string(connection, **_OPTIONS)
    else:
        if not settings.storage_account_url:
            raise ValueError("AZUREWEBJOBSSTORAGE or STORAGE_ACCOUNT_URL must say which storage account is used")
        from azure.identity.aio import DefaultAzureCredential

        credential = await resources.enter_async_context(DefaultAzureCredential())
        service = BlobServiceClient(settings.storage_account_url, credential=credential, **_OPTIONS)
    await resources.enter_async_context(service)
    blobs = AzureBlobs(service, clock, resources)
    try:
        await asyncio.gather(*map(blobs.ensure, Container))
    except BaseException:
        await blobs.close()
        raise
    return blobs


class AzureBlobs:
    """The blob port on one storage account."""

    def __init__(self, service: "BlobServiceClient", clock: Clock, resources: AsyncExitStack) -> None:
        self._service = service
        self._signer = _Signer(service, clock)
        self._resources = resources

    async def ensure(self, container: Container) -> None:
        """Make the container unless it is there."""
        from azure.core.exceptions import ResourceExistsError

        with suppress(ResourceExistsError):
            async with asking(SECONDS):
                await self._service.create_container(container)

    async def put(
        self,
        container: Container,
        name: str,
        data: bytes,
        *,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        once: bool = False,
    ) -> bool:
        async with asking(SECONDS):
            return await self._write(container, name, data, content_type, metadata, once=once)

    async def get(self, container: Container, name: str) -> bytes:
        async with asking(SECONDS):
            return await (await self._reader(container, name)).readall()

    async def download(self, container: Container, name: str, path: Path, *, limit: int, etag: str = "") -> str:
        async with asking(STREAM_SECONDS):
            stream = await self._reader(container, name, etag)
            if stream.size > limit:
                raise BlobTooLarge(f"The file has {stream.size} bytes; at most {limit} are taken.")
            file = await asyncio.to_thread(path.open, "wb")
            try:
                return await _copy(stream, file)
            finally:
                await asyncio.to_thread(file.close)

    async def info(self, container: Container, name: str) -> BlobInfo | None:
        from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

        try:
            async with asking(SECONDS):
                return _info(await self._blob(container, name).get_blob_properties())
        except ResourceNotFoundError:
            return None
        except HttpResponseError as error:
            if _code(error) != "BlobUsesCustomerSpecifiedEncryption":
                raise
        found = [one async for one in self.list(container, name) if one.name == name]
        return replace(found[0], obstacle=Obstacle.OWN_KEY) if found else None

    async def upload(
        self, container: Container, name: str, path: Path, *, content_type: str, once: bool = False
    ) -> bool:
        file = await asyncio.to_thread(path.open, "rb")
        try:
            async with asking(STREAM_SECONDS):
                return await self._write(container, name, file, content_type, None, once=once)
        finally:
            await asyncio.to_thread(file.close)

    async def delete(self, container: Container, name: str, *, etag: str = "") -> None:
        from azure.core.exceptions import HttpResponseError, ResourceModifiedError, ResourceNotFoundError

        refuse_change(container)
        blob = self._blob(container, name)
        with suppress(ResourceNotFoundError, ResourceModifiedError):
            async with asking(SECONDS):
                try:
                    await blob.delete_blob(delete_snapshots="include", **_only(etag))
                except HttpResponseError as error:
                    if _code(error) != "LeaseIdMissing":
                        raise
                    await _unleased(blob)
                    await blob.delete_blob(delete_snapshots="include", **_only(etag))

    async def list(self, container: Container, prefix: str = "") -> AsyncIterator[BlobInfo]:
        client = self._service.get_container_client(container)
        pages = client.list_blobs(name_starts_with=prefix or None, include=["metadata"]).by_page()
        while True:
            async with asking(SECONDS):
                page = await anext(pages, None)
                infos = [_info(found) async for found in page] if page else []
            if page is None:
                return
            for info in infos:
                yield info

    async def upload_url(self, container: Container, name: str, *, expires: datetime) -> str:
        return await self._signer.upload_url(self._blob(container, name), expires)

    async def ping(self) -> None:
        async with asking(5):
            await self._service.get_container_client(Container.UPLOADS).get_container_properties()

    async def close(self) -> None:
        await self._resources.aclose()

    def _blob(self, container: Container, name: str) -> "BlobClient":
        return self._service.get_blob_client(container, name)

    async def _reader(self, container: Container, name: str, etag: str = "") -> "StorageStreamDownloader[bytes]":
        from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError

        try:
            stream: StorageStreamDownloader[bytes]
            stream = await self._blob(container, name).download_blob(max_concurrency=4, **_only(etag))
        except (ResourceNotFoundError, ResourceModifiedError):
            raise BlobNotFound from None
        return stream

    async def _write(
        self,
        container: Container,
        name: str,
        data: bytes | BinaryIO,
        content_type: str,
        metadata: Mapping[str, str] | None,
        *,
        once: bool,
    ) -> bool:
        from azure.core.exceptions import ResourceExistsError
        from azure.storage.blob import ContentSettings

        if not once:
            refuse_change(container)
        try:
            await self._blob(container, name).upload_blob(
                data,
                overwrite=not once,
                max_concurrency=4,
                content_settings=ContentSettings(content_type=content_type),
                metadata=dict(metadata or {}),
            )
        except ResourceExistsError:
            return False
        return True


class _Signer:
    """Signs addresses with the account's key or, where there is none, a user-delegation key, kept until it ends."""

    def __init__(self, service: "BlobServiceClient", clock: Clock) -> None:
        self._service = service
        self._clock = clock
        self._key: UserDelegationKey | None = None
        self._key_ends = clock.now()

    async def upload_url(self, blob: "BlobClient", expires: datetime) -> str:
        from azure.storage.blob import BlobSasPermissions, generate_blob_sas

        account_key = getattr(self._service.credential, "account_key", None)
        signature = generate_blob_sas(
            str(blob.account_name),
            blob.container_name,
            blob.blob_name,
            account_key=account_key,
            user_delegation_key=None if account_key else await self._delegation(expires),
            permission=BlobSasPermissions(create=True, write=True),
            expiry=expires,
            protocol=None if _is_loopback(blob.url) else "https",
        )
        return f"{blob.url}?{signature}"

    async def _delegation(self, expires: datetime) -> "UserDelegationKey":
        if self._key is None or self._key_ends <= expires:
            now = self._clock.now()
            ends = max(now + DELEGATION, expires + timedelta(minutes=5))
            async with asking(SECONDS):
                self._key = await self._service.get_user_delegation_key(now - timedelta(minutes=5), ends)
            self._key_ends = ends
        return self._key


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def _only(etag: str) -> dict[str, Any]:
    """The condition that a blob has this ETag."""
    from azure.core import MatchConditions

    return {"etag": etag, "match_condition": MatchConditions.IfNotModified} if etag else {}


def _code(error: "HttpResponseError") -> str:
    """The service's own code, which the SDK keeps beside the class that it chose."""
    return str(getattr(error.error_code, "value", error.error_code))  # type: ignore[attr-defined]


async def _unleased(blob: "BlobClient") -> None:
    from azure.storage.blob.aio import BlobLeaseClient

    await BlobLeaseClient(blob).break_lease(lease_break_period=0)


async def _copy(stream: "StorageStreamDownloader[bytes]", file: BinaryIO) -> str:
    """The rest of a large blob comes in further requests, each for the version of the first."""
    from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError

    digest = hashlib.sha256()
    try:
        async for chunk in stream.chunks():
            digest.update(chunk)
            await asyncio.to_thread(file.write, chunk)
    except (ResourceNotFoundError, ResourceModifiedError):
        raise BlobNotFound from None
    return digest.hexdigest()


def _info(found: "BlobProperties") -> BlobInfo:
    return BlobInfo(
        name=str(found.name),
        size=int(found.size or 0),
        etag='"{}"'.format(str(found.etag).strip('"')),  # a list gives it without quotes
        modified=found.last_modified,
        content_type=str(found.content_settings.content_type),
        metadata=dict(found.metadata or {}),
        obstacle=_obstacle(found),
    )


def _obstacle(found: "BlobProperties") -> Obstacle | None:
    if kind := _KINDS.get(str(getattr(found.blob_type, "value", found.blob_type))):
        return kind
    if found.lease.status == "locked":
        return Obstacle.LEASE
    return Obstacle.ARCHIVE if found.blob_tier == "Archive" else None
