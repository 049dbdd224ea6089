"""Folders for files in hand: a process has one of its own, and removes those that dead processes have left behind.

A folder belongs to the process that holds the lock on it, which ends with the process however that ends.
"""

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.errors import Problem


class Unusable(Problem):
    """No files can be kept where they are to lie."""

    status = 503
    code = "files.unusable"
    title = "The folder for files in hand cannot be used"


class Scratch:
    """This process's place for temporary files under `root`, swept when it is opened; raises Unusable."""

    def __init__(self, root: Path) -> None:
        with _telling():
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sweep(root)
            self._own, self._lock = _made(root)

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """An empty folder, gone with all that is in it when this ends; raises Unusable."""
        with _telling():
            made = tempfile.TemporaryDirectory(dir=self._own, ignore_cleanup_errors=True)
        with made as name:
            yield Path(name)

    async def ping(self) -> None:
        """Raise Unusable unless a file can be written."""
        await asyncio.to_thread(self._write)

    def _write(self) -> None:
        with self.folder() as folder, _telling():
            (folder / "ping").write_bytes(b"ping")

    def close(self) -> None:
        shutil.rmtree(self._own, ignore_errors=True)
        os.close(self._lock)


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unusable(f"Let the app's account write there, and look after the disk: {error.strerror}.") from error


def _made(root: Path) -> tuple[Path, int]:
    """A new folder and the lock on it; another process may sweep the one just made before it is locked."""
    while True:
        folder = Path(tempfile.mkdtemp(dir=root))
        lock = _opened(folder)
        if lock is None:
            continue
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder, lock
        os.close(lock)


def _sweep(root: Path) -> None:
    for folder in root.iterdir():
        lock = _opened(folder)
        if lock is None:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:  # its process lives
            pass
        finally:
            os.close(lock)


def _opened(folder: Path) -> int | None:
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        return None
