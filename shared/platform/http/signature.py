"""What an endpoint's signature says, read once: where each of its arguments comes from, and what it answers."""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from azurefunctions.extensions.http.fastapi import Request, Response
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.access import Actor
from shared.clock import Clock
from shared.errors import Fault, Invalid, NotFound
from shared.platform.blobs import Blobs
from shared.platform.graph import Graph
from shared.platform.http import conditional, negotiation, odata, strict_json
from shared.platform.http.answers import Accepted, Created
from shared.platform.http.call import Call
from shared.platform.http.problems import invalid
from shared.platform.opened import Platform
from shared.platform.queues import Queues
from shared.platform.search import SearchIndex
from shared.platform.shapes import Csv, IfMatch, NewId, Query
from shared.platform.store import Origin, Store, Stores
from shared.platform.store.listing import Listed, Listing, Selection
from shared.settings import Settings

Argument = Callable[[Call], Awaitable[Any]]


async def _store(call: Call) -> Store:
    return (await call.platform.stores()).open(call.signed_in.tenant, call.origin)


async def _stores(call: Call) -> Stores:
    return await call.platform.stores()


async def _blobs(call: Call) -> Blobs:
    return await call.platform.blobs()


async def _queues(call: Call) -> Queues:
    return await call.platform.queues()


async def _search(call: Call) -> SearchIndex:
    return await call.platform.search()


async def _graph(call: Call) -> Graph:
    return await call.platform.graph()


async def _actor(call: Call) -> Actor:
    return call.signed_in


async def _visitor(call: Call) -> Actor | None:
    return call.actor


async def _if_match(call: Call) -> IfMatch:
    return conditional.if_match(call.header(b"if-match"))


def _held(get: Callable[[Call], Any]) -> Argument:
    async def argument(call: Call) -> Any:
        return get(call)

    return argument


VISITOR = Actor | None
"""Of a public endpoint: whoever sends a token, which has to be good then."""
INJECTED: Mapping[Any, Argument] = {
    Actor: _actor,
    VISITOR: _visitor,
    Store: _store,
    Stores: _stores,
    Blobs: _blobs,
    Queues: _queues,
    SearchIndex: _search,
    Graph: _graph,
    IfMatch: _if_match,
    Platform: _held(lambda call: call.platform),
    Settings: _held(lambda call: call.platform.settings),
    Clock: _held(lambda call: call.platform.clock),
    NewId: _held(lambda call: NewId(call.platform.clock, call.creation_id)),
    Origin: _held(lambda call: call.origin),
    Request: _held(lambda call: call.request),
}
"""What an endpoint may ask for by type."""

_SEGMENT = re.compile(r"[^/\\?#\x00-\x1f\x7f]{1,255}")
NEED_AN_ACTOR = (Actor, Store)
STATUS = {Created: 201, Accepted: 202}


@dataclass(frozen=True, slots=True)
class Signature:
    """Where each argument of an endpoint comes from, and the parts that its documentation shows."""

    named: tuple[tuple[str, Argument], ...]
    path: Mapping[str, type]
    query: type[Query] | None
    body: Any
    answer: Any
    status: int
    takes_if_match: bool
    table: type[Csv] | None
    takes_actor: bool
    takes_visitor: bool

    async def arguments(self, call: Call) -> dict[str, Any]:
        return {name: await argument(call) for name, argument in self.named}


def read(function: Callable[..., Any], path: str, listing: Listing | None) -> Signature:
    """The signature of an endpoint; raises TypeError when nothing can be given for one."""
    hints = get_type_hints(function)
    answer = _shown(hints.pop("return", NoneType))
    parameters = {name: hints.get(name, str) for name in inspect.signature(function).parameters}
    in_path = {name: kind for name, kind in parameters.items() if "{" + name + "}" in path}
    rest = {name: kind for name, kind in parameters.items() if name not in in_path}
    queries = [kind for kind in rest.values() if _is(kind, Query)]
    query = queries[0] if queries else None
    bodies = {name: kind for name, kind in rest.items() if _is_body(kind)}
    if path.count("{") != len(in_path) or len(bodies) > 1 or len(queries) > 1:
        raise TypeError(f"{function.__name__}: the path's parameters, one body and one query make an endpoint")
    arguments = {name: _path(name, kind) for name, kind in in_path.items()}
    for name, kind in rest.items():
        if kind is Selection and listing is not None:
            arguments[name] = _selection(listing, _properties(answer), others=query is not None)
        else:
            arguments[name] = _argument(function, name, kind, listed=listing is not None)
    return Signature(
        named=tuple(arguments.items()),
        path=in_path,
        query=query,
        body=next(iter(bodies.values()), None),
        answer=answer,
        status=204 if answer is NoneType else STATUS.get(get_origin(answer) or answer, 200),
        takes_if_match=IfMatch in rest.values(),
        table=next((kind for kind in rest.values() if _is(kind, Csv)), None),
        takes_actor=any(kind in rest.values() for kind in NEED_AN_ACTOR),
        takes_visitor=VISITOR in rest.values(),
    )


def answers(answer: Any) -> tuple[Any, Any]:
    """The wrapper of an answer (Created, Accepted, Listed or None) and the type inside it."""
    wrapper = get_origin(answer)
    if wrapper in (Created, Accepted, Listed):
        return wrapper, get_args(answer)[0]
    return None, None if answer in (NoneType, Response) else answer


def _shown(answer: Any) -> Any:
    """What an endpoint answers as a model, where it may answer with a `Response` of another type instead."""
    models = [part for part in get_args(answer) if part is not Response] if isinstance(answer, UnionType) else []
    return models[0] if len(models) == 1 else answer


def _is(kind: Any, base: type) -> bool:
    return inspect.isclass(kind) and issubclass(kind, base)


def _is_body(kind: Any) -> bool:
    if kind in INJECTED or kind is Selection or _is(kind, Query):
        return False
    return _is(kind, BaseModel) or any(_is_body(part) for part in get_args(kind))


def _properties(answer: Any) -> frozenset[str]:
    """The properties of a list's items, by their JSON names."""
    item = answers(answer)[1]
    if not _is(item, BaseModel):
        return frozenset()
    return frozenset(field.alias or name for name, field in item.model_fields.items() if not field.exclude)


def _argument(function: Callable[..., Any], name: str, kind: Any, *, listed: bool) -> Argument:
    if kind in INJECTED:
        return INJECTED[kind]
    if _is(kind, Csv):
        return _csv(kind)
    if _is(kind, Query):
        return _query(kind, listed=listed)
    if _is_body(kind):
        return _body(kind)
    raise TypeError(f"{function.__name__}: nothing can be given for {name}: {kind}")


def _path(name: str, kind: type) -> Argument:
    async def argument(call: Call) -> Any:
        text = call.request.path_params[name]
        if not _SEGMENT.fullmatch(text):
            raise NotFound
        if kind is not int:
            return text
        if not text.isdecimal() or len(text) > 18:
            raise NotFound
        return int(text)

    return argument


def _query(model: type[Query], *, listed: bool) -> Argument:
    many = {(field.alias or name) for name, field in model.model_fields.items() if get_origin(field.annotation) is list}

    async def argument(call: Call) -> Any:
        values: dict[str, Any] = {}
        for name, value in call.request.query_params.multi_items():
            if name in many:
                values.setdefault(name, []).append(value)
            elif name in values:
                raise Invalid(errors=[Fault(name, "Give it once.")])
            elif not (listed and odata.is_option(name)):
                values[name] = value
        try:
            return model.model_validate(values, by_alias=True, by_name=False)
        except ValidationError as error:
            raise invalid(error, "The query", parameters=True) from None

    return argument


def _selection(listing: Listing, shown: frozenset[str], *, others: bool) -> Argument:
    async def argument(call: Call) -> Selection:
        asked = call.request.query_params.multi_items()
        return odata.selection(listing, asked, call.platform.settings, place=call.place, shown=shown, others=others)

    return argument


def _csv(kind: type[Csv]) -> Argument:
    async def argument(call: Call) -> Any:
        negotiation.check_csv(call.header(b"content-type"))
        try:
            return kind((await call.body()).decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise Invalid("Send the table in UTF-8.") from None

    return argument


def _body(kind: Any) -> Argument:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)

    async def argument(call: Call) -> Any:
        negotiation.check_content_type(call.header(b"content-type"), call.request.method)
        body = await call.body()
        strict_json.check(body)
        try:
            return adapter.validate_json(body, strict=True, by_alias=True, by_name=False)
        except ValidationError as error:
            raise invalid(error, "The body") from None

    return argument
