"""JSON as it was meant: what parsers disagree about is refused.

Not UTF-8, NaN, infinities, lone surrogates, a name twice in an object, integers beyond 30 digits, nesting beyond 64.
What has more values than any request needs is refused before it is parsed: each may cost a fault of its own.
"""

import json
import re
from itertools import islice
from json.decoder import JSONDecodeError
from typing import Any

import orjson

from shared.errors import Problem
from shared.platform.http.problems import BodyTooLarge

MAX_DEPTH = 64
MAX_DIGITS = 30
MAX_VALUES = 10_000
"""Members and elements of one body, those of nested objects and arrays included."""
MAX_MEMBERS = 500
"""Members of one object."""

_STRING = re.compile(rb'"(?:[^"\\]++|\\.?)*+"?', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


class MalformedJson(Problem):
    """The body is not JSON, or is JSON that could be read in two ways."""

    code = "json.malformed"
    title = "The body is not valid JSON"


def check(body: bytes) -> None:
    """Raise MalformedJson unless every parser reads the same in it, BodyTooLarge when it has too many values."""
    _check_structure(body)
    try:
        orjson.loads(body)
        _decoder.decode(body.decode())
    except JSONDecodeError as error:  # orjson's own is one, too
        raise MalformedJson(f"{error.msg} (line {error.lineno}, column {error.colno}).") from None


def loads(body: bytes) -> Any:
    """The value of strict JSON."""
    check(body)
    return orjson.loads(body)


def _check_structure(body: bytes) -> None:
    openings = body.count(b"[") + body.count(b"{")
    if openings <= MAX_DEPTH and openings + body.count(b",") <= MAX_VALUES:
        return
    structure = _STRING.sub(b"", body)
    _check_depth(structure)
    if structure.count(b"[") + structure.count(b"{") + structure.count(b",") > MAX_VALUES:
        raise BodyTooLarge(f"The body may have at most {MAX_VALUES} values; send it in several requests.")


def _check_depth(structure: bytes) -> None:
    depth = 0
    for bracket in islice(_BRACKETS.finditer(structure), 2 * MAX_VALUES):
        depth += 1 if bracket[0] in b"[{" else -1
        if depth > MAX_DEPTH:
            raise MalformedJson(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) > MAX_MEMBERS:
        raise BodyTooLarge(f"An object may have at most {MAX_MEMBERS} members.")
    names = {name for name, _ in pairs}
    if len(names) != len(pairs):
        raise MalformedJson("An object has the same name twice.")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise MalformedJson(f"An integer has more than {MAX_DIGITS} digits.")
    return 0


_decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_int=_integer, parse_float=lambda _: 0.0)
