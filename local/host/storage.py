"""Clients of the storage accounts that the bindings name, opened when first needed and shared."""

import base64
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azure.storage.blob.aio import BlobClient, BlobServiceClient, ContainerClient
    from azure.storage.queue.aio import QueueClient, QueueServiceClient

# Seconds. The SDK's first pause of 15 s is for a service far away, not for an Azurite that starts again.
_RETRIES: dict[str, Any] = {"initial_backoff": 0.5, "increment_base": 1}


class Storage:
    """`encode` is whether queue messages are in base64, as host.json says."""

    def __init__(self, *, encode: bool = True) -> None:
        self.encode = encode
        self._stack = AsyncExitStack()
        self._blobs: dict[str, BlobServiceClient] = {}
        self._queues: dict[str, QueueServiceClient] = {}

    async def close(self) -> None:
        await self._stack.aclose()

    def queue(self, connection: str, name: str) -> "QueueClient":
        if connection not in self._queues:
            from azure.storage.queue.aio import QueueServiceClient

            service = QueueServiceClient.from_connection_string(connection, **_RETRIES)
            self._stack.push_async_callback(service.close)
            self._queues[connection] = service
        return self._queues[connection].get_queue_client(name)

    def container(self, connection: str, name: str) -> "ContainerClient":
        return self._blob_service(connection).get_container_client(name)

    def blob(self, connection: str, path: str) -> "BlobClient":
        """`path` is `container/name/of/blob`."""
        container, _, name = path.partition("/")
        return self._blob_service(connection).get_blob_client(container, name)

    async def send(self, connection: str, queue: str, text: str | bytes, *, raw: bool = False) -> None:
        """Put a message on a queue, which is created if need be; `raw` text is sent as it is."""
        client = self.queue(connection, queue)
        body = text.encode() if isinstance(text, str) else text
        content = body.decode() if raw or not self.encode else base64.b64encode(body).decode()
        await _creating(lambda: client.send_message(content), client.create_queue)

    async def upload(self, connection: str, path: str, data: str | bytes) -> None:
        """Write a blob; its container is created if need be."""
        client = self.blob(connection, path)
        container = self.container(connection, path.partition("/")[0])
        await _creating(lambda: client.upload_blob(data, overwrite=True), container.create_container)

    def _blob_service(self, connection: str) -> "BlobServiceClient":
        if connection not in self._blobs:
            from azure.storage.blob.aio import BlobServiceClient

            service = BlobServiceClient.from_connection_string(connection, **_RETRIES)
            self._stack.push_async_callback(service.close)
            self._blobs[connection] = service
        return self._blobs[connection]


async def _creating(write: Callable[[], Awaitable[object]], create: Callable[[], Awaitable[object]]) -> None:
    from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

    try:
        await write()
    except ResourceNotFoundError:
        with suppress(ResourceExistsError):
            await create()
        await write()
