"""One process that reads one file: started ahead, given the tasks about it, and dead at the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from shared.platform.readers import TimedOut
from shared.platform.readers.child import BEGUN
from shared.platform.readers.limits import Limits
from shared.platform.scratch import Scratch

_ROOT = Path(__file__).resolve().parents[3]
_MODULE = "shared.platform.readers.child"


class NeverBegan(Exception):
    """The process was dead before it had its task: another may do it."""


class Process:
    """A child in a folder of its own, which waits until it is told what to do."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path, held: ExitStack) -> None:
        self._process = process
        self._held = held
        self.folder = folder

    @classmethod
    async def start(cls, scratch: Scratch) -> Process:
        held = ExitStack()
        with contextlib.ExitStack() as failing:
            failing.callback(held.close)
            folder = held.enter_context(scratch.folder())
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-X", "utf8", "-m", _MODULE,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
                cwd=folder, env=environment(folder), start_new_session=True,
            )  # fmt: skip
            failing.pop_all()
        return cls(process, folder, held)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def do(self, task: dict[str, Any], limits: Limits) -> tuple[int, bytes]:
        """0 and its report, or the exit code it died with; raises TimedOut at the wall limit, and NeverBegan."""
        line = json.dumps({**task, "limits": asdict(limits)}).encode() + b"\n"
        try:
            code, said = await asyncio.wait_for(self._told(line), limits.wall_seconds)
        except TimeoutError:
            raise TimedOut from None
        if not said.startswith(BEGUN.encode()):
            raise NeverBegan
        return code, said.removeprefix(BEGUN.encode())

    async def end(self) -> None:
        """Kill it, if it lives, and remove its folder."""
        try:
            if self._process.returncode is None:
                _kill(self.pid)
            await self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()
        finally:
            await asyncio.to_thread(self._held.close)

    async def _told(self, line: bytes) -> tuple[int, bytes]:
        assert self._process.stdin is not None  # noqa: S101 -- started with pipes
        assert self._process.stdout is not None  # noqa: S101
        with contextlib.suppress(ConnectionError):  # dead already: its report says so
            self._process.stdin.write(line)
            await self._process.stdin.drain()
        try:
            said = await self._process.stdout.readline()
        except ValueError:  # longer than any report
            return 1, BEGUN.encode()
        return 0 if said.endswith(b"\n") else await self._process.wait(), said


def _kill(pid: int) -> None:
    """By its id: asyncio's own way asks first whether it lives, and so takes the exit code of one that just died."""
    with contextlib.suppress(OSError):  # dead already
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def environment(folder: Path) -> dict[str, str]:
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
