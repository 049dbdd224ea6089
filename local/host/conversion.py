"""Binding data to Python values and back, by the SDK's own converters as in the real worker."""

import sys
from typing import Any

from azure.functions import get_binding_registry
from azure.functions.meta import Datum

from local.host.function import Parameter

GENERIC = "generic"

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


def converter(name: str) -> Any:
    """The SDK's converter of a binding type, or the generic one."""
    return _registry.get(name) or Generic


def has_implicit_output(binding_type: str) -> bool:
    """Whether a function with this binding may return a value without declaring `$return`."""
    found = _registry.get(binding_type)
    if found is None:
        return binding_type != "durableClient"
    return bool(getattr(found, "has_implicit_output", lambda: False)())


def decode(parameter: Parameter, value: Any, kind: str, metadata: dict[str, Any]) -> Any:
    """The argument for a parameter: `kind` is the worker's data type of `value` (string, bytes, json, http)."""
    found = converter(parameter.converter)
    fields = {name: Datum(*pair) for name, pair in metadata.items()}
    return found.decode(Datum(value, kind), trigger_metadata=fields)


def encode(parameter: Parameter, value: Any) -> Any:
    """A returned or `Out` value as the worker's datum; raises TypeError for what the binding cannot send."""
    try:
        return converter(parameter.converter).encode(value, expected_type=parameter.annotation)
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
