"""Read documents and drawn pages, as they are kept beside their source."""

import asyncio
import gzip
import tempfile
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from shared.domains.extraction.document import Document, PageBox
from shared.domains.extraction.model import Source
from shared.domains.extraction.readers import sandbox
from shared.domains.extraction.readers.limits import MEGABYTE, Limits
from shared.domains.knowledge.content import Evidence
from shared.domains.knowledge.model import Artifact, EvidenceNotFound
from shared.platform.blobs import BlobNotFound, Blobs, Container
from shared.settings import Settings

_KEPT = 4
_recent: OrderedDict[str, Document] = OrderedDict()
"""The documents that this process read last: the steps of a job ask for the same one again and again."""


async def read_once(blobs: Blobs, settings: Settings, tenant: str, source: Source) -> Document:
    """The source's document, read now unless it was before; raises ReadError."""
    name = _document_name(tenant, source.sha256)
    if await blobs.info(Container.EVIDENCE, name) is None:
        async with _file(blobs, settings, tenant, source.sha256) as path:
            document = await sandbox.read(path, "paper", _limits(settings))
        packed = await asyncio.to_thread(_pack, document)
        await blobs.put(Container.EVIDENCE, name, packed, content_type="application/gzip")
    return await document_of(blobs, tenant, source.sha256)


async def document_of(blobs: Blobs, tenant: str, sha256: str) -> Document:
    """The document of a source that was read; raises BlobNotFound."""
    name = _document_name(tenant, sha256)
    document = _recent.get(name)
    if document is None:
        document = await asyncio.to_thread(_unpack, await blobs.get(Container.EVIDENCE, name))
        _recent[name] = document
        while len(_recent) > _KEPT:
            _recent.popitem(last=False)
    return document


async def draw_pages(blobs: Blobs, settings: Settings, tenant: str, artifact: Artifact) -> None:
    """Draw the page of each evidence with its quotation marked; raises ReadError."""
    wanted = {
        str(evidence.n): [_box(box) for box in evidence.passage.boxes]
        for statement in artifact.content.statements
        for evidence in statement.evidence
        if evidence.passage is not None and evidence.passage.boxes
    }
    if not wanted:
        return
    async with _file(blobs, settings, tenant, artifact.source_sha256) as path:
        drawn = await sandbox.render(path, wanted, _limits(settings))
    for n, png in drawn.items():
        await blobs.put(Container.EVIDENCE, _page_name(tenant, artifact, n), png, content_type="image/png")


async def page_of(blobs: Blobs, tenant: str, artifact: Artifact, evidence: Evidence) -> bytes:
    """The PNG of an evidence's page; raises EvidenceNotFound until it is drawn."""
    try:
        return await blobs.get(Container.EVIDENCE, _page_name(tenant, artifact, str(evidence.n)))
    except BlobNotFound as missing:
        raise EvidenceNotFound("The page of this evidence is not drawn yet, or has no picture.") from missing


@asynccontextmanager
async def _file(blobs: Blobs, settings: Settings, tenant: str, sha256: str) -> AsyncIterator[Path]:
    with tempfile.TemporaryDirectory(prefix="eventhub-") as folder:
        path = Path(folder) / "source"
        await blobs.download(Container.SOURCES, f"{tenant}/{sha256}", path, limit=settings.max_upload_bytes)
        yield path


def _limits(settings: Settings) -> Limits:
    return Limits(
        file_bytes=settings.max_upload_bytes,
        pages=settings.max_pages,
        memory_bytes=settings.reader_memory_mb * MEGABYTE,
        cpu_seconds=settings.reader_seconds,
        wall_seconds=float(settings.reader_seconds),
    )


def _box(box: object) -> PageBox:
    return PageBox.model_validate(box, from_attributes=True)


def _document_name(tenant: str, sha256: str) -> str:
    return f"{tenant}/{sha256}/document.json.gz"


def _page_name(tenant: str, artifact: Artifact, n: str) -> str:
    return f"{tenant}/{artifact.source_sha256}/{artifact.id}/{artifact.revision}/{n}.png"


def _pack(document: Document) -> bytes:
    return gzip.compress(document.model_dump_json(by_alias=True).encode(), compresslevel=3, mtime=0)


def _unpack(packed: bytes) -> Document:
    return Document.model_validate_json(gzip.decompress(packed))
