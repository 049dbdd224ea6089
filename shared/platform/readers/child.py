"""The process that reads one hostile file: ``python -m shared.platform.readers.child``.

It imports the parser, then waits for its task as a line of JSON on standard input, limits itself before it touches the
file, writes its answer into files in its working directory, and reports on standard output: BEGUN, then ``{}`` or
``{"code", "detail"}``. Standard input stays open while somebody wants the answer; when it closes, this process ends.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

from shared.platform.readers import Bomb, ReadError
from shared.platform.readers.limits import Limits, confine

ANSWER = "answer.json"
BEGUN = "!"
"""Said once there is a task: what goes wrong before is no fault of a file."""


def main() -> int:
    """Do the one task; a crash of the parser is left to the parent to interpret."""
    from shared.platform.readers.pdf.paper import read_paper
    from shared.platform.readers.pdf.render import Picture, render_pages

    line = sys.stdin.readline()
    if not line:
        return 0
    threading.Thread(target=_end_with_parent, daemon=True).start()
    task = json.loads(line)
    limits = Limits(**task["limits"])
    sys.stdout.write(BEGUN)
    sys.stdout.flush()
    confine(limits)
    path = Path(task["path"])
    try:
        if task["do"] == "render":
            render_pages(path, [Picture(*picture) for picture in task["pictures"]], limits)
        else:
            Path(ANSWER).write_text(read_paper(path, limits).json(), encoding="utf-8")
        report: dict[str, str] = {}
    except ReadError as error:
        report = {"code": error.code, "detail": error.detail}
    except (MemoryError, RecursionError, OSError):  # OSError: a file beyond RLIMIT_FSIZE
        report = {"code": Bomb.code, "detail": Bomb.detail}
    sys.stdout.write(json.dumps(report))
    return 0


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
