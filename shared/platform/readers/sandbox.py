"""Read or draw an uploaded file in a process of its own that can at worst harm itself."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal
from weakref import WeakKeyDictionary

from pydantic import ValidationError

from shared.platform.readers import (
    ERRORS,
    Bomb,
    Corrupt,
    Empty,
    NotAPdf,
    Polyglot,
    ReadError,
    TimedOut,
    TooLarge,
)
from shared.platform.readers.child import ANSWER
from shared.platform.readers.document import Document, PageBox
from shared.platform.readers.limits import Limits
from shared.platform.readers.sniff import HEAD, TAIL, Format, sniff

_AT_MOST = 2
_ROOT = Path(__file__).resolve().parents[3]
_MODULE = "shared.platform.readers.child"
_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
DEFAULT = Limits()


async def read(path: Path, kind: Literal["paper"] = "paper", limits: Limits = DEFAULT) -> Document:
    """The document in a file; raises a ``ReadError`` that says why not."""
    await asyncio.to_thread(_check, path, limits)
    with tempfile.TemporaryDirectory(prefix="read-") as folder:
        await _run(Path(folder), {"do": kind, "path": _absolute(path)}, limits)
        return await asyncio.to_thread(_answer, Path(folder) / ANSWER, limits)


async def render(path: Path, wanted: Mapping[str, Sequence[PageBox]], limits: Limits = DEFAULT) -> dict[str, bytes]:
    """PNGs at 110 dpi by name: the page of the first box of each, its boxes on that page as if with a text marker.

    Names are plain, such as numbers; each has at least one box.
    """
    pictures = [
        (name, boxes[0].page, [_corners(box) for box in boxes if box.page == boxes[0].page])
        for name, boxes in wanted.items()
    ]
    with tempfile.TemporaryDirectory(prefix="render-") as folder:
        await _run(Path(folder), {"do": "render", "path": _absolute(path), "pictures": pictures}, limits)
        return await asyncio.to_thread(_pictures, Path(folder), list(wanted))


def _corners(box: PageBox) -> tuple[float, float, float, float]:
    return box.x0, box.y0, box.x1, box.y1


def format_of(path: Path) -> Format:
    """What a file is by its content."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(max(path.stat().st_size - TAIL, 0))
        return sniff(head, file.read(TAIL))


def _pictures(folder: Path, names: list[str]) -> dict[str, bytes]:
    return {name: (folder / f"{name}.png").read_bytes() for name in names}


def _absolute(path: Path) -> str:
    return str(path.resolve())


def _check(path: Path, limits: Limits) -> None:
    if path.stat().st_size > limits.file_bytes:
        raise TooLarge
    found = format_of(path)
    if found != "pdf":
        raise {"empty": Empty, "polyglot": Polyglot}.get(found, NotAPdf)


async def _run(folder: Path, task: dict[str, Any], limits: Limits) -> None:
    """One task in a child, which is dead when this returns, however it returns."""
    async with _slot():
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-X", "utf8", "-m", _MODULE,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            cwd=folder, env=_environment(folder), start_new_session=True,
        )  # fmt: skip
        try:
            said, _ = await asyncio.wait_for(
                child.communicate(json.dumps({**task, "limits": asdict(limits)}).encode()), limits.wall_seconds
            )
        except TimeoutError:
            raise TimedOut from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    _judge(child.returncode or 0, said)


def _judge(code: int, said: bytes) -> None:
    report = json.loads(said) if code == 0 and said.startswith(b"{") else None
    if report is None:
        raise _died(code)
    if report:
        raise ERRORS.get(report["code"], ReadError)(report["detail"])


def _died(code: int) -> ReadError:
    """Why a child ended by itself: out of time, out of memory (pdfium aborts then), or a crash of the parser."""
    if code == -getattr(signal, "SIGXCPU", 0) or code == -getattr(signal, "SIGKILL", 9):
        return TimedOut()
    if code in [-getattr(signal, name, 0) for name in ("SIGABRT", "SIGTRAP", "SIGILL", "SIGXFSZ")]:
        return Bomb()
    return ReadError() if code == 1 else Corrupt()


def _answer(path: Path, limits: Limits) -> Document:
    if not path.exists() or path.stat().st_size > limits.output_bytes:
        raise Bomb
    try:
        return Document.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise Corrupt from error


def _environment(folder: Path) -> dict[str, str]:
    """No secrets of ours: only what Python needs to find itself and this code."""
    paths = [str(_ROOT), *(entry for entry in sys.path if entry.endswith("site-packages"))]
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(folder),
        "HOME": str(folder),
    }


def _slot() -> asyncio.Semaphore:
    return _slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_AT_MOST))
