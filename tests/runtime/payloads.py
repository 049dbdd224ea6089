"""What the host sends with an invocation, by trigger: the values, and the metadata beside them.

Text goes as text, bytes as bytes, an SDK type as the reference to what it opens, and anything else as JSON.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.runtime.messages import protos
from tests.runtime.worker import Data

if TYPE_CHECKING:
    from azure.storage.blob import BlobProperties
    from azure.storage.queue import QueueMessage

Payload = tuple[Data, dict[str, Data]]
"""The trigger's value, and the trigger's metadata."""


def text(value: str) -> Data:
    return protos.TypedData(string=value)


def as_json(value: Any) -> Data:
    return protos.TypedData(json=json.dumps(value))


def http(params: Mapping[str, str]) -> Data:
    """Only what the route captured: the request itself comes over HTTP."""
    return protos.TypedData(http=protos.RpcHttp(params=dict(params)))


def timer() -> Payload:
    now = datetime.now(UTC)
    status = {"Last": now - timedelta(minutes=1), "Next": now + timedelta(minutes=1), "LastUpdated": now}
    return as_json(
        {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": {name: at.isoformat() for name, at in status.items()},
            "IsPastDue": False,
        }
    ), {}


def documents(changed: list[dict[str, Any]]) -> Payload:
    """Changed documents, with the properties that Cosmos DB gives to each."""
    system = {
        "_rid": "rid==",
        "_self": "dbs/a/colls/b/docs/c/",
        "_etag": '"0"',
        "_attachments": "attachments/",
        "_ts": 1,
    }
    return as_json([{**document, **system, "_lsn": 7} for document in changed]), {}


def queue_message(message: "QueueMessage", body: str) -> Payload:
    times = {
        "InsertionTime": message.inserted_on,
        "ExpirationTime": message.expires_on,
        "NextVisibleTime": message.next_visible_on,
    }
    metadata = {
        "Id": text(message.id),
        "PopReceipt": text(str(message.pop_receipt)),
        "DequeueCount": as_json(message.dequeue_count),
        "QueueTrigger": text(body),
        **{name: as_json(at.isoformat() if at else None) for name, at in times.items()},
    }
    return text(body), metadata


def blob(binding: Mapping[str, Any], account: str, found: "BlobProperties", content: bytes | None) -> Payload:
    """The content, or for an SDK type (`content` is None) where it is."""
    path = f"{found.container}/{found.name}"
    properties = {
        "ContentLength": found.size,
        "ETag": found.etag,
        "ContentType": found.content_settings.content_type,
        "LastModified": found.last_modified.isoformat(),
    }
    metadata = {
        "BlobTrigger": text(path),
        "Uri": as_json(f"{account}/{quote(path)}"),
        "Properties": as_json(properties),
        "Metadata": as_json(found.metadata or {}),
    }
    if content is not None:
        return protos.TypedData(bytes=content), metadata
    place = {"Connection": binding["connection"], "ContainerName": found.container, "BlobName": found.name}
    reference = protos.ModelBindingData(
        version="1.0",
        source="AzureStorageBlobs",
        content_type="application/json",
        content=json.dumps(place).encode(),
    )
    return protos.TypedData(model_binding_data=reference), metadata


def orchestration(context: str) -> Data:
    """A history as the Durable extension sends it: `context` is the local engine's, and lacks these fields."""
    sent = json.loads(context) | {
        "upperSchemaVersion": 2,
        "upperSchemaVersionNew": 3,
        "longRunningTimerIntervalDuration": "3.00:00:00",
        "maximumShortTimerDuration": "6.00:00:00",
        "defaultHttpAsyncRequestSleepTimeMillseconds": 30000,
    }
    return text(json.dumps(sent))


def given(value: Any) -> Data:
    """An activity's input: JSON text."""
    return text(json.dumps(value))


def loaded(answer: Data) -> Any:
    """An activity's output."""
    return json.loads(answer.json)
