"""What all triggers are given, and the pause that ends early when the host stops."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
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


def report(task: asyncio.Task[None]) -> None:
    """Log what a finished task failed of, such as a storage that does not answer; its work is tried again later."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("%s failed", task.get_name(), exc_info=error)
