"""A blob trigger's argument: small blobs come whole, large ones when the function reads, a client with nothing read."""

import json
from typing import TYPE_CHECKING, Any

from azure.functions.blob import InputStream

from local.host.conversion import Generic, blob_client, decode
from local.host.function import Function

if TYPE_CHECKING:
    from azure.storage.blob import BlobProperties
    from azure.storage.blob.aio import BlobClient

WHOLE = 4 * 2**20


async def argument(function: Function, client: "BlobClient", connection: str, blob: "BlobProperties", path: str) -> Any:
    """What the parameter receives; raises azure.core's ResourceModifiedError if there is another version by now."""
    parameter = function.inputs[function.trigger.name]
    if parameter.is_client:
        return await blob_client(parameter, path)
    fields = _properties(blob)
    if blob.size > WHOLE and parameter.converter is not Generic:
        return _Stream(connection, path, client.url, fields, blob)
    content = await _download(client, blob) if blob.size else b""
    metadata: dict[str, tuple[Any, str]] = {
        "BlobTrigger": (path, "string"),
        "Uri": (client.url, "string"),
        "Properties": (json.dumps(fields), "json"),
        "Metadata": (json.dumps(blob.metadata or {}), "json"),
    }
    if function.trigger.data.get("dataType") == "STRING":
        return decode(parameter, content.decode("utf-8-sig"), "string", metadata)
    return decode(parameter, content, "bytes", metadata)


async def _download(client: "BlobClient", blob: "BlobProperties") -> bytes:
    from azure.core import MatchConditions

    stream = await client.download_blob(etag=_quoted(blob), match_condition=MatchConditions.IfNotModified)
    return await stream.readall()


def _properties(blob: "BlobProperties") -> dict[str, Any]:
    settings = blob.content_settings
    return {
        "ContentLength": blob.size,
        "Length": blob.size,
        "ETag": _quoted(blob),
        "ContentType": settings.content_type,
        "ContentEncoding": settings.content_encoding,
        "LastModified": blob.last_modified.isoformat() if blob.last_modified else None,
        "CreatedOn": blob.creation_time.isoformat() if blob.creation_time else None,
    }


def version(blob: "BlobProperties") -> str:
    """The ETag without quotes, which only some of the storage's answers have."""
    return str(blob.etag).strip('"')


def _quoted(blob: "BlobProperties") -> str:
    return f'"{version(blob)}"'


class _Stream(InputStream):
    """Reads a large blob from the storage piece by piece, without holding all of it."""

    def __init__(self, connection: str, path: str, uri: str, fields: dict[str, Any], blob: "BlobProperties") -> None:
        super().__init__(
            data=b"", name=path, uri=uri, length=blob.size, blob_properties=fields, metadata=blob.metadata or {}
        )
        self._connection = connection
        self._blob = blob
        self._reader: Any = None

    def read(self, size: int | None = -1) -> bytes:
        if self._reader is None:
            self._reader = self._open()
        return bytes(self._reader.read(-1 if size is None else size))

    read1 = read

    def _open(self) -> Any:
        from azure.core import MatchConditions
        from azure.storage.blob import BlobClient

        container, name = str(self.name).split("/", 1)
        client = BlobClient.from_connection_string(
            self._connection, container, name, max_single_get_size=WHOLE, max_chunk_get_size=WHOLE
        )
        return client.download_blob(etag=_quoted(self._blob), match_condition=MatchConditions.IfNotModified)
