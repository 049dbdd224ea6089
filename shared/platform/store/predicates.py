"""The typed tree that says which records are meant; each adapter compiles it, `matches` is its meaning.

Fields are JSON names, dotted for nested ones. A missing field is null. Comparisons with null are false but for `eq` and
`ne`; text compares by code points.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import ge, gt, le, lt
from typing import Any, Literal

Scalar = str | int | float | bool | None
Operator = Literal["eq", "ne", "gt", "ge", "lt", "le", "startswith", "endswith", "contains"]


@dataclass(frozen=True, slots=True)
class Compare:
    """A field against a value; text functions are case-sensitive. An empty field is the element inside `Any_`."""

    field: str
    operator: Operator
    value: Scalar


@dataclass(frozen=True, slots=True)
class In:
    """A field's value is one of these."""

    field: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """Some element of a collection matches; inside, fields are the element's, "" the element itself."""

    field: str
    element: "Predicate"


@dataclass(frozen=True, slots=True)
class And:
    """All terms hold; none means everything."""

    terms: tuple["Predicate", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some term holds; none means nothing."""

    terms: tuple["Predicate", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The term does not hold."""

    term: "Predicate"


Predicate = Compare | In | Has | And | Or | Not
ALL = And(())


def eq(field: str, value: Scalar) -> Compare:
    return Compare(field, "eq", value)


def one_of(field: str, values: Sequence[Scalar]) -> In:
    return In(field, tuple(values))


def has(field: str, value: Scalar) -> Has:
    """A collection of scalars holds the value."""
    return Has(field, eq("", value))


def has_any(field: str, values: Sequence[Scalar]) -> Has:
    """A collection of scalars holds one of the values."""
    return Has(field, one_of("", values))


def all_of(*terms: Predicate) -> Predicate:
    return terms[0] if len(terms) == 1 else And(terms)


def any_of(*terms: Predicate) -> Predicate:
    return terms[0] if len(terms) == 1 else Or(terms)


def renamed(predicate: Predicate, names: Mapping[str, str]) -> Predicate:
    """The same predicate on fields of other names."""
    match predicate:
        case And(terms):
            return And(tuple(renamed(term, names) for term in terms))
        case Or(terms):
            return Or(tuple(renamed(term, names) for term in terms))
        case Not(term):
            return Not(renamed(term, names))
        case _:
            return replace(predicate, field=names.get(predicate.field, predicate.field))


def matches(predicate: Predicate, document: Any) -> bool:
    """Whether a JSON document is meant: the reference that adapters are held to."""
    match predicate:
        case And(terms):
            return all(matches(term, document) for term in terms)
        case Or(terms):
            return any(matches(term, document) for term in terms)
        case Not(term):
            return not matches(term, document)
        case In(field, values):
            return any(_compare("eq", _value(document, field), value) for value in values)
        case Has(field, element):
            items = _value(document, field)
            return isinstance(items, list) and any(matches(element, item) for item in items)
        case Compare(field, operator, value):
            return _compare(operator, _value(document, field), value)


def _value(document: Any, field: str) -> Any:
    for name in field.split(".") if field else ():
        if not isinstance(document, dict):
            return None
        document = document.get(name)
    return document


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):  # its enumerations too
        return "str"
    return "number" if isinstance(value, int | float) else type(value).__name__


_ORDERED: dict[str, Callable[[Any, Any], bool]] = {"gt": gt, "ge": ge, "lt": lt, "le": le}
_TEXT: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": str.__contains__,
}


def _compare(operator: Operator, actual: Any, value: Any) -> bool:
    same = _kind(actual) == _kind(value)
    if operator == "eq":
        return same and bool(actual == value)
    if operator == "ne":
        return not (same and actual == value)
    if not same or actual is None:
        return False
    if operator in _TEXT:
        return isinstance(actual, str) and _TEXT[operator](actual, value)
    return _ORDERED[operator](actual, value)
