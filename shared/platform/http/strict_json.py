"""JSON as it was meant: what parsers disagree about is refused.

Not UTF-8, NaN, infinities, lone surrogates, a name twice in an object, integers beyond 30 digits, nesting beyond 64.
"""

import json
import re
from json.decoder import JSONDecodeError
from typing import Any

import orjson

from shared.errors import Problem

MAX_DEPTH = 64
MAX_DIGITS = 30

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


class MalformedJson(Problem):
    """The body is not JSON, or is JSON that could be read in two ways."""

    code = "json.malformed"
    title = "The body is not valid JSON"


def check(body: bytes) -> None:
    """Raise MalformedJson unless every parser reads the same in it."""
    _check_depth(body)
    try:
        orjson.loads(body)
        _decoder.decode(body.decode())
    except JSONDecodeError as error:  # orjson's own is one, too
        raise MalformedJson(f"{error.msg} (line {error.lineno}, column {error.colno}).") from None


def loads(body: bytes) -> Any:
    """The value of strict JSON."""
    check(body)
    return orjson.loads(body)


def _check_depth(body: bytes) -> None:
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _BRACKETS.findall(_STRING.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise MalformedJson(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _unique(pairs: list[tuple[str, Any]]) -> None:
    names = {name for name, _ in pairs}
    if len(names) != len(pairs):
        raise MalformedJson("An object has the same name twice.")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise MalformedJson(f"An integer has more than {MAX_DIGITS} digits.")
    return 0


_decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_int=_integer, parse_float=lambda _: 0.0)
