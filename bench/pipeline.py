"""`python -m bench.pipeline [PAPER…]`: starting the host, its memory at rest, and a paper's way from upload to draft.

Ratios: the start beside a running Azurite to an import of the app alone; the way to the draft to reading the same paper
alone in its process. Processor time is that of the host and of its readers, all the way to the drawn pages.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from local import app
from local.host.azurite import Azurite
from shared.platform.readers import sandbox
from tests.journeys.hub import PAPER, Hub, quiet

ROUNDS = 9
IDLE_SECONDS = 3


def main() -> None:
    papers = [Path(name) for name in sys.argv[1:]] or [PAPER]
    with tempfile.TemporaryDirectory(prefix="eventhub-bench-") as folder:
        hub = Hub(Path(folder))
        cold = seconds(hub.start)
        hub.kill()
        warm = seconds(hub.start)
        alone = seconds(import_app)
        print(f"start to ready, with Azurite     {cold:6.2f} s")
        print(
            f"start to ready, beside Azurite   {warm:6.2f} s   {warm / alone:5.1f} x importing the app ({alone:.2f} s)"
        )
        time.sleep(IDLE_SECONDS)
        print(f"memory at rest                   {resident(hub.pid):6.0f} MB")
        for paper in papers:
            upload_to_draft(hub, paper, Path(folder))
        time.sleep(IDLE_SECONDS)
        waiting = sum(resident(child) for child in readers(hub.pid))
        print(f"memory at rest, papers read      {resident(hub.pid):6.0f} MB, and {waiting:.0f} MB of a waiting reader")
        hub.stop()
        Azurite.open(Path(folder), app.AZURITE).stop()


def upload_to_draft(hub: Hub, paper: Path, folder: Path) -> None:
    presenter = hub.client("presenter")
    readings, drafts, ends, spent = [], [], [], []
    for number in range(ROUNDS):
        copy = folder / f"{number}.pdf"
        copy.write_bytes(paper.read_bytes() + b"\n%" + f"{paper}{number}".encode())
        project = hub.project(f"{paper.stem} {number}")
        readings.append(seconds(lambda: asyncio.run(sandbox.read(paper))))
        began, before = time.monotonic(), processor(hub.pid)
        job = presenter.upload(project, copy, quiet)
        while not presenter.get(f"/v1/projects/{project}/knowledge", **{"$top": 1})["value"]:
            time.sleep(0.02)
        drafts.append(time.monotonic() - began)
        presenter.wait(job, quiet)
        ends.append(time.monotonic() - began)
        time.sleep(IDLE_SECONDS / 10)  # a reader's time is known once it has ended
        spent.append([after - at for after, at in zip(processor(hub.pid), before, strict=True)])
    pages = len(asyncio.run(sandbox.read(paper)).pages)
    reading = median(readings)
    print(f"{paper.name}, {pages} pages")
    print(f"  reading alone                  {reading:6.2f} s")
    print(f"  upload to draft                {median(drafts):6.2f} s   {median(drafts) / reading:5.1f} x")
    print(f"  upload to drawn pages          {median(ends):6.2f} s   {median(ends) / reading:5.1f} x")
    host, children = (median(one) for one in zip(*spent, strict=True))
    print(f"  processor time                 {host:6.2f} s of the host, {children:.2f} s of its readers")


def import_app() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **app.settings(Path(folder))}
        subprocess.run([sys.executable, "-c", "import function_app"], check=True, cwd=app.FOLDER, env=environment)


def readers(pid: int) -> list[int]:
    """The reader's processes of a host."""
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [child for child in children if b"readers.child" in Path(f"/proc/{child}/cmdline").read_bytes()]


def processor(pid: int) -> tuple[float, float]:
    """Processor time of a process and of its children that have ended, seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = [int(field) / os.sysconf("SC_CLK_TCK") for field in fields[11:15]]
    return sum(ticks[:2]), sum(ticks[2:])


def resident(pid: int) -> float:
    """Memory of a process, MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def seconds(work: object) -> float:
    began = time.monotonic()
    assert callable(work)
    work()
    return time.monotonic() - began


if __name__ == "__main__":
    main()
