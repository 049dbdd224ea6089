"""Binding expressions: the captures of a blob path pattern, and `{name}` in the paths of outputs."""

import json
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_NAME = re.compile(r"\{([^{}]+)\}")


class PathPattern:
    """A blob trigger's `container/{a}/{b}.txt`. As in the real host a capture takes as much as it can, slashes too."""

    def __init__(self, path: str) -> None:
        self.container, _, blob = path.strip("/").partition("/")
        self.prefix = _NAME.split(blob)[0]
        regex, position = "", 0
        for match in _NAME.finditer(blob):
            regex += re.escape(blob[position : match.start()]) + f"(?P<{match[1]}>.*)"
            position = match.end()
        self._regex = re.compile(regex + re.escape(blob[position:]) if blob else ".*", re.DOTALL)

    def match(self, blob: str) -> dict[str, str] | None:
        """The captures for a blob's name, None if it does not match."""
        found = self._regex.fullmatch(blob)
        return None if found is None else found.groupdict()


def fill(text: str, data: Mapping[str, Any]) -> str:
    """Replace `{name}` by binding data, `{rand-guid}` and `{DateTime}` too; raises ValueError for an unknown name."""

    def value(match: re.Match[str]) -> str:
        name, _, form = match[1].partition(":")
        if name == "rand-guid":
            return uuid.uuid4().hex if form == "N" else str(uuid.uuid4())
        if name == "DateTime":
            return datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
        found: Any = data
        for step in name.split("."):
            if not isinstance(found, Mapping) or step not in found:
                raise ValueError(f"no value for {match[0]} in {text!r}")
            found = found[step]
        return str(found)

    return _NAME.sub(value, text)


def properties(text: str | bytes) -> dict[str, Any]:
    """The fields of a JSON payload, which outputs may refer to; empty for anything else."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
