"""`python -m tests.journeys.kills [KILLS]`: many `kill -9` of the host on a busy machine, and what is left of it all.

Papers are uploaded, the host is killed again and again at moments of chance while two loops keep the machine busy, and
then everything must come to its end: each job succeeded with one artifact, each change in the audit, which verifies.
"""

import asyncio
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from local.app import AZURITE
from local.client import Client
from local.host.azurite import Azurite
from shared.clock import Clock
from shared.domains.audit.facts import entry_id
from shared.domains.audit.model import AuditEntry
from shared.platform.store import Change, every
from shared.platform.store.tenants import all_tenants
from tests.journeys.hub import PAPER, Hub, quiet, until
from tests.stores import open_stores

PATIENCE_SECONDS = 1200
"""How long everything may take to come to its end: the audit's sweep looks at what is five minutes old."""
LETTERS = "/v1/admin/dead-letters"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was left: how the jobs ended, how many artifacts each has, the changes not in the audit, its faults."""

    jobs: Counter[str]
    artifacts: Counter[int]
    changes: int
    missing: list[str]
    faults: list[str]
    dead: int

    @property
    def whole(self) -> bool:
        return set(self.jobs) == {"succeeded"} and set(self.artifacts) == {1} and not (self.missing or self.faults)


def survive(hub: Hub, folder: Path, papers: int, kills: int, dice: random.Random) -> Outcome:
    """Kill the host this often while it reads these papers; dead letters are replayed, as an operator would."""
    presenter = hub.client("presenter")
    projects = [hub.project(f"Mortal {number}") for number in range(papers)]
    jobs = [presenter.upload(project, _paper(folder, number), quiet) for number, project in enumerate(projects)]
    for _ in range(kills):
        hub.pause(dice.uniform(0.05, 1.5))
        hub.kill()
        hub.start()
    ends = [_ended(hub, job) for job in jobs]
    presenter, admin = hub.client("presenter"), hub.client("admin")
    artifacts = [presenter.get(f"/v1/projects/{project}/knowledge")["@odata.count"] for project in projects]
    dead = admin.get(LETTERS, **{"$top": 0})["@odata.count"]
    until(partial(_audited, hub, replayed(hub)), PATIENCE_SECONDS)
    changes, missing = asyncio.run(_changes(hub.data))
    faults = [_told(fault) for fault in hub.client("admin").get("/v1/admin/audit/verify")["faults"]]
    return Outcome(Counter(ends), Counter(artifacts), changes, missing, faults, dead)


def _told(fault: Mapping[str, Any]) -> str:
    return "the audit of {segment} from entry {number} on, {what}: {detail}".format(**fault)


def replayed(hub: Hub) -> Callable[[], None]:
    """Replays what dead letters there are, whenever it is called."""

    def replay() -> None:
        admin: Client = hub.client("admin")
        for letter in admin.get(LETTERS, **{"$top": 100})["value"]:
            admin.post(f"{LETTERS}/{letter['id']}/replay")

    return replay


def _audited(hub: Hub, replay: Callable[[], None]) -> bool:
    replay()
    _, missing = asyncio.run(_changes(hub.data))
    if missing:
        hub.pause(1)
    return not missing


def _ended(hub: Hub, job: str) -> str:
    return str(hub.client("presenter").wait(job, quiet)["status"])


def _paper(folder: Path, number: int) -> Path:
    path = folder / f"{number}.pdf"
    path.write_bytes(PAPER.read_bytes() + b"\n%" + str(number).encode())
    return path


async def _changes(data: Path) -> tuple[int, list[str]]:
    """How many changes the store holds, and those of them that no entry tells of."""
    stores = await open_stores(data, Clock())
    total, missing = 0, []
    for tenant in await all_tenants(stores):
        store = stores.open(tenant)
        changes = [change async for change in every(store, Change)]
        written = {entry.id async for entry in every(store, AuditEntry)}
        total += len(changes)
        lost = [change for change in changes if entry_id(change.event_id) not in written]
        missing += [f"{change.event_type} of {change.subject}" for change in lost]
    await stores.close()
    return total, missing


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """Keep that many of the machine's cores busy."""
    with ExitStack() as stack:
        for _ in range(loops):
            loop = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(loop.kill)
        yield


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="eventhub-kills-") as folder, busy(2):
        hub = Hub(Path(folder))
        hub.start()
        try:
            outcome = survive(hub, Path(folder), papers=kills // 3 or 1, kills=kills, dice=random.Random(kills))
        finally:
            hub.stop()
            Azurite.open(Path(folder), AZURITE).stop()
    print(f"{kills} kills in {time.monotonic() - began:.0f} s")
    print(f"jobs {dict(outcome.jobs)}, artifacts of each {dict(outcome.artifacts)}")
    print(f"changes {outcome.changes}, missing in the audit {len(outcome.missing)}, faults {len(outcome.faults)}")
    for line in (*outcome.missing, *outcome.faults):
        print(f"- {line}")
    print(f"dead letters that were replayed {outcome.dead}")
    print(*outcome.missing, *outcome.faults, sep="\n")
    sys.exit(not outcome.whole)


if __name__ == "__main__":
    main()
