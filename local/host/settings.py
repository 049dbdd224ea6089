"""The app's host.json and its settings: `%NAME%` in bindings, and connections by name."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.host.errors import CannotStart

_PERCENT = re.compile(r"%([^%]+)%")


class MissingSetting(LookupError):
    """A binding refers to a setting that has no value."""


@dataclass(frozen=True, slots=True)
class HostJson:
    """The parsed host.json; a missing file is an empty one, one that cannot be read raises CannotStart."""

    content: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> "HostJson":
        return cls(_json(folder / "host.json"))

    def get(self, path: str, default: Any = None) -> Any:
        """The value at a dotted path such as `extensions.queues.batchSize`."""
        value: Any = self.content
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        return default if value is None else value

    @property
    def function_timeout(self) -> float | None:
        """Seconds, None for -1, which is without limit; half an hour when it is not given."""
        text = str(self.get("functionTimeout", "00:30:00"))
        return None if text.startswith("-") else seconds(text)


def local_settings(folder: Path) -> dict[str, str]:
    """`Values` of local.settings.json, or nothing."""
    values = _json(folder / "local.settings.json").get("Values") or {}
    return {name: str(value) for name, value in values.items()}


def _json(path: Path) -> dict[str, Any]:
    """What a file holds, nothing when it is not there; raises CannotStart."""
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text("utf-8-sig"))
    except (ValueError, OSError) as error:
        raise CannotStart(f"{path} cannot be read as JSON: {error}") from None
    if not isinstance(found, dict):
        raise CannotStart(f"{path} must hold a JSON object")
    return found


def resolve(text: str, environ: Mapping[str, str]) -> str:
    """Replace every `%NAME%`; raises MissingSetting."""

    def value(match: re.Match[str]) -> str:
        found = environ.get(match[1])
        if found is None:
            raise MissingSetting(f"the setting {match[1]!r} that {text!r} refers to has no value")
        return found

    return _PERCENT.sub(value, text)


def connection_string(name: str, environ: Mapping[str, str]) -> str:
    """The connection string that a binding's `connection` names, by the real host's rules; raises MissingSetting."""
    for key in (f"AzureWebJobs{name}", name, f"ConnectionStrings:{name}", f"ConnectionStrings__{name}"):
        if environ.get(key):
            return environ[key]
    if identity := [key for key in environ if re.match(rf"(AzureWebJobs)?{re.escape(name)}__\w+", key, re.IGNORECASE)]:
        raise MissingSetting(
            f"the connection {name!r} is by identity ({identity[0]}), which is for Azure: give a connection string here"
        )
    raise MissingSetting(f"the connection setting {name!r} has no value")


def seconds(text: str) -> float:
    """A .NET TimeSpan, `[d.]hh:mm:ss[.fff]`, in seconds; raises ValueError.

    As in .NET, three parts whose first exceeds 23 are days, hours and minutes.
    """
    match = re.fullmatch(r"(?:(\d+)\.)?(\d+):(\d{1,2})(?::(\d{1,2}(?:\.\d+)?))?", text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a time span (hh:mm:ss)")
    days, first, second, third = (float(part or 0) for part in match.groups())
    if first > 23 and not days:
        days, first, second, third = first, second, third, 0
    if first > 23 or second > 59 or third >= 60:
        raise ValueError(f"{text!r} is not a time span (hh:mm:ss)")
    return ((days * 24 + first) * 60 + second) * 60 + third
