"""The inline constraints of route templates, such as `{id:int}` or `{name:length(2,8)}`, as ASP.NET Core reads them."""

import re
from collections.abc import Callable, Iterator

Check = Callable[[str], bool]

_CONSTRAINT = re.compile(r":([A-Za-z]+)(?:\(((?:[^()]|\([^()]*\))*)\))?")
_GUID = re.compile(r"\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?", re.IGNORECASE)
_DATETIME = r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$"
_INFINITY = float("inf")


def parse_constraints(text: str, template: str) -> Iterator[Check]:
    """The checks of `:int:min(1)`; raises ValueError for one that does not exist."""
    for name, argument in _CONSTRAINT.findall(text):
        try:
            factory = _CHECKS[name.lower()]
            yield factory(argument) if argument else factory()
        except (KeyError, ValueError, TypeError, re.error):
            raise ValueError(f"the route {template!r} has an invalid constraint {name!r}") from None


def _number(convert: Callable[[str], float], low: float, high: float) -> Check:
    def check(text: str) -> bool:
        try:
            return low <= convert(text) <= high
        except ValueError:
            return False

    return check


def _pattern(pattern: str) -> Check:
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda text: compiled.search(text) is not None


def _length(low: int, high: float) -> Check:
    return lambda text: low <= len(text) <= high


_CHECKS: dict[str, Callable[..., Check]] = {
    "int": lambda: _number(int, -(2**31), 2**31 - 1),
    "long": lambda: _number(int, -(2**63), 2**63 - 1),
    "double": lambda: _number(float, -_INFINITY, _INFINITY),
    "float": lambda: _number(float, -_INFINITY, _INFINITY),
    "decimal": lambda: _number(float, -_INFINITY, _INFINITY),
    "bool": lambda: lambda text: text.lower() in {"true", "false"},
    "guid": lambda: lambda text: _GUID.fullmatch(text) is not None,
    "alpha": lambda: _pattern("^[a-z]*$"),
    "regex": _pattern,
    "datetime": lambda: _pattern(_DATETIME),
    "required": lambda: bool,
    "min": lambda low: _number(int, float(low), _INFINITY),
    "max": lambda high: _number(int, -_INFINITY, float(high)),
    "range": lambda both: _number(int, *(float(part) for part in both.split(","))),
    "minlength": lambda low: _length(int(low), _INFINITY),
    "maxlength": lambda high: _length(0, int(high)),
    "length": lambda both: _length(int(both.split(",")[0]), int(both.split(",")[-1])),
}
