"""The keys that functions of auth_level FUNCTION and ADMIN ask for, made once and kept in the host's data folder."""

import json
import logging
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from starlette.requests import Request

from local.host.errors import usable
from local.host.files import made_once
from local.host.function import Function

_log = logging.getLogger("local.host")
_FILE = "host-keys.json"
_LEVELS = ("FUNCTION", "ADMIN")


class Keys:
    """The master key, which opens everything, and the host's default key, which opens what asks for FUNCTION."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._master, self._default = keys["master"], keys["default"]

    @classmethod
    def of(cls, folder: Path, functions: Iterable[Function]) -> "Keys | None":
        """Those of a data folder, in a file that its owner alone can read; None where no function asks for any."""
        path = folder / _FILE
        if not any(_level(function) in _LEVELS for function in functions):
            return None
        _log.warning("some functions ask for a key, as x-functions-key or ?code=: the keys are in %s", path)
        with usable(folder):
            return cls(json.loads(made_once(path, _made)))

    def open(self, function: Function, request: Request) -> bool:
        """Whether the request has the function's key, in the header `x-functions-key` or the query's `code`."""
        level = _level(function)
        if level not in _LEVELS:
            return True
        given = request.headers.get("x-functions-key") or request.query_params.get("code") or ""
        wanted = (self._master,) if level == "ADMIN" else (self._master, self._default)
        return any(secrets.compare_digest(given.encode(), key.encode()) for key in wanted)


def _made() -> str:
    return json.dumps({name: secrets.token_urlsafe(40) for name in ("master", "default")})


def _level(function: Function) -> str:
    return str(function.trigger.data.get("authLevel") or "").upper()
