"""Queue triggers: the real host's batches, dequeue count and poison queue.

Two things differ, for one machine's sake. A message in hand is hidden for 30 seconds, renewed, instead of ten minutes;
and the host records it, so that after a crash the next one makes it visible at once. The queue is created if missing.
"""

import asyncio
import base64
import binascii
import contextlib
import logging
from datetime import datetime
from typing import TYPE_CHECKING, Any

from local.host.conversion import decode
from local.host.expressions import properties
from local.host.function import Function
from local.host.invocation import Outcome
from local.host.settings import connection_string, resolve, seconds
from local.host.triggers.trigger import Runtime, Trigger, finish, report

if TYPE_CHECKING:
    from azure.storage.queue import QueueMessage
    from azure.storage.queue.aio import QueueClient

_log = logging.getLogger("local.host")

_POISON = "-poison"
LEASE = 30
_RENEWAL = LEASE / 3
_HEARD, _UNHEARD = 2.0, 0.2


class QueueTrigger(Trigger):
    """One function's queue; `run` returns when the host stops and the messages in hand are done with."""

    def __init__(self, function: Function, runtime: Runtime) -> None:
        data, options = function.trigger.data, runtime.host_json
        self.name = resolve(data["queueName"], runtime.environ)
        self._function = function
        self._runtime = runtime
        self._connection = connection_string(function.trigger.connection, runtime.environ)
        self._batch = int(options.get("extensions.queues.batchSize", 16))
        self._threshold = int(options.get("extensions.queues.newBatchThreshold", self._batch // 2))
        self._visibility = int(seconds(options.get("extensions.queues.visibilityTimeout", "00:00:00")))
        self._max_dequeue = int(options.get("extensions.queues.maxDequeueCount", 5))
        self._is_binary = data.get("dataType") == "BINARY"
        self._parameter = function.inputs[function.trigger.name]
        self._bell = runtime.doorbell.watch(self.name)
        self._running: set[asyncio.Task[None]] = set()

    @property
    def _queue(self) -> "QueueClient":
        return self._runtime.storage.queue(self._connection, self.name)

    async def open(self) -> None:
        from azure.core.exceptions import ResourceExistsError

        with contextlib.suppress(ResourceExistsError):
            await self._queue.create_queue()
        await self._release_abandoned()

    async def run(self) -> None:
        try:
            await self._poll()
        finally:
            await finish(self._running)

    async def _poll(self) -> None:
        while not self._runtime.stopping.is_set():
            if len(self._running) > self._threshold:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
                continue
            batch = await self._receive()
            for message in batch:
                task = asyncio.create_task(self._process(message), name=f"a message on {self.name}")
                self._running.add(task)
                task.add_done_callback(self._running.discard)
                task.add_done_callback(report)
            if not batch:
                await self._bell.wait(_HEARD if self._bell.is_live else _UNHEARD)

    async def _receive(self) -> "list[QueueMessage]":
        pages = self._queue.receive_messages(messages_per_page=self._batch, visibility_timeout=LEASE).by_page()
        async for page in pages:
            batch = [message async for message in page]
            for message in batch:
                self._hold(message)
            return batch
        return []

    async def _release_abandoned(self) -> None:
        """What a killed host had in hand is visible again at once."""
        from azure.core.exceptions import HttpResponseError

        for message_id, receipt in self._runtime.state.held_messages(self.name):
            with contextlib.suppress(HttpResponseError):
                await self._queue.update_message(message_id, receipt, visibility_timeout=0)
            self._runtime.state.drop_message(self.name, message_id)

    def _hold(self, message: "QueueMessage") -> None:
        self._runtime.state.hold_message(self.name, message.id, str(message.pop_receipt))

    async def _process(self, message: "QueueMessage") -> None:
        renewal = asyncio.create_task(self._renew(message))
        try:
            done = await self._handle(message)
        finally:
            renewal.cancel()
        await self._settle(message, done=done)
        self._runtime.state.drop_message(self.name, message.id)

    async def _handle(self, message: "QueueMessage") -> bool:
        """Whether the message is done with: handled, or on the poison queue."""
        tries = message.dequeue_count or 1
        if self.name.endswith(_POISON):  # has no poison queue of its own: its messages are tried until they are done
            tries = 1
        try:
            body = self._body(message.content)
        except (binascii.Error, ValueError):
            _log.error("a message on %s is not in base64", self.name)
            return await self._poison(message)
        if tries > self._max_dequeue:
            return await self._poison(message)
        outcome = await self._invoke(message, body)
        return outcome.ok or (tries >= self._max_dequeue and await self._poison(message))

    def _body(self, content: str) -> str | bytes:
        body = base64.b64decode(content, validate=True) if self._runtime.storage.encode else content.encode()
        return body if self._is_binary else body.decode(errors="replace")

    async def _invoke(self, message: "QueueMessage", body: str | bytes) -> Outcome:
        metadata: dict[str, tuple[Any, str]] = {
            "Id": (message.id, "string"),
            "DequeueCount": (message.dequeue_count, "int"),
            "InsertionTime": (_time(message.inserted_on), "string"),
            "ExpirationTime": (_time(message.expires_on), "string"),
            "NextVisibleTime": (_time(message.next_visible_on), "string"),
            "PopReceipt": (message.pop_receipt, "string"),
        }
        value = decode(self._parameter, body, "bytes" if self._is_binary else "string", metadata)
        data = {**properties(body), "queueTrigger": body, "id": message.id, "dequeueCount": message.dequeue_count}
        return await self._runtime.invoker.attempt(self._function, value, data)

    async def _poison(self, message: "QueueMessage") -> bool:
        _log.error("a message was moved to %s-poison after %s tries", self.name, message.dequeue_count)
        await self._runtime.storage.send(self._connection, f"{self.name}{_POISON}", message.content, raw=True)
        return True

    async def _settle(self, message: "QueueMessage", *, done: bool) -> None:
        from azure.core.exceptions import HttpResponseError

        receipt = str(message.pop_receipt)
        try:
            if done:
                await self._queue.delete_message(message.id, receipt)
            else:
                await self._queue.update_message(message.id, receipt, visibility_timeout=self._visibility)
                asyncio.get_running_loop().call_later(self._visibility, self._bell.ring)
        except HttpResponseError as error:
            _log.warning("a message on %s was lost to another reader: %s", self.name, error.reason)

    async def _renew(self, message: "QueueMessage") -> None:
        from azure.core.exceptions import AzureError

        while True:
            await asyncio.sleep(_RENEWAL)
            with contextlib.suppress(AzureError):
                renewed = await self._queue.update_message(message.id, message.pop_receipt, visibility_timeout=LEASE)
                message.pop_receipt = renewed.pop_receipt
                self._hold(message)


def _time(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00") if moment else None
