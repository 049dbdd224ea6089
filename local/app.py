"""This app on the local host: its settings, its change feed, its storage, all under one folder."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from local.host.errors import CannotStart, usable
from local.host.files import made_once
from local.host.host import Host
from shared.platform.opened import platform
from shared.platform.store import ChangeLog

FOLDER = Path(__file__).resolve().parent.parent
AZURITE = FOLDER / "local" / "azurite" / "node_modules"
ADMIN = "admin@example.org"
SECRETS = "secrets.json"


def settings(data: Path) -> dict[str, str]:
    """The app's settings here, of which those in the environment win.

    Secrets are made once and kept in the folder, readable by its owner only.
    """
    made = {
        "STORE": "sqlite",
        "AzureWebJobsStorage": "UseDevelopmentStorage=true",
        "COSMOS": "AccountEndpoint=https://localhost/;AccountKey=none",
        "COSMOS_DATABASE": "eventhub",
        **_secrets(data / SECRETS),
    }
    here = {"HOSTING": "local", "DATA_DIR": str(data), "PYTHON_ENABLE_INIT_INDEXING": "1"}
    return {**_environment_first(made), **here}


def administrator(data: Path) -> tuple[str, str]:
    """E-mail and password of the first administrator of the data in a folder; raises CannotStart."""
    if not (data / SECRETS).exists():
        raise CannotStart(f"{data} holds no hub's data: name its folder with --data, or who signs in with --email")
    kept = _environment_first(_secrets(data / SECRETS))
    return kept["BOOTSTRAP_ADMIN_EMAIL"], kept["BOOTSTRAP_ADMIN_PASSWORD"]


def host(data: Path, port: int) -> Host:
    """The host of this app, not yet started; a data folder that it makes is closed to other people's accounts."""
    with usable(data):
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        chosen = settings(data)
    return Host(FOLDER, data, port, settings=chosen, azurite=AZURITE, change_source=_Feed())


def _environment_first(made: dict[str, str]) -> dict[str, str]:
    return {name: os.environ.get(name) or value for name, value in made.items()}


def _secrets(path: Path) -> dict[str, str]:
    kept: dict[str, str] = json.loads(made_once(path, _made))
    return kept


def _made() -> str:
    first = {"BOOTSTRAP_ADMIN_EMAIL": ADMIN, "BOOTSTRAP_ADMIN_PASSWORD": secrets.token_urlsafe(12)}
    # What the first account is made with is kept, so that it can be found again without the environment.
    return json.dumps({"JWT_SECRET": secrets.token_urlsafe(48), **_environment_first(first)})


class _Feed:
    """The store's change log, as the change feed of the container that the app's trigger names."""

    def __init__(self) -> None:
        self._position: str | None = None

    async def read(self, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str]:
        documents, position = await (await _log()).read(after or None, limit)
        self._position = position
        return documents, position or ""

    async def wait(self) -> None:
        await (await _log()).wait(5, self._position or "0")


async def _log() -> ChangeLog:
    return (await platform().stores()).log
