"""A running hub for journeys: the real host in a process of its own, and the people who use it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from local import app, seed
from local.app import AZURITE
from local.client import Client
from local.host.azurite import Azurite
from tests.stores import store_of

ROOT = Path(__file__).resolve().parents[2]
PAPER = ROOT / "samples" / "paper.pdf"
T = TypeVar("T")


class Hub:
    """A host on one data folder; `kill` is `kill -9`, `start` goes on where it was."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self.url = ""
        store = {name.upper(): value for name, value in store_of(data).items()}
        self._environment = {**os.environ, **store, "LOG_LEVEL": "ERROR", **environment}
        self._process: subprocess.Popen[bytes] | None = None
        self._people: dict[str, tuple[str, str]] = {}
        self._clients: list[Client] = []

    def start(self, port: int = 0) -> None:
        command = [sys.executable, "-m", "local", "serve", "--port", str(port), "--data", str(self.data)]
        with (self.data / "host.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, cwd=ROOT, env=self._environment
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode()
        assert line.startswith("ready "), self.log
        self.url = line.split()[1]

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return (self.data / "host.log").read_text()[-5000:]

    def client(self, role: str) -> Client:
        """Somebody of this role, signed in."""
        self._people = self._people or {**seed.people(self.url, self.data), "admin": app.administrator(self.data)}
        self._clients.append(Client(self.url, *self._people[role]))
        return self._clients[-1]

    def project(self, title: str = "A project") -> str:
        """A new project in the live event; its id."""
        organizer = self.client("organizer")
        events = organizer.get("/v1/events")["value"]
        event = events[0] if events else seed.live_event(organizer)
        return str(seed.project(self.client("presenter"), event["id"], title)["id"])

    def put_blob(self, name: str, data: bytes) -> None:
        """Put a file among the uploads, as somebody with the storage account's key does."""
        from azure.storage.blob import BlobServiceClient

        with BlobServiceClient.from_connection_string(self._storage) as service:
            service.get_blob_client("uploads", name).upload_blob(data)

    def blob_names(self, container: str) -> list[str]:
        from azure.storage.blob import BlobServiceClient

        with BlobServiceClient.from_connection_string(self._storage) as service:
            folder = service.get_container_client(container)
            return list(folder.list_blob_names()) if folder.exists() else []

    @property
    def _storage(self) -> str:
        return Azurite.open(self.data, AZURITE).connection_string

    @staticmethod
    def pause(seconds: float) -> None:
        """Let the hub work, for a time that a test chose by chance: this is about moments, not about conditions."""
        time.sleep(seconds)

    def _end(self, number: int) -> None:
        while self._clients:
            self._clients.pop().close()
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(60)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


def until(condition: Callable[[], T], seconds: float = 60) -> T:
    """What the condition gives once it gives something."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.05)
    return found


def quiet(*_: Any) -> None:
    """A progress that nobody looks at."""
