"""What all triggers are given, and the pause that ends early when the host stops."""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from local.host.doorbell import Doorbell
from local.host.invocation import Invoker
from local.host.settings import HostJson
from local.host.state import State
from local.host.storage import Storage

_log = logging.getLogger("local.host")


@dataclass(frozen=True, slots=True)
class Runtime:
    """The host's parts that a trigger works with; once `stopping` is set it takes nothing new and finishes its work."""

    invoker: Invoker
    state: State
    storage: Storage
    doorbell: Doorbell
    host_json: HostJson
    environ: Mapping[str, str]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)


class Trigger:
    """Feeds one function: the host opens it before it says that it serves, and then runs it."""

    async def open(self) -> None:
        """Do what must be done before anything can be missed."""

    async def run(self) -> None:
        """Return when the host stops and what is under way has ended; after a failure it is run again."""
        raise NotImplementedError


async def finish(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Wait for tasks to end; when the wait is cut off, so are they."""
    tasks = list(tasks)
    try:
        if tasks:
            await asyncio.wait(tasks)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def report(task: asyncio.Task[None]) -> None:
    """Log what a finished task failed of, such as a storage that does not answer; its work is tried again later."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("%s failed", task.get_name(), exc_info=error)
