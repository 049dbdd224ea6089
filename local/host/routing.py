"""Route templates of HTTP triggers, matched as the real host does: case-insensitively, more specific ones first.

A method that no matching route allows is a 404 there, not a 405, and so it is here.
"""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from local.host.constraints import Check, parse_constraints
from local.host.function import Function

_PART = re.compile(r"\{(\*{0,2})([A-Za-z_][\w-]*)((?::[A-Za-z]+(?:\((?:[^()]|\([^()]*\))*\))?)*)(?:=([^{}?]*))?(\??)\}")
T = TypeVar("T")


@dataclass(slots=True)
class _Segment:
    literal: str | None
    regex: re.Pattern[str] | None = None
    checks: list[tuple[str, Check]] = field(default_factory=list)
    name: str = ""
    rest: bool = False
    optional: bool = False
    default: str | None = None

    def take(self, text: str, values: dict[str, str]) -> bool:
        """Store what the segment captures of `text`; False if it does not match."""
        if self.regex is None:
            values[self.name] = text
        elif (match := self.regex.fullmatch(text)) is not None:
            values.update(match.groupdict())
        else:
            return False
        return all(check(values[name]) for name, check in self.checks)


@dataclass(slots=True)
class Template:
    """A parsed route: `methods` is None for every method, `shape` is equal for routes that only differ in names."""

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

    @property
    def shape(self) -> str:
        return "/".join(s.literal.lower() if s.literal is not None else _shape(s, self.text) for s in self.segments)

    @property
    def fixed(self) -> int:
        """How many leading segments a path must have."""
        return sum(not (segment.rest or segment.optional) for segment in self.segments)

    def values(self, parts: list[str]) -> dict[str, str] | None:
        """The route values for a path's segments, None if they do not match. Literals were compared before."""
        values: dict[str, str] = {}
        for index, segment in enumerate(self.segments):
            if segment.literal is not None:
                continue
            if segment.rest:
                return _rest(segment, parts[index:], values)
            if index >= len(parts):
                if segment.default is not None:
                    values[segment.name] = segment.default
            elif not segment.take(parts[index], values):
                return None
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
        return _Segment(part)
    checks = [(match[2], check) for match in found for check in parse_constraints(match[3], template)]
    first = found[0]
    if len(found) == 1 and not literal:
        optional = bool(first[5]) or first[4] is not None
        return _Segment(None, None, checks, first[2], bool(first[1]), optional, first[4])
    return _Segment(None, re.compile(_complex(part), re.IGNORECASE), checks)


def _complex(part: str) -> str:
    """A segment that mixes literals and parameters, such as `{name}.{extension}`, as a regular expression."""
    pattern, position = "", 0
    for match in _PART.finditer(part):
        pattern += re.escape(part[position : match.start()]) + f"(?P<{match[2]}>.+)"
        position = match.end()
    return pattern + re.escape(part[position:])


def _shape(segment: _Segment, text: str) -> str:
    if segment.regex is not None:
        return segment.regex.pattern
    constraints = re.search(r"\{\*{0,2}" + re.escape(segment.name) + r"((?::[^{}]*)?)", text)
    return "{" + ("*" if segment.rest else "") + (constraints[1] if constraints else "") + "}"


class Routes(Generic[T]):
    """Finds the target for a path and a method among many templates without trying them all."""

    def __init__(self, routes: Iterable[tuple[Template, T]]) -> None:
        ordered = sorted(routes, key=functools.cmp_to_key(_compare))
        self._root: dict[Any, Any] = {}
        for rank, (template, target) in enumerate(ordered):
            _insert(self._root, template, (rank, template, target))

    def find(self, path: str, method: str) -> tuple[T, dict[str, str]] | None:
        """The target and route values; None is a 404."""
        parts = path.strip("/").split("/")
        if parts == [""]:
            parts = []
        found: list[tuple[int, Template, T]] = []
        _collect(self._root, parts, 0, found)
        for _, template, target in sorted(found, key=lambda entry: entry[0]) if len(found) > 1 else found:
            if template.methods is not None and method not in template.methods:
                continue
            values = template.values(parts)
            if values is not None:
                return target, values
        return None


_ANY, _HERE, _REST = object(), object(), object()


def _insert(node: dict[Any, Any], template: Template, entry: Any) -> None:
    for segment in template.segments:
        if segment.rest:
            node.setdefault(_REST, []).append(entry)
            return
        if segment.optional:
            node.setdefault(_HERE, []).append(entry)
        node = node.setdefault(_ANY if segment.literal is None else segment.literal.lower(), {})
    node.setdefault(_HERE, []).append(entry)


def _collect(node: dict[Any, Any], parts: list[str], index: int, found: list[Any]) -> None:
    found += node.get(_REST, ())
    if index == len(parts):
        found += node.get(_HERE, ())
        return
    part = parts[index]
    if part and (literal := node.get(part.lower())) is not None:
        _collect(literal, parts, index + 1, found)
    if part and (wildcard := node.get(_ANY)) is not None:
        _collect(wildcard, parts, index + 1, found)


def _compare(left: tuple[Template, Any], right: tuple[Template, Any]) -> int:
    """The real host's order: literal before parameter, more constraints first, then longer before shorter."""
    a, b = left[0], right[0]
    for x, y in zip(a.segments, b.segments, strict=False):
        if (x.literal is None) != (y.literal is None):
            return 1 if x.literal is None else -1
        if x.literal is None and len(x.checks) != len(y.checks):
            return len(y.checks) - len(x.checks)
        if x.literal is not None and y.literal is not None and x.literal.lower() != y.literal.lower():
            return -1 if x.literal.lower() < y.literal.lower() else 1
    if len(a.segments) != len(b.segments):
        return len(b.segments) - len(a.segments)
    return any(s.rest for s in a.segments) - any(s.rest for s in b.segments)
