"""Files that only their owner can read, and that are there whole or not at all whenever the process is killed."""

import contextlib
import os
import uuid
from collections.abc import Callable
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """In place of what is there."""
    _draft(path, text).replace(path)


def made_once(path: Path, make: Callable[[], str]) -> str:
    """What the file holds, which the first who asks makes."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = _draft(path, make())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text("utf-8")


def _draft(path: Path, text: str) -> Path:
    draft = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return draft
