"""Predicates, orders and pages as SQL over the JSON of a record.

A field's value is `ifnull(json_extract(…), -1e999)`: null sorts first, and comparisons need no third truth value.
Booleans are 0 and 1 there, objects their text; where that could be mistaken, the JSON type is compared too.
"""

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from shared.platform.store import Keyset, Sort
from shared.platform.store.predicates import And, Compare, Has, In, Not, Or, Predicate, Scalar
from shared.platform.store.records import Index, Record

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NULL = "-1e999"
_ORDERED = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_TYPES = {str: "= 'text'", bool: "IN ('true', 'false')", int: "IN ('integer', 'real')", float: "IN ('integer', 'real')"}


@dataclass
class _Fields:
    """Where fields are looked up: a record's body, or an element of a collection."""

    json: str
    value: str
    type: str

    def json_of(self, name: str) -> str:
        return f"json_extract({self.json}, '{_path(name)}')" if name else self.value

    def value_of(self, name: str) -> str:
        return f"ifnull({self.json_of(name)}, {_NULL})"

    def type_of(self, name: str) -> str:
        return f"json_type({self.json}, '{_path(name)}')" if name else self.type

    def element(self, _: str, e: str) -> "_Fields":
        """An element of a collection, where the collection is called `e`."""
        return _Fields(f"CASE WHEN {e}.type IN ('object', 'array') THEN {e}.value END", f"{e}.value", f"{e}.type")

    def some(self, name: str, e: str, match: str) -> str:
        """Whether some element matches."""
        path = f", '{_path(name)}'" if name else ""
        exists = f"EXISTS (SELECT 1 FROM json_each({self.json}{path}) AS {e} WHERE {match})"
        return f"{self.type_of(name)} = 'array' AND {exists}"


class _Root(_Fields):
    """A record's body; its id is a column too, which is indexed."""

    def json_of(self, name: str) -> str:
        return "id" if name == "id" else super().json_of(name)

    def value_of(self, name: str) -> str:
        return "id" if name == "id" else super().value_of(name)

    def type_of(self, name: str) -> str:
        return "'text'" if name == "id" else super().type_of(name)


_ROOT = _Root("body", "body", "json_type(body)")


class _TextElement(_Fields):
    """A column of texts that are never null, so that an index on it serves."""

    def __init__(self, column: str) -> None:
        super().__init__("NULL", column, "'text'")

    def value_of(self, name: str) -> str:
        return super().value_of(name) if name else self.value


class Columns(_Fields):
    """A row whose fields are columns of text or, when named in `truths`, of 0 and 1; there are no other fields.

    A collection of texts is a table beside it: `(table, column of the text, column of the row's key)`.
    """

    def __init__(
        self, columns: Mapping[str, str], truths: Collection[str], sets: Mapping[str, tuple[str, str, str]], key: str
    ) -> None:
        super().__init__("", "", "")
        self._columns, self._truths, self._sets, self._key = columns, truths, sets, key

    def json_of(self, name: str) -> str:
        if name not in self._columns:
            raise ValueError(f"{name!r} is no field")
        return self._columns[name]

    def value_of(self, name: str) -> str:
        return f"ifnull({self.json_of(name)}, {_NULL})"

    def type_of(self, name: str) -> str:
        return "'true'" if name in self._truths else f"typeof({self.json_of(name)})"

    def element(self, name: str, e: str) -> _Fields:
        return _TextElement(f"{e}.{self._sets[name][1]}")

    def some(self, name: str, e: str, match: str) -> str:
        table, _, key = self._sets[name]
        return f"{self._key} IN (SELECT {e}.{key} FROM {table} AS {e} WHERE {match})"


def _path(name: str) -> str:
    names = name.split(".")
    if not all(map(_NAME.fullmatch, names)):
        raise ValueError(f"{name!r} is no field")
    return ".".join(["$", *names])


def value_of(name: str) -> str:
    """The SQL of a field's value in the order of the store; an index on it has the same text."""
    return _ROOT.value_of(name)


def bound(value: Any) -> Any:
    """A scalar as SQLite compares it."""
    if value is None:
        return -math.inf
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return float(value) if abs(value) < 2**1023 else math.inf if value > 0 else -math.inf
    return value


def unbound(value: Any) -> Any:
    return None if value == -math.inf else value


@dataclass(slots=True)
class _Compiler:
    """Collects the parameters in the order of the text it gives."""

    parameters: list[Any] = field(default_factory=list)
    elements: int = 0

    def sql(self, predicate: Predicate, place: _Fields = _ROOT) -> str:
        match predicate:
            case And(terms):
                return self._joined(" AND ", terms, place) or "1"
            case Or(terms):
                return self._joined(" OR ", terms, place) or "0"
            case Not(term):
                return f"({self.sql(term, place)}) IS NOT TRUE"
            case In(name, values):
                return self._in(place, name, values)
            case Has(name, element):
                return self._has(place, name, element)
            case Compare():
                return self._compare(place, predicate)

    def _joined(self, word: str, terms: Sequence[Predicate], place: _Fields) -> str:
        return word.join(f"({self.sql(term, place)})" for term in terms)

    def _bind(self, value: Any) -> str:
        self.parameters.append(bound(value))
        return "?"

    def _equal(self, place: _Fields, name: str, value: Scalar) -> str:
        equal = f"{place.value_of(name)} = {self._bind(value)}"
        return equal if _plain(value) else f"{equal} AND {self._typed(place, name, value)}"

    def _compare(self, place: _Fields, compare: Compare) -> str:
        name, value = compare.field, compare.value
        if compare.operator in ("eq", "ne"):
            equal = self._equal(place, name, value)
            return equal if compare.operator == "eq" else f"({equal}) IS NOT TRUE"
        if value is None:
            return "0"
        if compare.operator in _ORDERED:
            compared = f"{place.value_of(name)} {_ORDERED[compare.operator]} {self._bind(value)}"
            return f"{compared} AND {self._typed(place, name, value)}"
        return self._text(place, name, compare.operator, value)

    def _typed(self, place: _Fields, name: str, value: Scalar) -> str:
        return f"{place.type_of(name)} {_TYPES[str if isinstance(value, str) else type(value)]}"

    def _in(self, place: _Fields, name: str, values: Sequence[Scalar]) -> str:
        plain = [self._bind(value) for value in values if _plain(value)]
        terms = [f"{place.value_of(name)} IN ({', '.join(plain)})"] if plain else []
        terms += [f"({self._equal(place, name, value)})" for value in values if not _plain(value)]
        return " OR ".join(terms) or "0"

    def _text(self, place: _Fields, name: str, operator: str, value: Scalar) -> str:
        if not isinstance(value, str):
            return "0"
        typed, text = self._typed(place, name, value), place.json_of(name)
        if operator == "endswith" and value:
            tail = value.encode()
            return f"{typed} AND substr(CAST({text} AS BLOB), -{len(tail)}) = {self._bind(tail)}"
        return f"{typed} AND instr({text}, {self._bind(value)}) {'> 0' if operator == 'contains' else '= 1'}"

    def _has(self, place: _Fields, name: str, element: Predicate) -> str:
        self.elements += 1
        e = f"e{self.elements}"
        return place.some(name, e, self.sql(element, place.element(name, e)))


def _plain(value: Scalar) -> bool:
    """Whether equal values in SQL are equal JSON: not for booleans and numbers, nor for what objects look like."""
    return value is None or (isinstance(value, str) and value[:1] not in ("[", "{"))


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and its parameters."""

    sql: str
    parameters: tuple[Any, ...]


def condition(where: Predicate, columns: Columns) -> Statement:
    """The predicate over a table's columns; raises ValueError for a field that is none."""
    compiler = _Compiler()
    return Statement(compiler.sql(where, columns), tuple(compiler.parameters))


@dataclass(frozen=True, slots=True)
class Selection:
    """The records of one kind of a tenant, or of one aggregate, that match."""

    model: type[Record]
    tenant: str
    aggregate: str | None
    where: Predicate
    now: str | None

    def _from(self, order: Sequence[Sort] | None, beyond: "Statement | None" = None) -> Statement:
        compiler = _Compiler()
        terms = [f"container = '{self.model.container}' AND kind = '{self.model.kind}' AND tenant = ?"]
        compiler.parameters.append(self.tenant)
        if self.aggregate is not None:
            terms.append("aggregate = ?")
            compiler.parameters.append(self.aggregate)
        if self.now is not None:
            terms.append("expires_at > ?")
            compiler.parameters.append(self.now)
        terms.append(f"({compiler.sql(self.where)})")
        if beyond is not None:
            terms.append(beyond.sql)
            compiler.parameters.extend(beyond.parameters)
        return Statement(f"records{self._hint(order)} WHERE {' AND '.join(terms)}", tuple(compiler.parameters))

    def _hint(self, order: Sequence[Sort] | None) -> str:
        """SQLite does not know which index is best, as it keeps no statistics."""
        if self.aggregate is not None:
            return " INDEXED BY records_key"
        served = None if order is None else serving(self.model, self.where, order)
        index = served or finding(self.model, self.where)
        return f" INDEXED BY {index_name(self.model, index)}" if index else ""

    def count(self) -> Statement:
        chosen = self._from(None)
        return Statement(f"SELECT count(*) FROM {chosen.sql}", chosen.parameters)

    def pages(self, order: Sequence[Sort], after: Keyset | None) -> Iterator[Statement]:
        """The statements that give the rows behind a keyset, each in order, one after the other.

        Rows: body, etag, the order's values, id. Parameters still to come: limit and offset.
        """
        columns = [*(value_of(sort.field) for sort in order), "id"]
        descending = [*(sort.descending for sort in order), bool(order) and order[-1].descending]
        fixed = {value_of(name) for name in _equalities(self.where)}
        for equal, beyond in _beyond(columns, descending, after):
            sorting = [
                f"{column} DESC" if down else column
                for column, down in zip(columns[equal:], descending[equal:], strict=True)
                if column not in fixed
            ]
            chosen = self._from(order, beyond)
            select = f"SELECT {', '.join(['body', 'etag', *columns])} FROM {chosen.sql}"
            yield Statement(f"{select} ORDER BY {', '.join(sorting) or 'id'} LIMIT ? OFFSET ?", chosen.parameters)


def _beyond(
    columns: Sequence[str], descending: Sequence[bool], after: Keyset | None
) -> Iterator[tuple[int, Statement | None]]:
    """What lies behind a keyset, as ranges that an index can seek: equal in all columns but the last, then fewer.

    With each the number of columns that are equal: SQLite does not see by itself that they need no sorting.
    """
    if after is None:
        yield 0, None
        return
    if len(after) != len(columns):
        raise ValueError(f"a keyset of {len(after)} values does not belong to an order of {len(columns)}")
    for equal in range(len(columns) - 1, -1, -1):
        terms = [f"{column} = ?" for column in columns[:equal]]
        terms.append(f"{columns[equal]} {'<' if descending[equal] else '>'} ?")
        yield equal, Statement(" AND ".join(terms), tuple(bound(value) for value in after[: equal + 1]))


def serving(model: type[Record], where: Predicate, order: Sequence[Sort]) -> Index | None:
    """The declared index that finds what is filtered by equality, most fields first, and gives the order."""
    equal = set(_equalities(where))
    wanted = [(sort.field, sort.descending) for sort in order if sort.field not in equal]
    served = [index for index in model.indexes if _serves(index, equal, wanted)]
    return max(served, key=lambda index: _found(index, equal), default=None)


def finding(model: type[Record], where: Predicate) -> Index | None:
    """The declared index that finds most of what is filtered by equality, be it with several values."""
    equal = set(_equalities(where, several=True))
    index = max(model.indexes, key=lambda index: _found(index, equal), default=None)
    return index if index and _found(index, equal) and "id" not in equal else None


def _equalities(where: Predicate, *, several: bool = False) -> Iterator[str]:
    match where:
        case Compare(name, "eq", _):
            yield name
        case In(name, _) if several:
            yield name
        case And(terms):
            for term in terms:
                yield from _equalities(term, several=several)


def _found(index: Index, equal: set[str]) -> int:
    """How many of the index's fields, from the first on, are filtered by equality."""
    return next((at for at, name in enumerate(index.fields) if name.removeprefix("-") not in equal), len(index.fields))


def _serves(index: Index, equal: set[str], wanted: list[tuple[str, bool]]) -> bool:
    rest = [(name.removeprefix("-"), name.startswith("-")) for name in index.fields[_found(index, equal) :]]
    return rest == wanted or [(name, not down) for name, down in rest] == wanted


def index_name(model: type[Record], index: Index) -> str:
    digest = sha256("\n".join((model.container, *index.fields)).encode()).hexdigest()[:8]
    return f"by_{model.kind}_{digest}"


def index_ddl(model: type[Record], index: Index) -> str:
    """The partial index of a declaration: tenant first, id last and in the direction of the last field."""
    columns = [f"{value_of(name.removeprefix('-'))}{' DESC' * name.startswith('-')}" for name in index.fields]
    identity = f"id{' DESC' * index.fields[-1].startswith('-')}"
    return (
        f"CREATE INDEX IF NOT EXISTS {index_name(model, index)} ON records (tenant, {', '.join(columns)}, {identity}) "
        f"WHERE container = '{model.container}' AND kind = '{model.kind}'"
    )
