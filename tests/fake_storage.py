"""Blobs and queues in memory, held to the same contracts as the real ones."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from shared.clock import Clock
from shared.platform.blobs import BlobInfo, BlobNotFound, BlobTooLarge, Container, refuse_change
from shared.platform.queues import MAX_BYTES, Queue


@dataclass(eq=False)
class MemoryBlobs:
    """The blob port on a dictionary; `blobs` may be looked into and tampered with."""

    clock: Clock = field(default_factory=Clock)
    blobs: dict[tuple[Container, str], tuple[BlobInfo, bytes]] = field(default_factory=dict)
    _puts: int = 0

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
        if not once:
            refuse_change(container)
        elif (container, name) in self.blobs:
            return False
        self._puts += 1
        etag = f'"{self._puts}"'
        info = BlobInfo(name, len(data), etag, self.clock.now(), content_type, dict(metadata or {}))
        self.blobs[container, name] = (info, data)
        return True

    async def get(self, container: Container, name: str) -> bytes:
        if (container, name) not in self.blobs:
            raise BlobNotFound
        return self.blobs[container, name][1]

    async def download(self, container: Container, name: str, path: Path, *, limit: int, etag: str = "") -> str:
        data = await self.get(container, name)
        if etag and self.blobs[container, name][0].etag != etag:
            raise BlobNotFound
        if len(data) > limit:
            raise BlobTooLarge
        await asyncio.to_thread(path.write_bytes, data)
        return hashlib.sha256(data).hexdigest()

    async def info(self, container: Container, name: str) -> BlobInfo | None:
        found = self.blobs.get((container, name))
        return found[0] if found else None

    async def upload(
        self, container: Container, name: str, path: Path, *, content_type: str, once: bool = False
    ) -> bool:
        data = await asyncio.to_thread(path.read_bytes)
        return await self.put(container, name, data, content_type=content_type, once=once)

    async def delete(self, container: Container, name: str, *, etag: str = "") -> None:
        refuse_change(container)
        found = self.blobs.get((container, name))
        if found and etag in {"", found[0].etag}:
            del self.blobs[container, name]

    async def list(self, container: Container, prefix: str = "") -> AsyncIterator[BlobInfo]:
        for (held_in, name), (info, _) in sorted(self.blobs.items(), key=lambda item: item[0]):
            if held_in == container and name.startswith(prefix):
                yield info

    async def upload_url(self, container: Container, name: str, *, expires: datetime) -> str:
        return f"https://memory.invalid/{container}/{name}?se={expires:%Y-%m-%dT%H:%M:%SZ}&sp=cw"

    async def ping(self) -> None:
        pass

    async def close(self) -> None:
        pass


@dataclass(eq=False)
class MemoryQueues:
    """The queue port on lists; `messages` holds (text, delay) in the order they were sent."""

    messages: dict[Queue, list[tuple[str, float]]] = field(default_factory=dict)

    async def send(self, queue: Queue, text: str, *, delay: float = 0) -> None:
        if len(text.encode()) > MAX_BYTES:
            raise ValueError("too large")
        self.messages.setdefault(queue, []).append((text, delay))

    def take(self, queue: Queue) -> list[str]:
        """Empty the queue."""
        return [text for text, _ in self.messages.pop(queue, [])]

    async def ping(self) -> None:
        pass

    async def close(self) -> None:
        pass
