"""Binding data to Python values and back, by the SDK's own converters as in the real worker."""

import asyncio
import json
import sys
from dataclasses import dataclass
from typing import Any

from azure.functions import get_binding_registry
from azure.functions.meta import Datum

from local.host.function import Parameter

_registry: Any = get_binding_registry()


class Generic:
    """What the worker uses for `str` and `bytes` parameters and for binding types the SDK has no converter for."""

    @staticmethod
    def check_input_type_annotation(annotation: Any) -> bool:
        return issubclass(annotation, str | bytes)

    @staticmethod
    def check_output_type_annotation(annotation: Any) -> bool:
        return issubclass(annotation, str | bytes | bytearray)

    @staticmethod
    def decode(data: Any, *, trigger_metadata: Any) -> Any:  # noqa: ARG004 -- the converters' signature
        return None if data is None else data.value

    @staticmethod
    def encode(value: Any, *, expected_type: Any) -> Any:  # noqa: ARG004 -- the converters' signature
        match value:
            case str():
                return Datum(value, "string")
            case bytes() | bytearray():
                return Datum(bytes(value), "bytes")
            case dict() | list() | int() | float():
                return Datum(value, type(value).__name__)
            case None:
                return Datum(None, None)
        raise NotImplementedError


def converter(binding_type: str) -> Any:
    """The SDK's converter of a binding type, or the generic one."""
    return _registry.get(binding_type) or Generic


def client_converter(binding_type: str, annotation: Any) -> Any:
    """An extension's converter to an SDK's client, None unless the annotation is such a client.

    Only an app that imported `azurefunctions.extensions.bindings.…` has any.
    """
    base = sys.modules.get("azurefunctions.extensions.base")
    registry = base and base.get_binding_registry()
    if registry is None or not registry.check_supported_type(annotation):
        return None
    return registry.get(binding_type) or Generic


@dataclass(frozen=True, slots=True)
class _Model:
    """What the host sends in place of content: where it is (`model_binding_data`)."""

    source: str
    content: str
    version: str = "1.0"
    content_type: str = "application/json"


async def blob_client(parameter: Parameter, path: str) -> Any:
    """The client for `container/name/of/blob`, or a container, that the parameter's annotation asks for."""
    container, _, name = path.partition("/")
    fields = {"Connection": parameter.binding.connection, "ContainerName": container, "BlobName": name}
    datum = Datum(_Model("AzureStorageBlobs", json.dumps(fields)), "model_binding_data")
    # A downloader's first request is part of its making.
    return await asyncio.to_thread(parameter.converter.decode, datum, trigger_metadata={}, pytype=parameter.annotation)


def has_implicit_output(binding_type: str) -> bool:
    """Whether a function with this binding may return a value without declaring `$return`."""
    found = _registry.get(binding_type)
    if found is None:
        return binding_type != "durableClient"
    return bool(getattr(found, "has_implicit_output", lambda: False)())


def decode(parameter: Parameter, value: Any, kind: str, metadata: dict[str, Any]) -> Any:
    """The argument for a parameter: `kind` is the worker's data type of `value` (string, bytes, json, http)."""
    fields = {name: Datum(*pair) for name, pair in metadata.items()}
    return parameter.converter.decode(Datum(value, kind), trigger_metadata=fields)


def encode(parameter: Parameter, value: Any) -> Any:
    """A returned or `Out` value as the worker's datum; raises TypeError for what the binding cannot send."""
    try:
        return parameter.converter.encode(value, expected_type=parameter.annotation)
    except NotImplementedError:
        raise TypeError(
            f"the {parameter.binding.type!r} binding {parameter.binding.name!r} cannot send a {type(value).__name__}"
        ) from None


def http_v2() -> Any:
    """The HTTP v2 extension's base module when the app imported a web extension, else None.

    It is all or nothing for an app: once imported, every HTTP function gets that extension's request.
    """
    base = sys.modules.get("azurefunctions.extensions.base")
    return base if base is not None and base.HttpV2FeatureChecker.http_v2_enabled() else None
