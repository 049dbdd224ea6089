"""The process that reads one hostile file: ``python -m shared.platform.readers.child``.

It limits itself before anything else, gets its task as JSON on standard input, writes its answer into files in its
working directory, and reports on standard output ``{}`` or ``{"code", "detail"}``. It imports only what the task needs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from shared.platform.readers import Bomb, ReadError
from shared.platform.readers.limits import Limits, confine

ANSWER = "answer.json"


def main() -> int:
    """Do the one task; a crash of the parser is left to the parent to interpret."""
    task = json.loads(sys.stdin.read())
    limits = Limits(**task["limits"])
    confine(limits)
    try:
        _perform(task, limits)
        report: dict[str, str] = {}
    except ReadError as error:
        report = {"code": error.code, "detail": error.detail}
    except (MemoryError, RecursionError, OSError):  # OSError: a file beyond RLIMIT_FSIZE
        report = {"code": Bomb.code, "detail": Bomb.detail}
    sys.stdout.write(json.dumps(report))
    return 0


def _perform(task: dict[str, Any], limits: Limits) -> None:
    path = Path(task["path"])
    if task["do"] == "render":
        from shared.platform.readers.pdf.render import Picture, render_pages

        render_pages(path, [Picture(*picture) for picture in task["pictures"]], limits)
    else:
        from shared.platform.readers.pdf.paper import read_paper

        answer = read_paper(path, limits).json()
        Path(ANSWER).write_text(answer, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
