"""Read or draw an uploaded file in a process of its own that can at worst harm itself."""

from __future__ import annotations

import asyncio
import json
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

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
from shared.platform.readers.process import NeverBegan, Process
from shared.platform.readers.sniff import HEAD, TAIL, Format, sniff
from shared.platform.readers.staying import Staying
from shared.platform.scratch import Scratch

_AT_MOST = 2
_STAYS = 30.0
"""Seconds that a process stays with its file: longer than the rules need to find what shall be drawn of it."""
DEFAULT = Limits()
Boxes = Mapping[str, Sequence[PageBox]]
"""By plain names, such as numbers; each has at least one."""


class Readers:
    """Reads and draws files, at most two at a time, each in a process of its own, which is dead at the end.

    Once there was a file to read, the process for the next one waits, with its parser imported. `stays` is for how many
    seconds a process may stay with a file that it has read.
    """

    def __init__(
        self, scratch: Scratch, limits: Limits = DEFAULT, *, ahead: bool = True, stays: float = _STAYS
    ) -> None:
        self.scratch = scratch
        self.limits = limits
        self._ahead = ahead
        self._slots = asyncio.Semaphore(_AT_MOST)
        self._staying = Staying(_AT_MOST, stays, self._warm)
        self._waiting: Process | None = None
        self._starting: asyncio.Task[None] | None = None

    async def read(self, path: Path, stay: str = "") -> Document:
        """The document in a file; raises a ``ReadError`` that says why not.

        With a name to `stay` by, its process keeps the file open for a `draw` by that name, even if it is removed.
        """
        await asyncio.to_thread(_check, path, self.limits)
        async with self._done({"do": "paper", "path": _absolute(path), "stay": bool(stay)}) as process:
            document = await asyncio.to_thread(_answer, process.folder / ANSWER, self.limits)
            if stay:
                self._staying.put(stay, process)
            return document

    async def draw(
        self, name: str, wanted: Boxes, fetch: Callable[[], AbstractAsyncContextManager[Path]]
    ) -> dict[str, bytes]:
        """Like `render`, by the process that stays with the file of this name, else of the file that `fetch` gives."""
        reader = self._staying.take(name)
        if reader is not None:
            with suppress(ReadError):
                async with self._done(_drawing(wanted), reader) as process:
                    return await asyncio.to_thread(_pictures, process.folder, list(wanted))
        async with fetch() as path:
            return await self.render(path, wanted)

    async def render(self, path: Path, wanted: Boxes) -> dict[str, bytes]:
        """PNGs at 110 dpi by name: the page of the first box of each, with its boxes there as if with a text marker."""
        async with self._done({**_drawing(wanted), "path": _absolute(path)}) as process:
            return await asyncio.to_thread(_pictures, process.folder, list(wanted))

    async def close(self) -> None:
        """End the processes that wait."""
        self._ahead = False
        await self._staying.close()
        if self._starting is not None:
            await self._starting
        if (waiting := self._take()) is not None:
            await waiting.end()

    async def waiting(self) -> int | None:
        """The id of the process that waits for the next file, once it has started."""
        if self._starting is not None:
            await asyncio.shield(self._starting)
        return self._waiting.pid if self._waiting else None

    @asynccontextmanager
    async def _done(self, task: dict[str, Any], reader: Process | None = None) -> AsyncIterator[Process]:
        """A process, the given or another, that has done a task; dead when this ends, however it ends, or staying."""
        process = reader
        try:
            async with self._slots:
                if process is None:
                    process = self._take() or await Process.start(self.scratch)
                try:
                    code, said = await process.do(task, self.limits)
                except NeverBegan:  # what waited may have been killed for another's sake
                    if reader is not None:
                        raise ReadError from None
                    await process.end()
                    process = await Process.start(self.scratch)
                    code, said = await process.do(task, self.limits)
                _judge(code, said)
                yield process
        finally:
            if process is not None and process not in self._staying:
                await process.end()
                self._warm()

    def _take(self) -> Process | None:
        taken, self._waiting = self._waiting, None
        return taken

    def _warm(self) -> None:
        if self._ahead and not (self._waiting or self._starting):
            self._starting = asyncio.create_task(self._start())

    async def _start(self) -> None:
        try:
            self._waiting = await Process.start(self.scratch)
        except OSError:  # then the next file starts its own, or fails
            pass
        finally:
            self._starting = None


async def read(path: Path, limits: Limits = DEFAULT) -> Document:
    """The document in one file, by a process started for it alone; raises a ``ReadError``."""
    with tempfile.TemporaryDirectory() as folder:
        return await Readers(Scratch(Path(folder)), limits, ahead=False).read(path)


def format_of(path: Path) -> Format:
    """What a file is by its content."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(max(path.stat().st_size - TAIL, 0))
        return sniff(head, file.read(TAIL))


def _drawing(wanted: Boxes) -> dict[str, Any]:
    pictures = [
        (name, boxes[0].page, [_corners(box) for box in boxes if box.page == boxes[0].page])
        for name, boxes in wanted.items()
    ]
    return {"do": "render", "pictures": pictures, "stay": False}


def _corners(box: PageBox) -> tuple[float, float, float, float]:
    return box.x0, box.y0, box.x1, box.y1


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
