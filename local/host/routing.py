"""Route templates of HTTP triggers, matched as the real host does: case-insensitively, the first that matches.

The order is that of the functions' names; a literal does not go before a parameter. The method is part of the match: a
route that does not take it is passed over, and when none takes it the answer is a 404, not a 405.
"""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from local.host.constraints import Check, parse_constraints
from local.host.function import Function

_PART = re.compile(r"\{(\*{0,2})([A-Za-z_][\w-]*)((?::[A-Za-z]+(?:\((?:[^()]|\([^()]*\))*\))?)*)(?:=([^{}?]*))?(\??)\}")
T = TypeVar("T")


@dataclass(slots=True)
class _Segment:
    literal: str | None
    regex: re.Pattern[str] | None = None
    checks: list[tuple[str, Check]] = field(default_factory=list)
    constraints: str = ""
    name: str = ""
    rest: bool = False
    optional: bool = False
    default: str | None = None

    def take(self, text: str, values: dict[str, str]) -> bool:
        """Store what the segment captures of `text`; False if it does not match."""
        if self.literal is not None:
            return text == self.literal or text.lower() == self.literal
        if not text:
            return False
        if self.regex is None:
            values[self.name] = text
        elif (match := self.regex.fullmatch(text)) is not None:
            values.update(match.groupdict())
        else:
            return False
        return all(check(values[name]) for name, check in self.checks)

    def covers(self, other: "_Segment | None") -> bool:
        """Whether it takes all that the other takes; False where that cannot be told."""
        if other is None:
            return self.optional
        if (other.rest and not self.rest) or (other.optional and not self.optional):
            return False
        if self.literal is not None or self.regex is not None or self.checks:
            return (self.literal, self.regex, self.constraints) == (other.literal, other.regex, other.constraints)
        return True


@dataclass(slots=True)
class Template:
    """A parsed route; `methods` is None for every method."""

    text: str
    methods: frozenset[str] | None
    segments: list[_Segment]

    @classmethod
    def of(cls, function: Function, prefix: str) -> "Template":
        """The route of an HTTP function under the host's prefix; raises ValueError."""
        data = function.trigger.data
        route = (data.get("route") or function.name).lstrip("/")
        methods = frozenset(method.upper() for method in data.get("methods") or ()) or None
        return cls.parse(f"{prefix}/{route}" if prefix else route, methods)

    @classmethod
    def parse(cls, text: str, methods: frozenset[str] | None = None) -> "Template":
        """Raises ValueError for a malformed template or an unknown constraint."""
        parts = _split(text.strip("/"))
        segments = [_segment(part, text) for part in parts]
        if any(segment.rest for segment in segments[:-1]):
            raise ValueError(f"the catch-all of route {text!r} must be its last segment")
        if any(segment.optional for segment in segments[:-1]):
            raise ValueError(f"the optional parameter of route {text!r} must be its last segment")
        return cls(text.strip("/"), methods, segments)

    def hides(self, other: "Template") -> frozenset[str]:
        """The methods by which the other is never reached when this one is asked first; `*` is every method."""
        for mine, its in itertools.zip_longest(self.segments, other.segments):
            if mine is None or not mine.covers(its):
                return frozenset()
            if mine.rest:
                break
        if self.methods is None:
            return other.methods or frozenset("*")
        return self.methods & other.methods if other.methods else frozenset()

    def match(self, parts: list[str], method: str) -> dict[str, str] | None:
        """The route values for a path's segments, None if the template does not take them."""
        if self.methods is not None and method not in self.methods:
            return None
        values: dict[str, str] = {}
        for index, segment in enumerate(self.segments):
            if segment.rest:
                return _rest(segment, parts[index:], values)
            if index >= len(parts):
                return _without_last(segment, values)
            if not segment.take(parts[index], values):
                return None
        return values if len(parts) == len(self.segments) else None


def _without_last(segment: _Segment, values: dict[str, str]) -> dict[str, str] | None:
    if not segment.optional:
        return None
    if segment.default is not None:
        values[segment.name] = segment.default
    return values


def _rest(segment: _Segment, parts: list[str], values: dict[str, str]) -> dict[str, str] | None:
    text = "/".join(parts) or segment.default
    if text is None:
        return values
    return values if segment.take(text, values) else None


def _split(text: str) -> list[str]:
    """Split at slashes that are not within braces (a regex constraint may hold some)."""
    return [part for part in re.split(r"/(?![^{}]*\})", text) if part] if text else []


def _segment(part: str, template: str) -> _Segment:
    found = list(_PART.finditer(part))
    literal = _PART.sub("", part)
    if "{" in literal or "}" in literal:
        raise ValueError(f"the route {template!r} has a malformed parameter in {part!r}")
    if not found:
        return _Segment(part.lower())
    checks = [(match[2], check) for match in found for check in parse_constraints(match[3], template)]
    first = found[0]
    if len(found) == 1 and not literal:
        optional = bool(first[5]) or first[4] is not None
        return _Segment(None, None, checks, first[3], first[2], bool(first[1]), optional, first[4])
    return _Segment(None, re.compile(_complex(part), re.IGNORECASE), checks)


def _complex(part: str) -> str:
    """A segment that mixes literals and parameters, such as `{name}.{extension}`, as a regular expression."""
    pattern, position = "", 0
    for match in _PART.finditer(part):
        pattern += re.escape(part[position : match.start()]) + f"(?P<{match[2]}>.+)"
        position = match.end()
    return pattern + re.escape(part[position:])


class Routes(Generic[T]):
    """Finds the target for a path and a method; `routes` are in the order in which they are asked."""

    def __init__(self, routes: Iterable[tuple[Template, T]]) -> None:
        self._routes = list(routes)

    def find(self, path: str, method: str) -> tuple[T, dict[str, str]] | None:
        """The target and route values; None is a 404."""
        stripped = path.strip("/")
        parts = stripped.split("/") if stripped else []
        for template, target in self._routes:
            if (values := template.match(parts, method)) is not None:
                return target, values
        return None
