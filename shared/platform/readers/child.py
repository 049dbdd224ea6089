"""The process that reads one hostile file: ``python -m shared.platform.readers.child``.

It imports the parser, then waits for its task as a line of JSON on standard input, limits itself before it touches the
file, writes its answer into files in its working directory, and reports on standard output: BEGUN, then a line with
``{}`` or ``{"code", "detail"}``. Told to ``stay``, it keeps the file open for one more task about it. Standard input
stays open while somebody wants an answer; when it closes, this process ends.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from shared.platform.readers import Bomb, ReadError
from shared.platform.readers.limits import Limits, confine

ANSWER = "answer.json"
BEGUN = "!"
"""Said once there is a task: what goes wrong before is no fault of a file."""
Task = dict[str, Any]


def main() -> None:
    """Do the tasks about one file; a crash of the parser is left to the parent to interpret."""
    tasks: SimpleQueue[Task] = SimpleQueue()
    threading.Thread(target=_listen, args=(tasks,), daemon=True).start()
    _import_parser()
    first = _next(tasks)
    limits = Limits(**first["limits"])
    confine(limits)
    try:
        _serve(first, tasks, limits)
        report: dict[str, str] = {}
    except ReadError as error:
        report = {"code": error.code, "detail": error.detail}
    except (MemoryError, RecursionError, OSError):  # OSError: a file beyond RLIMIT_FSIZE
        report = {"code": Bomb.code, "detail": Bomb.detail}
    _say(json.dumps(report) + "\n")
    os._exit(0)  # nothing here is worth the time of an orderly end


def _serve(task: Task, tasks: SimpleQueue[Task], limits: Limits) -> None:
    """Do all but report the last task's end."""
    from shared.platform.readers.pdf import source

    with source.opened(Path(task["path"]), limits.pages) as opened:
        _do(task, opened)
        if task["stay"]:
            _say("{}\n")
            _do(_next(tasks), opened)


def _do(task: Task, opened: Any) -> None:
    from shared.platform.readers.pdf.paper import read_paper
    from shared.platform.readers.pdf.render import Picture, render_pages

    if task["do"] == "render":
        render_pages(opened, [Picture(*picture) for picture in task["pictures"]])
    else:
        Path(ANSWER).write_text(read_paper(opened).json(), encoding="utf-8")


def _import_parser() -> None:
    from shared.platform.readers.pdf import paper, render, source  # noqa: F401 -- while nobody waits


def _next(tasks: SimpleQueue[Task]) -> Task:
    task = tasks.get()
    _say(BEGUN)
    return task


def _say(words: str) -> None:
    sys.stdout.write(words)
    sys.stdout.flush()


def _listen(tasks: SimpleQueue[Task]) -> None:
    """Hand on what comes in, and end this process when nobody is there any more."""
    for line in _lines():
        tasks.put(json.loads(line))
    os._exit(1)


def _lines() -> Iterator[bytes]:
    rest = b""
    while read := os.read(0, 65536):
        *lines, rest = (rest + read).split(b"\n")
        yield from lines


if __name__ == "__main__":
    main()
