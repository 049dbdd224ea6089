"""The blob port: bytes under names, in one container for each purpose."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from shared.errors import Conflict, NotFound, Problem


class Container(StrEnum):
    """What blobs are kept for."""

    UPLOADS = "uploads"
    """As people put them: `{tenantId}/{projectId}/{filename}`; nothing here is trusted."""
    SOURCES = "sources"
    """Sources by content: `{tenantId}/{sha256}`, never changed."""
    WORK = "work"
    """What activities hand to each other, of no use once their job has ended: `{tenantId}/{jobId}-{attempt}/…`."""
    EVIDENCE = "evidence"
    """Read documents and rendered pages: `{tenantId}/{sha256}/…`."""
    QUARANTINE = "quarantine"
    """Files put where no open project takes them: `{tenantId}/{projectId}/{sourceId}`."""
    AUDIT = "audit"
    """Anchors of the audit chains, immutable: `{tenantId}/{entry}`."""


IMMUTABLE = frozenset({Container.AUDIT})
"""Where a blob is written once and stays: in Azure a policy of the container sees to it, here the adapters do."""


class Immutable(Conflict):
    """A blob that stays as it was written was to be replaced or removed; nothing was."""

    code = "blob.immutable"
    title = "What is kept here is never changed"


def refuse_change(container: Container) -> None:
    """Raise Immutable where blobs are neither replaced nor removed."""
    if container in IMMUTABLE:
        raise Immutable(f"Blobs in {container} are written once and stay.")


class BlobNotFound(NotFound):
    """No blob of that name, or no longer the version that was meant."""

    code = "blob.not_found"


class BlobTooLarge(Problem):
    """The blob has more bytes than the reader takes."""

    status = 413
    code = "blob.too_large"
    title = "The file is too large"


class Obstacle(StrEnum):
    """What a blob's properties say against taking its bytes: anyone with a signed address may have brought it about."""

    PAGES = "page blob"
    """May have terabytes of nothing."""
    APPENDS = "append blob"
    LEASE = "lease"
    """Somebody keeps others from deleting it."""
    ARCHIVE = "archive tier"
    """Its bytes are hours away."""
    OWN_KEY = "encrypted by its writer"
    """Its bytes are to be had with a key that the writer gave along."""


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """A blob without its bytes; `size` in bytes; a block blob that can be read and deleted has no obstacle."""

    name: str
    size: int
    etag: str
    modified: datetime
    content_type: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    obstacle: Obstacle | None = None


class Blobs(Protocol):
    """Blobs of all containers; but for uploads, names are made from ids and hashes, never from what a person typed."""

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
        """Write a blob whole; with `once`, False and nothing written when the name is taken."""
        ...

    async def get(self, container: Container, name: str) -> bytes: ...

    async def download(self, container: Container, name: str, path: Path, *, limit: int, etag: str = "") -> str:
        """Stream a blob into a file and give its SHA-256 in hex; raises BlobTooLarge beyond `limit` bytes, and
        leaves no file then. With `etag`, only that version; raises BlobNotFound once there is another."""
        ...

    async def info(self, container: Container, name: str) -> BlobInfo | None: ...

    async def upload(
        self, container: Container, name: str, path: Path, *, content_type: str, once: bool = False
    ) -> bool:
        """Stream a file into a blob; with `once` as in `put`."""
        ...

    async def delete(self, container: Container, name: str, *, etag: str = "") -> None:
        """Remove a blob, leased or not, with `etag` only that version; nothing happens when there is none."""
        ...

    def list(self, container: Container, prefix: str = "") -> AsyncIterator[BlobInfo]: ...

    async def upload_url(self, container: Container, name: str, *, expires: datetime) -> str:
        """An address for exactly one blob, good for creating and writing it until then."""
        ...

    async def ping(self) -> None: ...

    async def close(self) -> None: ...
