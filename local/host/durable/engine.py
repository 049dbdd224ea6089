"""The engine: starts, steers and runs orchestrations."""

import re
import uuid
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from azure.durable_functions.models.utils.df_serialization import df_dumps

from local.host.durable import commits, queries
from local.host.durable.clock import Clock, SystemClock
from local.host.durable.errors import InstanceFinished, InstanceNotFound
from local.host.durable.events import EventType, event
from local.host.durable.journal import Journal
from local.host.durable.queries import Filter
from local.host.durable.registry import Registered, Registry
from local.host.durable.runner import Runner
from local.host.durable.status import Instance

ALLOWED_ID = re.compile(r"(?!@)[^/\\#?\x00-\x1f\x7f-\x9f]{1,100}")


class Engine:
    """Runs the given functions' orchestrations, whose state is the database at `path`.

    `activities` and `orchestrators` bound how many of each run at once (host.json's maxConcurrentActivityFunctions and
    maxConcurrentOrchestratorFunctions). Only one engine at a time may have a path open; the next goes on where it
    stopped.
    """

    def __init__(
        self,
        path: Path,
        functions: Iterable[Registered],
        *,
        activities: int = 10,
        orchestrators: int = 4,
        clock: Clock | None = None,
    ) -> None:
        self.registry = Registry(functions)
        self._path = path
        self._limits = (activities, orchestrators)
        self._clock = clock or SystemClock()
        self._journal: Journal
        self._runner: Runner

    async def start(self) -> None:
        """Open the database and take up whatever is unfinished; raise EngineBusy if another engine has it."""
        self._journal = Journal(self._path)
        self._runner = Runner(self._journal, self.registry, self._clock, *self._limits)
        self._runner.start()

    async def stop(self) -> None:
        """Stop at once; what is in progress begins again at the next start."""
        await self._runner.stop()
        await self._journal.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start_new(
        self,
        name: str,
        instance_id: str | None = None,
        input: Any = None,  # noqa: A002 -- the SDK's word
        version: str | None = None,
    ) -> str:
        """Start an orchestration and return its id; raise UnknownFunction or AlreadyExists."""
        text = None if input is None else df_dumps(df_dumps(input))
        return await self.start_encoded(name, instance_id, text, version)

    async def start_encoded(
        self, name: str, instance_id: str | None, text: str | None, version: str | None = None
    ) -> str:
        """Start an orchestration whose input is already JSON text; raise ValueError for an id that Azure refuses."""
        if instance_id is not None and not ALLOWED_ID.fullmatch(instance_id):
            raise ValueError(f"The instance ID {instance_id!r} is not allowed.")
        function = self.registry.orchestrator(name)
        start = commits.Start(instance_id or uuid.uuid4().hex, function.name, text, version)
        self._runner.follow_up(await self._journal.write(partial(commits.start_instance, start=start, now=self._now())))
        return start.id

    async def restart(self, instance_id: str, *, new_id: bool = True) -> str:
        """Start an instance's orchestration again with its input."""
        instance = self._find(instance_id)
        return await self.start_encoded(instance.name, None if new_id else instance.id, instance.input)

    async def raise_event(self, instance_id: str, name: str, data: Any = None) -> None:
        """Send an event to an orchestration; raise InstanceNotFound or InstanceFinished."""
        await self._send(instance_id, EventType.EVENT_RAISED, Name=name, Input=df_dumps(data))

    async def terminate(self, instance_id: str, reason: str = "", *, recursive: bool = False) -> None:
        """End an orchestration; its activities run on and, unless `recursive`, so do its sub-orchestrations."""
        await self._send(instance_id, EventType.EXECUTION_TERMINATED, Input=reason, Recursive=recursive)

    async def suspend(self, instance_id: str, reason: str = "") -> None:
        """Hold an orchestration; what happens meanwhile waits."""
        await self._send(instance_id, EventType.EXECUTION_SUSPENDED, Reason=reason)

    async def resume(self, instance_id: str, reason: str = "") -> None:
        """Let a suspended orchestration go on."""
        await self._send(instance_id, EventType.EXECUTION_RESUMED, Reason=reason)

    def get_status(self, instance_id: str) -> Instance | None:
        """Return an instance, or nothing if there is none."""
        return queries.find_instance(self._journal.reader, instance_id)

    def get_history(self, instance_id: str) -> list[str]:
        """Return an instance's history, each event as JSON text."""
        return queries.read_history(self._journal.reader, instance_id)

    def list_instances(self, wanted: Filter) -> list[Instance]:
        """Return the instances that match, by creation."""
        return queries.list_instances(self._journal.reader, wanted)

    async def purge(self, instance_ids: list[str]) -> int:
        """Delete those of the instances that have finished; return how many."""
        return await self._journal.write(partial(commits.purge, instance_ids=instance_ids))

    async def wait(self, instance_id: str) -> Instance:
        """Return an instance once it has finished; raise InstanceNotFound."""
        while not (instance := self._find(instance_id)).status.finished:
            await self._runner.finished(instance_id)
        return instance

    def _find(self, instance_id: str) -> Instance:
        instance = self.get_status(instance_id)
        if instance is None:
            raise InstanceNotFound(instance_id)
        return instance

    async def _send(self, instance_id: str, kind: EventType, **fields: Any) -> None:
        if self._find(instance_id).status.finished:
            raise InstanceFinished(instance_id)
        what = event(kind, self._now(), **fields)
        effects = await self._journal.write(partial(commits.send, instance_id=instance_id, what=what))
        if effects is None:
            raise InstanceFinished(instance_id)
        self._runner.follow_up(effects)

    def _now(self) -> datetime:
        return self._clock.now()
