"""Mixed reads by eight clients at a time, and then writes among reads: how many of the answers were no answer at all.

    python -m bench.load [READS] [WRITES]

Prints the answers by status, and the processor time of one of each kind as a ratio to a health check of the same run.
It fails when any answer is a 5xx.
"""

import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import structlog

from shared.access import Role
from tests.application import Application
from tests.hub import Hub, a_hub

READS, WRITES = 5_000, 20_000
CLIENTS = 8
PROJECTS = 300

Headers = dict[str, str]


@dataclass
class Load:
    """Clients of a hub that holds an event with many projects."""

    app: Application
    organizer: Headers
    presenter: Headers
    event: str
    projects: list[str]
    answers: Counter[int] = field(default_factory=Counter)
    _numbers: Iterator[int] = field(default_factory=count)

    @classmethod
    async def on(cls, hub: Hub, projects: int = PROJECTS) -> "Load":
        organizer = await hub.app.signed_in(Role.ORGANIZER)
        presenter = await hub.app.signed_in(Role.PRESENTER)
        load = cls(hub.app, organizer, presenter, "", [])
        made = await load.send("POST", "/v1/events", organizer, _an_event(0))
        load.event = made.json()["id"]
        await load.send("POST", f"/v1/events/{load.event}/publish", organizer)
        for number in range(projects):
            made = await load.send("POST", f"/v1/events/{load.event}/projects", presenter, {"title": f"P{number}"})
            load.projects.append(made.json()["id"])
        load.answers.clear()
        return load

    async def read(self, number: int) -> None:
        """One of several lists and single records, by one of two people."""
        project = self.projects[number % len(self.projects)]
        paths = (
            f"/v1/events/{self.event}/projects?$top=100",
            f"/v1/projects/{project}",
            "/v1/events",
            "/v1/jobs",
            f"/v1/events/{self.event}/projects?$filter=contains(title,'1')&$skip=50",
            f"/v1/events/{self.event}",
            f"/v1/projects/{project}/knowledge",
        )
        await self.send("GET", paths[number % len(paths)], (self.organizer, self.presenter)[number % 2])

    async def write(self, number: int) -> None:
        """A change of a project, or a new event."""
        if number % 4:
            project = self.projects[number % len(self.projects)]
            await self.send("PATCH", f"/v1/projects/{project}", self.presenter, {"abstract": f"Version {number}"})
        else:
            await self.send("POST", "/v1/events", self.organizer, _an_event(number))

    async def mixed(self, number: int) -> None:
        await (self.write if number % 5 else self.read)(number)

    async def send(self, method: str, path: str, headers: Headers, body: Any = None) -> httpx.Response:
        answer = await self.app.client.request(method, path, headers=headers, json=body)
        self.answers[answer.status_code] += 1
        return answer

    @property
    def failed(self) -> dict[int, int]:
        """The answers that are the hub's fault, by status."""
        return {status: times for status, times in self.answers.items() if status >= 500}


async def by_clients(call: Callable[[int], Awaitable[None]], times: int) -> float:
    """Make the calls, CLIENTS of them at a time; the processor seconds of one."""
    numbers = iter(range(times))

    async def client() -> None:
        for number in numbers:
            await call(number)

    began = time.process_time()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return (time.process_time() - began) / times


def _an_event(number: int) -> dict[str, str]:
    return {"displayName": f"Event {number}", "startDate": "2026-05-01", "endDate": "2026-05-02"}


async def main(reads: int, writes: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as folder:
        async with a_hub(Path(folder)) as hub:
            load = await Load.on(hub)

            async def health(_: int) -> None:
                await load.send("GET", "/health", {})

            least = await by_clients(health, 500)
            load.answers.clear()
            for name, call, times in (("read", load.read, reads), ("write among reads", load.mixed, writes * 5 // 4)):
                spent = await by_clients(call, times)
                print(f"{name:20}{times:8} {spent / least:6.1f} health checks each; answers: {dict(load.answers)}")
            if load.failed:
                sys.exit(f"failed: {load.failed}")


if __name__ == "__main__":
    asyncio.run(main(*[int(given) for given in sys.argv[1:]] or [READS, WRITES]))
