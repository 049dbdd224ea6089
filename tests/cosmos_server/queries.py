"""Queries over the documents of one physical partition, or a part of it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson

from tests.cosmos_server.containers import Container
from tests.cosmos_server.documents import Documents
from tests.cosmos_server.refusals import bad
from tests.cosmos_server.sql import Query, parse
from tests.cosmos_server.values import UNDEFINED, member, sort_key

MAX_PAGE_BYTES = 4 * 1024 * 1024


class Answer:
    """A page of rows, where the next begins, and how many documents were looked at."""

    def __init__(self, rows: list[Any], continuation: int | None, charge: float) -> None:
        self.rows = rows
        self.continuation = continuation
        self.charge = charge


def answer(
    documents: Documents,
    container: Container,
    within: tuple[str, str],
    body: dict[str, Any],
    page: tuple[int, int],
) -> Answer:
    """`page` is where it begins and how many rows it may have."""
    query = parse(body["query"], body.get("parameters", []), container.full_text, container.vectors)
    if query.order:
        container.check_order(query.order)
    rows = list(_rows(documents, container, within, query))
    begin, most = page
    taken: list[Any] = []
    size = 0
    for row in rows[begin : begin + most]:
        size += len(orjson.dumps(row))
        if taken and size > MAX_PAGE_BYTES:
            break
        taken.append(row)
    end = begin + len(taken)
    return Answer(taken, end if end < len(rows) else None, round(2.3 + 0.05 * len(taken) + size / 10240, 2))


def _rows(documents: Documents, container: Container, within: tuple[str, str], query: Query) -> Iterator[Any]:
    found = [each for each in documents.between(container, *within) if query.where({"c": each}) is True]
    for path, down in reversed(query.order):
        found.sort(key=lambda each, path=path: sort_key(_at(each, path)), reverse=down)  # type: ignore[misc]  # mypy infers no default's type
    if query.nearest:
        near = query.nearest
        found = sorted(
            (each for each in found if near({"c": each}) is not UNDEFINED), key=lambda each: -near({"c": each})
        )
    if query.groups:
        yield from _grouped(found, *query.groups)
        return
    if query.aggregate:
        yield _aggregate(query, found)
        return
    if query.limit is not None:
        found = found[query.offset : query.offset + query.limit]
    for each in found:
        value = query.value({"c": each}) if query.value else each
        if value is not UNDEFINED:
            yield value


def _at(document: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        document = member(document, name)
    return document


def _grouped(found: list[Any], path: tuple[str, ...], value: str, number: str) -> Iterator[Any]:
    """A row for each value; what has none is a group of its own, whose row lacks it."""
    counted = Counter(orjson.dumps(each) if (each := _at(one, path)) is not UNDEFINED else b"" for one in found)
    for text, times in counted.items():
        yield {value: orjson.loads(text), number: times} if text else {number: times}


def _aggregate(query: Query, found: list[Any]) -> Any:
    values = [query.value({"c": each}) for each in found] if query.value else []
    if query.aggregate == "COUNT":
        return sum(1 for value in values if value is not UNDEFINED)
    if any(not isinstance(value, int | float) for value in values):
        raise bad("SUM of what is no number is undefined")
    return sum(values)
