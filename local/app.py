"""This app on the local host: its settings, its change feed, its storage, all under one folder."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from local.host.host import Host
from shared.platform.opened import platform
from shared.platform.store import ChangeLog

FOLDER = Path(__file__).resolve().parent.parent
AZURITE = FOLDER / "local" / "azurite" / "node_modules"
ADMIN = "admin@example.org"


def settings(data: Path) -> dict[str, str]:
    """The app's settings here; secrets are made once and kept in the folder, readable by its owner only."""
    return {
        "HOSTING": "local",
        "STORE": os.environ.get("STORE") or "sqlite",
        "DATA_DIR": str(data),
        "AzureWebJobsStorage": "UseDevelopmentStorage=true",
        "COSMOS": "AccountEndpoint=https://localhost/;AccountKey=none",
        "COSMOS_DATABASE": os.environ.get("COSMOS_DATABASE") or "eventhub",
        "PYTHON_ENABLE_INIT_INDEXING": "1",
        **_secrets(data / "secrets.json"),
    }


def administrator(data: Path) -> tuple[str, str]:
    """E-mail and password of the first administrator of the data in a folder."""
    kept = _secrets(data / "secrets.json")
    return kept["BOOTSTRAP_ADMIN_EMAIL"], kept["BOOTSTRAP_ADMIN_PASSWORD"]


def host(data: Path, port: int) -> Host:
    """The host of this app, not yet started; a data folder that it makes is closed to other people's accounts."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Host(FOLDER, data, port, settings=settings(data), azurite=AZURITE, change_source=_Feed())


def _secrets(path: Path) -> dict[str, str]:
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text())
        return kept
    made = {
        "JWT_SECRET": secrets.token_urlsafe(48),
        "BOOTSTRAP_ADMIN_EMAIL": ADMIN,
        "BOOTSTRAP_ADMIN_PASSWORD": secrets.token_urlsafe(12),
    }
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        json.dump(made, file)
    return made


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
