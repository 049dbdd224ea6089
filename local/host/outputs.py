"""Queue and blob outputs (`Out` parameters and `$return`), and blob inputs."""

import json
from collections.abc import Mapping
from typing import Any

from local.host.conversion import blob_client, decode, encode
from local.host.expressions import fill
from local.host.function import Binding, Function, Parameter
from local.host.settings import connection_string, resolve
from local.host.storage import Storage

_WRITTEN = ("queue", "blob")


class Outputs:
    """Writes what functions send; HTTP and durable results are for the trigger that called."""

    def __init__(self, storage: Storage, environ: Mapping[str, str]) -> None:
        self._storage = storage
        self._environ = environ

    async def write(self, function: Function, outputs: Mapping[str, Any], result: Any, data: Mapping[str, Any]) -> None:
        for name, value in outputs.items():
            await self._write(function.outputs[name], value, data)
        if result is not None and function.returns is not None:
            await self._write(function.returns, result, data)

    async def read(self, parameter: Parameter, data: Mapping[str, Any]) -> Any:
        """The value of a blob input: its content, None when there is no such blob; or a client for it."""
        from azure.core.exceptions import ResourceNotFoundError

        connection, path = self._target(parameter.binding, "path", data)
        if parameter.is_client:
            return await blob_client(parameter, path)
        try:
            content = await (await self._storage.blob(connection, path).download_blob()).readall()
        except ResourceNotFoundError:
            return None
        return decode(parameter, content, "bytes", {})

    async def _write(self, parameter: Parameter, value: Any, data: Mapping[str, Any]) -> None:
        binding = parameter.binding
        if binding.type not in _WRITTEN:
            return
        datum = encode(parameter, value)
        if binding.type == "blob":
            await self._storage.upload(*self._target(binding, "path", data), datum.value)
            return
        target = self._target(binding, "queueName", data)
        for message in _messages(datum):
            await self._storage.send(*target, message)

    def _target(self, binding: Binding, key: str, data: Mapping[str, Any]) -> tuple[str, str]:
        name = fill(resolve(binding.data[key], self._environ), data)
        return connection_string(binding.connection, self._environ), name


def _messages(datum: Any) -> list[str | bytes]:
    if datum.type in {"string", "bytes"}:
        return [datum.value]
    content = json.loads(datum.value) if datum.type == "json" else datum.value
    return [_text(item) for item in (content if isinstance(content, list) else [content])]


def _text(item: Any) -> str:
    if isinstance(item, dict) and item.keys() == {"id", "body"}:
        return str(item["body"])
    return item if isinstance(item, str) else json.dumps(item)
