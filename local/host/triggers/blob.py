"""Blob triggers: each version of each blob once, five tries, then a message on `webjobs-blobtrigger-poison`.

Both sources (`EventGrid` and `LogsAndContainerScan`) are served alike: by the doorbell, and by listing.
"""

import asyncio
import json
import logging
import os
import time
from typing import TYPE_CHECKING, Any

from local.host.expressions import PathPattern
from local.host.function import Function
from local.host.settings import connection_string, resolve
from local.host.triggers.blob_content import argument, version
from local.host.triggers.trigger import Runtime, Trigger, finish, report

if TYPE_CHECKING:
    from azure.storage.blob import BlobProperties

_log = logging.getLogger("local.host")

POISON_QUEUE = "webjobs-blobtrigger-poison"
# Seconds between listings, and the share of the time that they may take, however many blobs there are.
_HEARD, _UNHEARD = (5.0, 1 / 200), (0.2, 1 / 10)
# A longer page would hold the loop up while it is parsed.
_PAGE = 250


class BlobTrigger(Trigger):
    """One function's container; `run` returns when the host stops and the blobs in hand are done with."""

    def __init__(self, function: Function, runtime: Runtime) -> None:
        self._function = function
        self._runtime = runtime
        self._pattern = PathPattern(resolve(function.trigger.data["path"], runtime.environ))
        self._connection = connection_string(function.trigger.connection, runtime.environ)
        degree = runtime.host_json.get("extensions.blobs.maxDegreeOfParallelism", 8 * (os.cpu_count() or 1))
        self._tries = int(runtime.host_json.get("extensions.blobs.poisonBlobThreshold", 5))
        self._bell = runtime.doorbell.watch(self._pattern.container)
        self._places = asyncio.Semaphore(int(degree))
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()

    async def run(self) -> None:
        try:
            await self._poll()
        finally:
            await finish(self._busy.values())

    async def _poll(self) -> None:
        rung: set[str] = set()
        while not self._runtime.stopping.is_set():
            took = 0.0
            if rung and "" not in rung:
                for name in rung:
                    await self._look_at(name)
            else:
                started = time.perf_counter()
                await self._list()
                took = time.perf_counter() - started
            least, share = _HEARD if self._bell.is_live else _UNHEARD
            rung = await self._bell.wait(max(least, took / share))

    async def _list(self) -> None:
        from azure.core.exceptions import ResourceNotFoundError

        container = self._runtime.storage.container(self._connection, self._pattern.container)
        handled = self._runtime.state.handled_blobs(self._function.name)
        seen = set()
        try:
            async for blob in container.list_blobs(
                name_starts_with=self._pattern.prefix or None, include=["metadata"], results_per_page=_PAGE
            ):
                seen.add(blob.name)
                if handled.get(blob.name) != version(blob):
                    await self._take(blob)
        except ResourceNotFoundError:
            return
        if gone := handled.keys() - seen:
            self._runtime.state.forget_blobs(self._function.name, set(gone))

    async def _look_at(self, name: str) -> None:
        from azure.core.exceptions import ResourceNotFoundError

        if self._pattern.match(name) is None:
            return
        client = self._runtime.storage.blob(self._connection, f"{self._pattern.container}/{name}")
        try:
            await self._take(await client.get_blob_properties())
        except ResourceNotFoundError:
            return

    async def _take(self, blob: "BlobProperties") -> None:
        """Start on a blob when there is a place, unless this version is done with or an older one is in hand."""
        captures = self._pattern.match(blob.name)
        if captures is None or self._runtime.stopping.is_set():
            return
        if blob.name in self._busy:
            self._again.add(blob.name)
            return
        tries = self._runtime.state.blob_tries(self._function.name, blob.name, version(blob))
        if tries is None:
            return
        await self._places.acquire()
        if self._runtime.stopping.is_set():
            return
        task = asyncio.create_task(self._process(blob, captures, tries), name=f"the blob {blob.name}")
        self._busy[blob.name] = task
        task.add_done_callback(lambda _: self._release(blob.name))
        task.add_done_callback(report)

    def _release(self, name: str) -> None:
        self._places.release()
        del self._busy[name]
        if name in self._again:
            self._again.discard(name)
            self._bell.ring(name)

    async def _process(self, blob: "BlobProperties", captures: dict[str, str], tries: int) -> None:
        state, name, etag = self._runtime.state, self._function.name, version(blob)
        done = False
        while not done and tries < self._tries:
            if tries and self._runtime.stopping.is_set():
                return
            tries += 1
            state.try_blob(name, blob.name, etag, tries)
            done = await self._attempt(blob, captures)
        if not done:
            await self._poison(blob)
        state.finish_blob(name, blob.name, etag)

    async def _attempt(self, blob: "BlobProperties", captures: dict[str, str]) -> bool:
        """Whether this version is done with: handled, deleted or overwritten meanwhile."""
        from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError

        path = f"{self._pattern.container}/{blob.name}"
        client = self._runtime.storage.blob(self._connection, path)
        try:
            value = await argument(self._function, client, self._connection, blob, path)
        except (ResourceModifiedError, ResourceNotFoundError):
            return True
        data: dict[str, Any] = {**captures, "blobTrigger": path, "uri": client.url}
        return (await self._runtime.invoker.attempt(self._function, value, data)).ok

    async def _poison(self, blob: "BlobProperties") -> None:
        _log.error("the blob %s/%s failed %s times", self._pattern.container, blob.name, self._tries)
        message = {
            "Type": "BlobTrigger",
            "FunctionId": f"Host.Functions.{self._function.name}",
            "BlobType": "BlockBlob",
            "ContainerName": self._pattern.container,
            "BlobName": blob.name,
            "ETag": version(blob),
        }
        await self._runtime.storage.send(self._connection, POISON_QUEUE, json.dumps(message))
