"""Predicates, orders and pages as Cosmos DB SQL.

A comparison with a missing field or another type is `undefined` there, which a filter takes for false but NOT keeps;
what stands under a NOT is therefore guarded by the type, so that it is true or false. Elsewhere the bare comparison
stays, which the index serves.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, get_args

from pydantic import BaseModel

from shared.platform.store import Keyset, Sort
from shared.platform.store.predicates import And, Compare, Has, In, Not, Or, Predicate, Scalar
from shared.platform.store.records import Index, Part, Partial, Record

Row = dict[str, Any]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ORDERED = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_TEXT = {"startswith": "STARTSWITH", "endswith": "ENDSWITH", "contains": "CONTAINS"}
_GUARDS: dict[type, str] = {str: "IS_STRING", bool: "IS_BOOL", float: "IS_NUMBER"}
_NEEDED = ("id", "kind", "schemaVersion", "expiresAt", "ttl", "_etag")
PREFIX = ("tenantId", "kind")
"""What every index begins with: each query asks for one of either."""


@dataclass(frozen=True, slots=True)
class Query:
    """SQL with its parameters. `ordered` when the database sorts and cuts, else the whole result has to be sorted."""

    text: str
    parameters: tuple[dict[str, Any], ...]
    ordered: bool = True


def path_of(place: str, name: str) -> str:
    """A field's path inside a place; raises ValueError for what is no field."""
    names = name.split(".") if name else []
    if not all(map(_NAME.fullmatch, names)):
        raise ValueError(f"{name!r} is no field")
    return place + "".join(f'["{each}"]' for each in names)


def _is_null(path: str) -> str:
    return f"(NOT IS_DEFINED({path}) OR IS_NULL({path}))"


@dataclass(slots=True)
class Compiler:
    """Collects the parameters of the text it gives."""

    parameters: list[dict[str, Any]] = field(default_factory=list)
    elements: int = 0

    def bind(self, value: Any) -> str:
        name = f"@p{len(self.parameters)}"
        self.parameters.append({"name": name, "value": value})
        return name

    def sql(self, predicate: Predicate, place: str = "c", *, total: bool = False) -> str:
        """The condition; with `total` it is never undefined."""
        match predicate:
            case And(terms):
                return " AND ".join(f"({self.sql(term, place, total=total)})" for term in terms) or "true"
            case Or(terms):
                return " OR ".join(f"({self.sql(term, place, total=total)})" for term in terms) or "false"
            case Not(term):
                return f"NOT ({self.sql(term, place, total=True)})"
            case In(name, values):
                return self._in(path_of(place, name), values, total=total)
            case Has(name, element):
                return self._has(path_of(place, name), element)
            case Compare():
                return self._compare(path_of(place, predicate.field), predicate, total=total)

    def _compare(self, path: str, compare: Compare, *, total: bool) -> str:
        operator, value = compare.operator, compare.value
        if operator == "ne":
            return f"NOT ({self._in(path, (value,), total=True)})"
        if operator == "eq":
            return self._in(path, (value,), total=total)
        if value is None or (operator in _TEXT and not isinstance(value, str)):
            return "false"
        bound = self.bind(value)
        text = f"{_TEXT[operator]}({path}, {bound})" if operator in _TEXT else f"{path} {_ORDERED[operator]} {bound}"
        return _guarded(path, _kind(value), text, total=total)

    def _in(self, path: str, values: Sequence[Scalar], *, total: bool) -> str:
        kinds: defaultdict[type, list[Scalar]] = defaultdict(list)
        for value in values:
            kinds[_kind(value)].append(value)
        terms = [_is_null(path)] if kinds.pop(type(None), None) else []
        for kind, alike in kinds.items():
            bound = [self.bind(value) for value in alike]
            text = f"{path} = {bound[0]}" if len(bound) == 1 else f"{path} IN ({', '.join(bound)})"
            terms.append(_guarded(path, kind, text, total=total))
        return terms[0] if len(terms) == 1 else " OR ".join(f"({term})" for term in terms) or "false"

    def _has(self, path: str, element: Predicate) -> str:
        match element:
            case Compare("", "eq", value) if value is not None:
                return f"(IS_ARRAY({path}) AND ARRAY_CONTAINS({path}, {self.bind(value)}))"
            case In("", values) if values and None not in values:
                held = " OR ".join(f"ARRAY_CONTAINS({path}, {self.bind(value)})" for value in values)
                return f"(IS_ARRAY({path}) AND ({held}))"
        self.elements += 1
        name = f"e{self.elements}"
        inside = self.sql(element, name)
        return f"(IS_ARRAY({path}) AND EXISTS(SELECT VALUE {name} FROM {name} IN {path} WHERE {inside}))"  # noqa: S608 -- as above


def _kind(value: Scalar) -> type:
    """The JSON type: an enum of texts is text, and all numbers are of one type."""
    kinds = {bool: bool, str: str, int: float, float: float, type(None): type(None)}
    return next(kind for plain, kind in kinds.items() if isinstance(value, plain))


def _guarded(path: str, kind: type, text: str, *, total: bool) -> str:
    return f"({_GUARDS[kind]}({path}) AND {text})" if total else text


@dataclass(frozen=True, slots=True)
class Selection:
    """The records of one kind of a tenant, or of one aggregate, that match."""

    model: type[Record]
    tenant: str
    aggregate: str | None
    where: Predicate
    now: str | None

    def count(self) -> Query:
        compiler = Compiler()
        text = f"SELECT VALUE COUNT(1) FROM c WHERE {self._where(compiler)}"  # noqa: S608 -- values are bound
        return Query(text, tuple(compiler.parameters))

    def counts(self, by: str) -> Query:
        """Rows of `name` and `number`, several of one name when its records lie in several partitions."""
        compiler, path = Compiler(), path_of("c", by)
        text = f"SELECT {path} AS name, COUNT(1) AS number FROM c WHERE {self._where(compiler)} GROUP BY {path}"  # noqa: S608 -- as above
        return Query(text, tuple(compiler.parameters))

    def page(self, order: Sequence[Sort], after: Keyset | None, most: int) -> Query:
        """The first `most` documents behind a keyset, or all of them when no index gives the order."""
        return self._page(projection(self.model, order), order, after, most)

    def keys(self, order: Sequence[Sort], most: int) -> Query:
        """The same of the beginning, with nothing but what a keyset is made of."""
        return self._page(f"VALUE {_fields(sort.field for sort in columns(order))}", order, None, most)

    def _page(self, projection: str, order: Sequence[Sort], after: Keyset | None, most: int) -> Query:
        compiler = Compiler()
        where = self._where(compiler)
        if after is not None:
            where += f" AND ({_beyond(compiler, columns(order), after)})"
        text = f"SELECT {projection} FROM c WHERE {where}"  # noqa: S608 -- as above
        sorting = self._sorting(order)
        if sorting is None:
            return Query(text, tuple(compiler.parameters), ordered=False)
        return Query(f"{text} ORDER BY {sorting} OFFSET 0 LIMIT {most}", tuple(compiler.parameters))

    def _where(self, compiler: Compiler) -> str:
        terms = [
            f'c["tenantId"] = {compiler.bind(self.tenant)}',
            f'c["kind"] = {compiler.bind(self.model.kind)}',
        ]
        if self.aggregate is not None:
            terms.append(f'c["aggregateId"] = {compiler.bind(self.aggregate)}')
        if self.now is not None:
            terms.append(f'c["expiresAt"] > {compiler.bind(self.now)}')
        return " AND ".join([*terms, f"({compiler.sql(self.where)})"])

    def _sorting(self, order: Sequence[Sort]) -> str | None:
        """An ORDER BY that one composite index serves, read forwards or backwards; None when there is none."""
        equal = set(_equalities(self.where))
        wanted = [
            (sort.field, sort.descending) for sort in columns(order) if sort.field not in equal or sort.field == "id"
        ]
        longest, text = -1, None
        for index in (*self.model.indexes, Index()):
            held, turned = _served(index, equal, wanted)
            if turned is not None and held > longest:
                longest, text = held, ", ".join(_directed(name, down != turned) for name, down in composite(index))
        return text


def projection(model: type[Record], order: Sequence[Sort]) -> str:
    """The whole document; of a part its fields, what the adapter needs, and what the rows are sorted by."""
    if not issubclass(model, Partial):
        return "*"
    return f"VALUE {_object(model, 'c', count(1), _paths([*_NEEDED, *(sort.field for sort in order)]))}"


def _paths(fields: Iterable[str]) -> dict[str, str]:
    return {name: path_of("c", name) for name in (field.partition(".")[0] for field in fields)}


def _fields(fields: Iterable[str]) -> str:
    return "{" + ", ".join(f'"{name}": {path}' for name, path in _paths(fields).items()) + "}"


def _object(model: type[BaseModel], place: str, numbers: Iterator[int], paths: Mapping[str, str]) -> str:
    fields = dict(paths)
    for name, info in model.model_fields.items():
        if not info.exclude:
            alias = info.alias or name
            fields[alias] = _read(info.annotation, path_of(place, alias), numbers)
    return "{" + ", ".join(f'"{name}": {path}' for name, path in fields.items()) + "}"


def _read(annotation: Any, path: str, numbers: Iterator[int]) -> str:
    """A field whole, unless it is a `Part` or a tuple of them."""
    inner = (get_args(annotation) or (annotation,))[0]
    if not (isinstance(inner, type) and issubclass(inner, Part)):
        return path
    if inner is annotation:
        return _object(inner, path, numbers, {})
    each = f"e{next(numbers)}"
    return f"ARRAY(SELECT VALUE {_object(inner, each, numbers, {})} FROM {each} IN {path})"  # noqa: S608 -- as above


def _directed(name: str, down: bool) -> str:  # noqa: FBT001 -- a pair taken apart
    return f"{path_of('c', name)} {'DESC' if down else 'ASC'}"


def composite(index: Index) -> list[tuple[str, bool]]:
    """The fields of a declared index in the database, each with whether it descends."""
    fields = [(name.removeprefix("-"), name.startswith("-")) for name in index.fields]
    return [*((name, False) for name in PREFIX), *fields, ("id", fields[-1][1] if fields else False)]


def _equalities(where: Predicate) -> Iterator[str]:
    match where:
        case Compare(name, "eq", _):
            yield name
        case And(terms):
            for term in terms:
                yield from _equalities(term)


def _served(index: Index, equal: set[str], wanted: list[tuple[str, bool]]) -> tuple[int, bool | None]:
    """How many leading fields equality holds still, and whether to read backwards; None when it is another order."""
    fields = composite(index)[len(PREFIX) :]
    held = next(at for at, (name, _) in enumerate(fields) if name not in equal or name == "id")
    rest = fields[held:]
    if rest == wanted:
        return held, False
    return held, True if [(name, not down) for name, down in rest] == wanted else None


def columns(order: Sequence[Sort]) -> list[Sort]:
    """The order made total: the id last, in the direction of the last field."""
    return [*order, Sort("id", bool(order) and order[-1].descending)]


def _beyond(compiler: Compiler, order: Sequence[Sort], after: Keyset) -> str:
    """What lies behind a keyset: equal in all columns but the last, or in fewer; the first is bounded for the index."""
    if len(after) != len(order):
        raise ValueError(f"a keyset of {len(after)} values does not belong to an order of {len(order)}")
    terms: list[str] = []
    equal: list[str] = []
    for sort, value in zip(order, after, strict=True):
        path = path_of("c", sort.field)
        past = _past(compiler, path, value, descending=sort.descending)
        if past:
            terms.append(" AND ".join([*equal, past]))
        equal.append(_is_null(path) if value is None else f"{path} = {compiler.bind(value)}")
    some = " OR ".join(f"({term})" for term in terms) or "false"
    return f"({_bound(compiler, order[0], after[0])}) AND ({some})" if len(order) > 1 and after[0] is not None else some


def _past(compiler: Compiler, path: str, value: Any, *, descending: bool) -> str:
    if value is None:
        return "" if descending else f"NOT {_is_null(path)}"
    if descending:
        return f"({path} < {compiler.bind(value)} OR {_is_null(path)})"
    return f"{path} > {compiler.bind(value)}"


def _bound(compiler: Compiler, sort: Sort, value: Any) -> str:
    path = path_of("c", sort.field)
    if sort.descending:
        return f"{path} <= {compiler.bind(value)} OR {_is_null(path)}"
    return f"{path} >= {compiler.bind(value)}"


def sorted_rows(rows: list[Row], order: Sequence[Sort]) -> list[Row]:
    """The rows of several partitions, or of a query without order, as one list."""
    for sort in reversed(columns(order)):
        rows.sort(key=lambda row, name=sort.field: _rank(value_of(row, name)), reverse=sort.descending)  # type: ignore[misc]  # mypy infers no default's type
    return rows


def value_of(row: Row, name: str) -> Any:
    """A field's value; a missing one is null."""
    value: Any = row
    for each in name.split("."):
        value = value.get(each) if isinstance(value, dict) else None
    return value


def _rank(value: Any) -> tuple[int, Any]:
    if value is None:
        return 0, 0
    if isinstance(value, bool | int | float):
        return 1 if isinstance(value, bool) else 2, value
    return 3, str(value)


def keyset(row: Row, order: Sequence[Sort]) -> Keyset:
    """Where a page ends that ends with this row."""
    return tuple(value_of(row, sort.field) for sort in columns(order))
