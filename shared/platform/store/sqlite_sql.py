"""Predicates as SQL over the JSON of a record, with a named parameter for each value.

A field's value is `ifnull(json_extract(…), -1e999)`: null sorts first, and comparisons need no third truth value.
Booleans are 0 and 1 there, objects their text; where that could be mistaken, the JSON type is compared too.

The text depends on what kind of value each is, not on the value: a predicate whose values are replaced by `Slot`s is
its shape, and each shape is compiled once.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shared.platform.store.predicates import And, Compare, Has, In, Not, Or, Predicate

SHAPES = 2000
"""Texts that are kept compiled."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PARAMETER = re.compile(r":(v\d+)\b")
_NULL = "-1e999"
_ORDERED = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_TYPES = {"bool": "IN ('true', 'false')", "number": "IN ('integer', 'real')"}


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of a value: a parameter's name, and the kind of what it will hold."""

    name: str
    kind: str

    @property
    def is_text(self) -> bool:
        return self.kind in ("text", "json", "empty")

    @property
    def plain(self) -> bool:
        """Whether equal values in SQL are equal JSON: not for booleans and numbers, nor for what objects look like."""
        return self.kind in ("null", "text", "empty")


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "empty" if not value else "json" if value[0] in "[{" else "text"
    return "null" if value is None else "bool" if isinstance(value, bool) else "number"


def shape(where: Predicate) -> tuple[Predicate, dict[str, Any]]:
    """The predicate with slots for its values, and the values as SQLite takes them, by the slots' names."""
    values: dict[str, Any] = {}
    return _shaped(where, values), values


def _shaped(where: Predicate, values: dict[str, Any]) -> Predicate:
    match where:
        case And(terms):
            return And(tuple(_shaped(term, values) for term in terms))
        case Or(terms):
            return Or(tuple(_shaped(term, values) for term in terms))
        case Not(term):
            return Not(_shaped(term, values))
        case Has(name, element):
            return Has(name, _shaped(element, values))
        case In(name, wanted):
            return In(name, tuple(_slot(value, values) for value in wanted))
        case Compare(name, operator, value):
            return Compare(name, operator, _slot(value, values))


def _slot(value: Any, values: dict[str, Any]) -> Any:
    name = f"v{len(values)}"
    values[name] = bound(value)
    return Slot(name, _kind(value))


@dataclass(eq=False)
class Fields:
    """Where fields are looked up: a record's body, or an element of a collection."""

    json: str
    value: str
    type: str

    def json_of(self, name: str) -> str:
        return f"json_extract({self.json}, '{path_of(name)}')" if name else self.value

    def value_of(self, name: str) -> str:
        return f"ifnull({self.json_of(name)}, {_NULL})"

    def type_of(self, name: str) -> str:
        return f"json_type({self.json}, '{path_of(name)}')" if name else self.type

    def is_text(self, name: str) -> str:
        return f"{self.type_of(name)} = 'text'"

    def element(self, _: str, e: str) -> "Fields":
        """An element of a collection, where the collection is called `e`."""
        return Fields(f"CASE WHEN {e}.type IN ('object', 'array') THEN {e}.value END", f"{e}.value", f"{e}.type")

    def some(self, name: str, e: str, match: str) -> str:
        """Whether some element matches."""
        path = f", '{path_of(name)}'" if name else ""
        exists = f"EXISTS (SELECT 1 FROM json_each({self.json}{path}) AS {e} WHERE {match})"
        return f"{self.type_of(name)} = 'array' AND {exists}"


class _Root(Fields):
    """A record's body; its id is a column too, which is indexed."""

    def json_of(self, name: str) -> str:
        return "id" if name == "id" else super().json_of(name)

    def value_of(self, name: str) -> str:
        return "id" if name == "id" else super().value_of(name)

    def type_of(self, name: str) -> str:
        return "'text'" if name == "id" else super().type_of(name)


ROOT = _Root("body", "body", "json_type(body)")


class _TextElement(Fields):
    """A column of texts that are never null, so that an index on it serves."""

    def __init__(self, column: str) -> None:
        super().__init__("NULL", column, "'text'")

    def value_of(self, name: str) -> str:
        return super().value_of(name) if name else self.value


class Columns(Fields):
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

    def element(self, name: str, e: str) -> Fields:
        return _TextElement(f"{e}.{self._sets[name][1]}")

    def some(self, name: str, e: str, match: str) -> str:
        table, _, key = self._sets[name]
        return f"{self._key} IN (SELECT {e}.{key} FROM {table} AS {e} WHERE {match})"


def path_of(name: str) -> str:
    """A field's path in JSON; raises ValueError for what is no field."""
    names = name.split(".")
    if not all(map(_NAME.fullmatch, names)):
        raise ValueError(f"{name!r} is no field")
    return ".".join(["$", *names])


def value_of(name: str) -> str:
    """The SQL of a field's value in the order of the store; an index on it has the same text."""
    return ROOT.value_of(name)


def bound(value: Any) -> Any:
    """A scalar as SQLite compares it."""
    if value is None:
        return -math.inf
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return float(value) if abs(value) < 2**1023 else math.inf if value > 0 else -math.inf
    return value


def unbound(value: Any) -> Any:
    return None if value == -math.inf else value


def compiled(where: Predicate, fields: Fields = ROOT) -> str:
    """The SQL of a shape."""
    return _Compiler().sql(where, fields)


class _Compiler:
    """Numbers the collections that it goes into."""

    def __init__(self) -> None:
        self._elements = 0

    def sql(self, shape: Predicate, fields: Fields) -> str:
        match shape:
            case And(terms):
                return self._joined(" AND ", terms, fields) or "1"
            case Or(terms):
                return self._joined(" OR ", terms, fields) or "0"
            case Not(term):
                return f"({self.sql(term, fields)}) IS NOT TRUE"
            case In(name, slots):
                return _in(fields, name, slots)
            case Has(name, element):
                return self._has(fields, name, element)
            case Compare():
                return _compare(fields, shape)

    def _joined(self, word: str, terms: Sequence[Predicate], fields: Fields) -> str:
        return word.join(f"({self.sql(term, fields)})" for term in terms)

    def _has(self, fields: Fields, name: str, element: Predicate) -> str:
        self._elements += 1
        e = f"e{self._elements}"
        return fields.some(name, e, self.sql(element, fields.element(name, e)))


def _equal(fields: Fields, name: str, slot: Slot) -> str:
    equal = f"{fields.value_of(name)} = :{slot.name}"
    return equal if slot.plain else f"{equal} AND {_typed(fields, name, slot)}"


def _compare(fields: Fields, compare: Compare) -> str:
    name, slot = compare.field, compare.value
    assert isinstance(slot, Slot)  # noqa: S101 -- what is compiled is a shape
    if compare.operator in ("eq", "ne"):
        equal = _equal(fields, name, slot)
        return equal if compare.operator == "eq" else f"({equal}) IS NOT TRUE"
    if slot.kind == "null":
        return "0"
    if compare.operator in _ORDERED:
        compared = f"{fields.value_of(name)} {_ORDERED[compare.operator]} :{slot.name}"
        return f"{compared} AND {_typed(fields, name, slot)}"
    return _text(fields, name, compare.operator, slot)


def _typed(fields: Fields, name: str, slot: Slot) -> str:
    return fields.is_text(name) if slot.is_text else f"{fields.type_of(name)} {_TYPES[slot.kind]}"


def _in(fields: Fields, name: str, slots: Sequence[Any]) -> str:
    plain = [f":{slot.name}" for slot in slots if slot.plain]
    terms = [f"{fields.value_of(name)} IN ({', '.join(plain)})"] if plain else []
    terms += [f"({_equal(fields, name, slot)})" for slot in slots if not slot.plain]
    return " OR ".join(terms) or "0"


def _text(fields: Fields, name: str, operator: str, slot: Slot) -> str:
    if not slot.is_text:
        return "0"
    typed, text, value = _typed(fields, name, slot), fields.json_of(name), f":{slot.name}"
    if operator == "endswith" and slot.kind != "empty":
        tail = f"CAST({value} AS BLOB)"
        return f"{typed} AND substr(CAST({text} AS BLOB), -length({tail})) = {tail}"
    return f"{typed} AND instr({text}, {value}) {'> 0' if operator == 'contains' else '= 1'}"


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with parameters by position."""

    sql: str
    parameters: tuple[Any, ...]


_condition: Callable[[Predicate, Fields], str] = lru_cache(SHAPES)(compiled)


def condition(where: Predicate, columns: Columns) -> Statement:
    """The predicate over a table's columns, with `?` for parameters; raises ValueError for a field that is none."""
    shaped, values = shape(where)
    names: list[str] = []

    def positional(found: re.Match[str]) -> str:
        names.append(found[1])
        return "?"

    sql = _PARAMETER.sub(positional, _condition(shaped, columns))
    return Statement(sql, tuple(values[name] for name in names))
