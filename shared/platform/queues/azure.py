"""Queues in an Azure storage account, or in Azurite; messages are Base64, as queue triggers expect them."""

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any

from shared.platform.queues import MAX_BYTES, Queue, Queues
from shared.platform.storage import asking
from shared.settings import Settings

if TYPE_CHECKING:
    from azure.storage.queue.aio import QueueClient, QueueServiceClient

FOREVER = -1
"""A message that nobody takes for a week must not be lost."""
SECONDS = 30
"""Time-out of an operation, retries included."""

_OPTIONS: dict[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 20,
    "retry_total": 3,
    "initial_backoff": 1,
    "increment_base": 2,
}


async def open_queues(settings: Settings) -> Queues:
    """Open the account of the connection string, or by managed identity that of `queue_account_url`."""
    from azure.storage.queue.aio import QueueServiceClient

    resources = AsyncExitStack()
    if connection := settings.azurewebjobsstorage.get_secret_value():
        service = QueueServiceClient.from_connection_string(connection, **_OPTIONS)
    else:
        if not settings.queue_account_url:
            raise ValueError("AZUREWEBJOBSSTORAGE or QUEUE_ACCOUNT_URL must say which storage account is used")
        from azure.identity.aio import DefaultAzureCredential

        credential = await resources.enter_async_context(DefaultAzureCredential())
        service = QueueServiceClient(settings.queue_account_url, credential=credential, **_OPTIONS)
    await resources.enter_async_context(service)
    queues = AzureQueues(service, resources)
    try:
        await asyncio.gather(*(queues.ensure(name) for queue in Queue for name in (queue, f"{queue}-poison")))
    except BaseException:
        await queues.close()
        raise
    return queues


class AzureQueues:
    """The queue port on one storage account."""

    def __init__(self, service: "QueueServiceClient", resources: AsyncExitStack) -> None:
        self._service = service
        self._resources = resources
        self._clients = {queue: self._client(queue) for queue in Queue}

    async def ensure(self, name: str) -> None:
        """Make the queue unless it is there."""
        from azure.core.exceptions import ResourceExistsError

        with suppress(ResourceExistsError):
            async with asking(SECONDS):
                await self._service.create_queue(name)

    async def send(self, queue: Queue, text: str, *, delay: float = 0) -> None:
        if len(text.encode()) > MAX_BYTES:
            raise ValueError(f"a message of {len(text.encode())} bytes is more than the {MAX_BYTES} that a queue takes")
        async with asking(SECONDS):
            await self._clients[queue].send_message(text, visibility_timeout=round(delay), time_to_live=FOREVER)

    async def ping(self) -> None:
        async with asking(5):
            await self._clients[Queue.AUDIT_WRITES].get_queue_properties()

    async def close(self) -> None:
        await self._resources.aclose()

    def _client(self, queue: Queue) -> "QueueClient":
        from azure.storage.queue import TextBase64EncodePolicy

        return self._service.get_queue_client(queue, message_encode_policy=TextBase64EncodePolicy())
