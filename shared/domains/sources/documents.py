"""Read documents and drawn pages, as they are kept beside their source."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from shared.domains.knowledge.content import Passage
from shared.domains.knowledge.model import Artifact, EvidenceNotFound
from shared.domains.sources.model import Source
from shared.platform import readers as versions
from shared.platform.blobs import BlobNotFound, Blobs, Container
from shared.platform.readers.document import Document, PageBox
from shared.platform.readers.sandbox import Readers
from shared.platform.recent import Recent

_KEPT = 4
_PUTS = 8  # pictures under way at a time
_recent: Recent[Document] = Recent(_KEPT)
"""The documents that this process read last: the steps of a job ask for the same one again and again."""


async def read_once(blobs: Blobs, readers: Readers, tenant: str, source: Source) -> Document:
    """The source's document, read now unless the present readers did before; raises ReadError."""
    with suppress(BlobNotFound):
        return await document_of(blobs, tenant, source.sha256, versions.READER)
    async with _file(blobs, readers, tenant, source.sha256) as path:
        document = await readers.read(path, stay=f"{tenant}/{source.sha256}")
    name, packed = _document_name(tenant, source.sha256, document.reader), await asyncio.to_thread(_pack, document)
    await blobs.put(Container.EVIDENCE, name, packed, content_type="application/gzip")
    return _recent.put(name, document)


async def document_of(blobs: Blobs, tenant: str, sha256: str, reader: int) -> Document:
    """The document of a source as a version of the readers read it; raises BlobNotFound."""
    name = _document_name(tenant, sha256, reader)
    document = _recent.get(name)
    if document is None:
        packed = await blobs.get(Container.EVIDENCE, name)
        document = _recent.put(name, await asyncio.to_thread(_unpack, packed))
    return document


async def draw_pages(blobs: Blobs, readers: Readers, tenant: str, artifact: Artifact) -> None:
    """Draw the page of each evidence with its quotation marked; raises ReadError."""
    passages = {
        f"{one.passage.start}-{one.passage.end}": one.passage
        for statement in artifact.content.statements
        for one in statement.evidence
        if one.passage is not None and one.passage.boxes
    }
    if not passages:
        return
    wanted = {name: [_box(box) for box in passage.boxes] for name, passage in passages.items()}
    sha256 = artifact.source_sha256
    drawn = await readers.draw(f"{tenant}/{sha256}", wanted, lambda: _file(blobs, readers, tenant, sha256))
    places = asyncio.Semaphore(_PUTS)

    async def keep(name: str, png: bytes) -> None:
        async with places:
            page = _page_name(tenant, artifact, passages[name])
            await blobs.put(Container.EVIDENCE, page, png, content_type="image/png")

    await asyncio.gather(*(keep(name, png) for name, png in drawn.items()))


async def is_drawn(blobs: Blobs, tenant: str, artifact: Artifact, passage: Passage) -> bool:
    """Whether there is a picture of the passage; those of quotations that a correction brought are not drawn."""
    return await blobs.info(Container.EVIDENCE, _page_name(tenant, artifact, passage)) is not None


async def page_of(blobs: Blobs, tenant: str, artifact: Artifact, passage: Passage | None) -> bytes:
    """The PNG of a passage's page; raises EvidenceNotFound until it is drawn."""
    try:
        if passage is not None:
            return await blobs.get(Container.EVIDENCE, _page_name(tenant, artifact, passage))
    except BlobNotFound:
        pass
    raise EvidenceNotFound("The page of this evidence is not drawn yet, or has no picture.")


@asynccontextmanager
async def _file(blobs: Blobs, readers: Readers, tenant: str, sha256: str) -> AsyncIterator[Path]:
    with readers.scratch.folder() as folder:
        path = folder / "source"
        await blobs.download(Container.SOURCES, f"{tenant}/{sha256}", path, limit=readers.limits.file_bytes)
        yield path


def _box(box: object) -> PageBox:
    return PageBox.model_validate(box, from_attributes=True)


def _document_name(tenant: str, sha256: str, reader: int) -> str:
    return f"{tenant}/{sha256}/document{_suffix(reader)}.json.gz"


def _page_name(tenant: str, artifact: Artifact, passage: Passage) -> str:
    """By the place in the source, which no later correction moves."""
    return f"{tenant}/{artifact.source_sha256}/pages{_suffix(artifact.reader)}/{passage.start}-{passage.end}.png"


def _suffix(reader: int) -> str:
    """What one version of the readers found stays where it is when another reads the source again."""
    return f"-{reader}" if reader > 1 else ""


def _pack(document: Document) -> bytes:
    return gzip.compress(document.model_dump_json(by_alias=True).encode(), compresslevel=3, mtime=0)


def _unpack(packed: bytes) -> Document:
    return Document.model_validate_json(gzip.decompress(packed))
