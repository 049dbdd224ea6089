"""Examples made from JSON schemas, where a model gives none of its own."""

from collections.abc import Mapping
from typing import Any

REFERENCE = "#/components/schemas/"
TEXTS = {
    "date-time": "2026-05-04T09:00:00Z",
    "date": "2026-05-04",
    "time": "09:00:00",
    "email": "ada@example.org",
    "uri": "https://example.org/paper",
    "uuid": "0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e0f",
}
NAMES = {"id": "0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e0f", "@odata.etag": '"0192f0c17a2b7c3d"'}
"""Of what every resource has; the rest stands in the models, as `Field(examples=[…])`."""
DEPTH = 6


def request(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    """A body to send: what must be there, and what has a default or an example; of a merge patch its first member."""
    whole = schema
    while "$ref" in whole or "anyOf" in whole:
        whole = definitions[whole["$ref"].removeprefix(REFERENCE)] if "$ref" in whole else whole["anyOf"][0]
    if whole.get("examples") or "properties" not in whole:
        return sample(whole, definitions)
    properties, required = whole["properties"], whole.get("required", ())
    told = [name for name, value in properties.items() if name in required or _is_told(value)]
    return {name: sample(properties[name], definitions, name) for name in told or list(properties)[:1]}


def _is_told(schema: Mapping[str, Any]) -> bool:
    return bool(schema.get("examples")) or schema.get("default") is not None


def sample(schema: Mapping[str, Any], definitions: Mapping[str, Any], name: str = "", depth: int = DEPTH) -> Any:
    """A value that fits the schema: its own example, constant, enumeration or default, else one made up."""
    if "$ref" in schema:
        return sample(definitions[schema["$ref"].removeprefix(REFERENCE)], definitions, name, depth)
    for given in ("examples", "enum"):
        if schema.get(given):
            return schema[given][0]
    for given in ("const", "default"):
        if given in schema and schema[given] is not None:
            return schema[given]
    for combined in ("anyOf", "oneOf", "allOf"):
        if schema.get(combined):
            return sample(schema[combined][0], definitions, name, depth)
    return _made_up(schema, definitions, name, depth)


def _made_up(schema: Mapping[str, Any], definitions: Mapping[str, Any], name: str, depth: int) -> Any:
    match schema.get("type"):
        case "object":
            return _object(schema, definitions, depth)
        case "array":
            least = schema.get("minItems", 1)
            items = schema.get("items") or {}
            return [sample(items, definitions, name, depth - 1) for _ in range(least)] if depth > 0 else []
        case "integer" | "number":
            return max(schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1)
        case "string":
            return _text(schema, name)
    return {"boolean": True, "null": None}.get(schema.get("type", ""), {})


def _object(schema: Mapping[str, Any], definitions: Mapping[str, Any], depth: int) -> dict[str, Any]:
    if depth <= 0:
        return {}
    properties = schema.get("properties", {})
    return {name: sample(value, definitions, name, depth - 1) for name, value in properties.items()}


def _text(schema: Mapping[str, Any], name: str) -> str:
    text = TEXTS.get(schema.get("format", "")) or NAMES.get(name) or f"{name or 'text'}"
    text = text.ljust(schema.get("minLength", 0), "x")
    return text[: schema.get("maxLength", len(text))]
