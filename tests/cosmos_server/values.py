"""Values as Cosmos DB compares them: `undefined` beside null, and types that never equal each other."""

from typing import Any


class Undefined:
    """What a missing field is, and a comparison of different types."""

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = Undefined()
_KINDS = {Undefined: 0, type(None): 1, bool: 2, int: 3, float: 3, str: 4, list: 5, dict: 6}


def kind(value: Any) -> int:
    """The place of a value's type in the order of types."""
    return _KINDS[type(value)]


def equal(left: Any, right: Any) -> Any:
    if kind(left) != kind(right) or left is UNDEFINED:
        return UNDEFINED
    return left == right


def compared(left: Any, right: Any) -> Any:
    """-1, 0 or 1; undefined for different types and for what has no order."""
    if kind(left) != kind(right) or kind(left) in (0, 5, 6):
        return UNDEFINED
    if left is None:
        return 0
    return (left > right) - (left < right)


def member(value: Any, name: str) -> Any:
    return value.get(name, UNDEFINED) if isinstance(value, dict) else UNDEFINED


def sort_key(value: Any) -> tuple[int, Any]:
    """The order of ORDER BY: undefined, null, booleans, numbers, strings."""
    if kind(value) > 4:
        return kind(value), 0
    return kind(value), 0 if value is UNDEFINED or value is None else value


def both(left: Any, right: Any) -> Any:
    """AND of three truth values; whatever is no boolean counts as undefined."""
    if left is False or right is False:
        return False
    return True if left is True and right is True else UNDEFINED


def either(left: Any, right: Any) -> Any:
    if left is True or right is True:
        return True
    return False if left is False and right is False else UNDEFINED
