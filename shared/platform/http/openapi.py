"""OpenAPI 3.1 from the declarations that serve the routes."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from azurefunctions.extensions.http.fastapi import Response
from pydantic import BaseModel, TypeAdapter

from shared.errors import Forbidden, Invalid, PreconditionFailed, Problem, Unauthenticated
from shared.platform.http import problems
from shared.platform.http.answers import Accepted, Created
from shared.platform.http.negotiation import CSV, JSON, MERGE_PATCH
from shared.platform.http.routes import Route
from shared.platform.http.samples import request, sample
from shared.platform.http.signature import answers
from shared.platform.limits import RateLimited
from shared.platform.store.idempotency import InFlight, KeyReused
from shared.platform.store.listing import Listed
from shared.platform.store.records import Unstorable

Json = dict[str, Any]
REFERENCE = "#/components/schemas/"
EXAMPLES = "#/components/examples/"
RESPONSES = "#/components/responses/"
EVERYWHERE: tuple[type[Problem], ...] = (problems.AddressTooLong, problems.HeadersTooLarge, RateLimited)
"""What every operation may answer, whatever it declares; described once."""
SECURITY: list[Json] = [{"bearer": []}, {"key": []}]
ETAG = {"type": "string", "description": "The resource's ETag, for If-Match.", "readOnly": True}
PROBLEM: Json = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "detail", "retryable", "instance", "code", "correlationId"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do about it."},
        "retryable": {
            "type": "boolean",
            "description": "Whether the same request, unchanged, may be carried out later; Retry-After says when.",
        },
        "instance": {"type": "string", "description": "The path that was asked."},
        "code": {"type": "string", "description": "Stable; programs decide by it."},
        "correlationId": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer, or the parameter's name."},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
OPTIONS: Mapping[str, tuple[Json, str]] = {
    "$top": (
        {"type": "integer", "minimum": 0, "maximum": 100, "default": 20},
        "Most items of a page; 0 for the count alone.",
    ),
    "$skip": (
        {"type": "integer", "minimum": 0, "maximum": 10_000, "default": 0},
        "How many items to leave out first; the next link goes deeper.",
    ),
    "$skiptoken": ({"type": "string"}, "Where to go on, from the next link."),
    "$count": ({"type": "boolean", "default": True}, "Whether to count all items."),
    "$select": ({"type": "string"}, "Properties to show, separated by commas."),
}


def document(routes: Iterable[Route], *, version: str, address: str) -> Json:
    """The whole document; routes in the order of their declaration."""
    declared = list(routes)
    schemas, definitions = _schemas(declared)
    paths: dict[str, Json] = {}
    for route in declared:
        operation = _operation(route, schemas, definitions)
        paths.setdefault("/" + route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Event Hub",
            "version": version,
            "summary": "Knowledge from research events, each statement with its evidence.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": address}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in declared)],
        "security": SECURITY,
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "An access token, or a key."},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
            "schemas": {"Problem": PROBLEM, **definitions},
            "responses": {problem.__name__: _refusal([problem]) for problem in EVERYWHERE},
            "examples": {
                problem.code: _example(problem) for route in declared for problem in (*raised(route), *EVERYWHERE)
            },
        },
    }


def _schemas(routes: list[Route]) -> tuple[dict[tuple[str, str], Json], Json]:
    """The schema of each route's body, query and answer, and the definitions that they refer to."""
    wanted: list[tuple[str, Any, TypeAdapter[Any]]] = []
    for route in routes:
        signature, item = route.signature, answers(route.signature.answer)[1]
        parts = (("body", "validation", signature.body), ("query", "validation", signature.query))
        for part, mode, kind in (*parts, ("answer", "serialization", item)):
            if kind is not None:
                wanted.append((f"{part} {route.name}", mode, TypeAdapter(kind)))
    found, general = TypeAdapter.json_schemas(wanted, ref_template=REFERENCE + "{model}")
    definitions = general.get("$defs", {})
    for route in routes:
        _show_etag(answers(route.signature.answer)[1], found, definitions, route.name)
    return {(str(name), mode): schema for (name, mode), schema in found.items()}, definitions


def _show_etag(item: Any, found: Mapping[Any, Json], definitions: Json, name: str) -> None:
    schema = found.get((f"answer {name}", "serialization"), {})
    if inspect.isclass(item) and issubclass(item, BaseModel) and "etag" in item.model_fields and "$ref" in schema:
        definitions[schema["$ref"].removeprefix(REFERENCE)]["properties"]["@odata.etag"] = ETAG


def _operation(route: Route, schemas: Mapping[tuple[str, str], Json], definitions: Json) -> Json:
    summary, _, description = (inspect.getdoc(route.function) or route.name).partition("\n\n")
    permission = [str(permission) for permission in route.permissions] or ["public" if route.public else "signed in"]
    operation: Json = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": " ".join(summary.split()),
        "x-permission": permission[0] if len(permission) == 1 else permission,
        "parameters": _parameters(route, schemas.get((f"query {route.name}", "validation"), {}), definitions),
        "responses": {**_success(route, schemas, definitions), **_everywhere(), **_errors(route)},
    }
    if description:
        operation["description"] = description
    if route.public:
        operation["security"] = [{}, *SECURITY] if route.signature.takes_visitor else []
    body = schemas.get((f"body {route.name}", "validation"))
    if body is not None:
        media = {"schema": body, "example": request(body, definitions)}
        types = (MERGE_PATCH, JSON) if route.method == "PATCH" else (JSON,)
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(types, media)}
    if (table := route.signature.table) is not None:
        text = {"schema": {"type": "string"}, "example": table.example}
        operation["requestBody"] = {"required": True, "content": {CSV: text}}
    return operation


def _parameters(route: Route, query: Json, definitions: Json) -> list[Json]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer" if kind is int else "string"}}
        for name, kind in route.signature.path.items()
    ]
    if "$ref" in query:
        query = definitions[query["$ref"].removeprefix(REFERENCE)]
    for name, schema in query.get("properties", {}).items():
        required = name in query.get("required", ())
        found.append({"name": name, "in": "query", "required": required, "schema": schema})
    found += _list_options(route)
    if route.signature.takes_if_match:
        found.append(_header("If-Match", "The ETag that must still be current."))
    if route.method == "GET":
        found.append(_header("If-None-Match", "The ETag that the caller has."))
    if route.method == "POST" and not route.public:
        found.append(_header("Idempotency-Key", "Repeats of the request with the same key are carried out once."))
    return found


def _list_options(route: Route) -> list[Json]:
    if route.listing is None:
        return []
    orders = "; ".join(",".join(order.fields).replace("-", "") for order in route.listing.orders)
    options = {
        **OPTIONS,
        "$filter": ({"type": "string", "maxLength": 2048}, f"OData filter over {', '.join(route.listing.fields)}."),
        "$orderBy": ({"type": "string"}, f"Order, each field with asc or desc: {orders}."),
    }
    if route.listing.searchable:
        options["$search"] = ({"type": "string", "maxLength": 200}, "Words to look for.")
    return [
        {"name": name, "in": "query", "schema": schema, "description": description}
        for name, (schema, description) in options.items()
    ]


def _header(name: str, description: str) -> Json:
    return {"name": name, "in": "header", "schema": {"type": "string"}, "description": description}


def _success(route: Route, schemas: Mapping[tuple[str, str], Json], definitions: Json) -> Json:
    wrapper, item = answers(route.signature.answer)
    status = str(route.signature.status)
    if item is None:
        content: Json = {kind: {} for kind in route.produces} if route.signature.answer is Response else {}
        return {status: {"description": "Done.", **({"content": content} if content else {})}}
    schema = schemas[f"answer {route.name}", "serialization"]
    if wrapper is Listed:
        schema = _list_of(schema, route.listing.odata_type if route.listing else "")
    response: Json = {
        "description": {Created: "Created.", Accepted: "Begun; look at Location."}.get(wrapper, "The answer."),
        "headers": _headers("ETag", *(("Location",) if wrapper in (Created, Accepted) else ())),
        "content": {
            JSON: {"schema": schema, "example": sample(schema, definitions)},
            **{kind: {} for kind in route.produces if kind != JSON},
        },
    }
    if wrapper is Accepted:
        response["headers"] |= {"Retry-After": {"schema": {"type": "integer"}}}
    not_modified = {"304": {"description": "The caller has it already."}} if route.method == "GET" else {}
    return {status: response, **not_modified}


def _list_of(item: Json, odata_type: str) -> Json:
    named: Json = {"@odata.type": {"type": "string", "const": odata_type}} if odata_type else {}
    return {
        "type": "object",
        "required": ["value"],
        "properties": {
            **named,
            "@odata.count": {"type": "integer"},
            "value": {"type": "array", "items": item},
            "@odata.nextLink": {"type": "string", "format": "uri"},
        },
    }


def _headers(*names: str) -> Json:
    return {name: {"schema": {"type": "string"}} for name in (*names, "X-Correlation-ID")}


def raised(route: Route) -> tuple[type[Problem], ...]:
    """Every refusal of the route: its own, and those that its declaration implies."""
    implied: list[type[Problem]] = [Invalid, problems.NotAcceptable]
    if not route.public or route.signature.takes_visitor:
        implied.append(Unauthenticated)
    if route.permissions:
        implied.append(Forbidden)
    if route.signature.takes_if_match:
        implied.append(PreconditionFailed)
    if route.signature.body is not None or route.signature.table is not None:
        implied += [problems.BodyTooLarge, problems.UnsupportedMediaType, Unstorable]
    if route.method == "POST" and not route.public:
        implied += [KeyReused, InFlight]
    return tuple(dict.fromkeys((*route.raises, *implied, problems.Unexpected)))


def _errors(route: Route) -> Json:
    by_status: dict[int, list[type[Problem]]] = {}
    for problem in raised(route):
        by_status.setdefault(problem.status, []).append(problem)
    return {str(status): _refusal(kinds) for status, kinds in sorted(by_status.items())}


def _everywhere() -> Json:
    return {str(problem.status): {"$ref": RESPONSES + problem.__name__} for problem in EVERYWHERE}


def _refusal(kinds: list[type[Problem]]) -> Json:
    return {
        "description": " ".join(f"{problem.title}." for problem in kinds),
        "headers": _headers(),
        "content": {
            problems.MEDIA_TYPE: {
                "schema": {"$ref": REFERENCE + "Problem"},
                "examples": {problem.code: {"$ref": EXAMPLES + problem.code} for problem in kinds},
            }
        },
    }


def _example(problem: type[Problem]) -> Json:
    detail = " ".join((problem.__doc__ or problem.title).split())
    members = problems.document(problem(detail), instance="/v1/events", correlation_id="0192f0c17a2b7c3d8e4f")
    return {"value": members | {"type": f"/docs#{problem.code}"}}
