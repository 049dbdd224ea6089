"""The system functions that the adapters call."""

import math
import re
from collections.abc import Callable
from typing import Any

from tests.cosmos_server.values import UNDEFINED, equal

Function = Callable[..., Any]


def _text(test: Callable[[str, str], bool]) -> Function:
    def function(value: Any, part: Any) -> Any:
        return test(value, part) if isinstance(value, str) and isinstance(part, str) else UNDEFINED

    return function


def _array_contains(values: Any, value: Any) -> Any:
    if not isinstance(values, list) or value is UNDEFINED:
        return UNDEFINED
    return any(equal(each, value) is True for each in values)


class Vector:
    """The cosine of a vector under a vector policy and one that was given; of other lengths it is undefined."""

    def __call__(self, one: Any, other: Any) -> Any:
        if not isinstance(one, list) or not isinstance(other, list) or len(one) != len(other):
            return UNDEFINED
        return sum(a * b for a, b in zip(one, other, strict=True)) / (math.hypot(*one) * math.hypot(*other) or 1)


class FullText:
    """A full-text function over a path with a full-text index; words are compared as they stand, without stemming."""

    def __init__(self, some: Callable[[Any], bool]) -> None:
        self._some = some

    def __call__(self, text: Any, *words: Any) -> Any:
        if not isinstance(text, str):
            return UNDEFINED
        known = set(re.findall(r"\w+", text.lower()))
        return self._some(set(re.findall(r"\w+", word.lower())) <= known for word in words)


FUNCTIONS: dict[str, Function] = {
    "IS_DEFINED": lambda value: value is not UNDEFINED,
    "IS_NULL": lambda value: value is None,
    "IS_BOOL": lambda value: isinstance(value, bool),
    "IS_NUMBER": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "IS_STRING": lambda value: isinstance(value, str),
    "IS_ARRAY": lambda value: isinstance(value, list),
    "STARTSWITH": _text(str.startswith),
    "ENDSWITH": _text(str.endswith),
    "CONTAINS": _text(str.__contains__),
    "ARRAY_CONTAINS": _array_contains,
    "VectorDistance": Vector(),
    "FullTextContainsAny": FullText(any),
    "FullTextContainsAll": FullText(all),
}
