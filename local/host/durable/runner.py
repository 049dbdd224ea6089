"""The engine's workers: they replay instances, perform activities and fire timers."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from sqlite3 import Connection

from local.host.durable import activities, commits, queries
from local.host.durable.clock import Clock
from local.host.durable.commits import Effects
from local.host.durable.episode import Decision, decide, next_batch, open_episode
from local.host.durable.errors import UnknownFunction
from local.host.durable.events import CONTROLS
from local.host.durable.journal import Journal
from local.host.durable.log import Log, Logs
from local.host.durable.queries import Entry
from local.host.durable.queues import FairQueue, WakeQueue
from local.host.durable.registry import Registry
from local.host.durable.replay import Outcome, make_context, replay
from local.host.durable.status import Instance
from local.host.durable.tasks import Task, TaskKey, TaskKind
from local.host.durable.timers import Timers

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds before work is tried again that the database refused."""


class Runner:
    """Everything that goes on by itself between `start` and `stop`."""

    def __init__(self, journal: Journal, registry: Registry, clock: Clock, activities: int, orchestrators: int) -> None:
        self._journal = journal
        self._registry = registry
        self._clock = clock
        self._limits = (activities, orchestrators)
        self._threads = ThreadPoolExecutor(activities, "durable-activity")
        self._replays = ThreadPoolExecutor(orchestrators, "durable-replay")
        self._woken = WakeQueue()
        self._queue = FairQueue()
        self._timers = Timers(clock, self._fire)
        self._logs = Logs()
        self._waiting: defaultdict[str, list[asyncio.Future[None]]] = defaultdict(list)
        self._workers: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Take up what the database holds and begin to work."""
        for key, _ in queries.open_tasks(self._journal.reader, TaskKind.ACTIVITY):
            self._queue.put(key)
        for key, due in queries.open_tasks(self._journal.reader, TaskKind.TIMER):
            self._timers.add(due, key)
        for instance in queries.woken(self._journal.reader):
            self._woken.put(instance)
        limit, orchestrators = self._limits
        loops = [self._perform_all] * limit + [self._advance_all] * orchestrators + [self._timers.run]
        self._workers = [asyncio.create_task(loop()) for loop in loops]

    async def stop(self) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        for pool in (self._threads, self._replays):
            pool.shutdown(wait=False, cancel_futures=True)

    def follow_up(self, effects: Effects) -> None:
        """Do what a transaction that is on disk calls for."""
        for key in effects.activities:
            self._queue.put(key)
        for due, key in effects.timers:
            self._timers.add(due, key)
        for instance in effects.wake:
            self._woken.put(instance)
        for instance in effects.finished:
            self._logs.drop(instance)
            for future in self._waiting.pop(instance, []):
                if not future.done():
                    future.set_result(None)

    async def finished(self, instance_id: str) -> None:
        """Return when the instance next finishes."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[instance_id].append(future)
        await future

    async def _perform_all(self) -> None:
        while True:
            key = await self._queue.get()
            task = queries.find_task(self._journal.reader, key)
            if task is not None:
                await self._perform(key, task)

    async def _perform(self, key: TaskKey, task: Task) -> None:
        what, failed = await activities.perform(self._registry, task, key.number, self._threads, self._clock)
        await insist(partial(self._record, partial(commits.complete, key=key, what=what, failed=failed)))

    async def _fire(self, keys: list[TaskKey]) -> None:
        await insist(partial(self._record, partial(commits.fire, keys=keys, now=self._clock.now())))

    async def _record(self, work: Callable[[Connection], Effects]) -> None:
        self.follow_up(await self._journal.write(work))

    async def _advance_all(self) -> None:
        while True:
            instance_id = await self._woken.get()
            try:
                await insist(partial(self._advance, instance_id))
            finally:
                self._woken.release(instance_id)

    async def _advance(self, instance_id: str) -> None:
        """Process one batch of an instance's events, and come back if there are more."""
        instance = queries.find_instance(self._journal.reader, instance_id)
        inbox = queries.read_inbox(self._journal.reader, instance_id)
        if instance is None or instance.status.finished:
            return
        batch = next_batch(instance.status, inbox)
        if not batch:
            return
        if batch[0].kind in CONTROLS:
            await self._control(instance, batch[0])
        else:
            await self._replay(instance, batch)
        if len(inbox) > len(batch):
            self._woken.put(instance_id)

    async def _control(self, instance: Instance, entry: Entry) -> None:
        record = self._log(instance)
        first, now = len(record.events), self._clock.now()
        work = partial(commits.control, instance=instance, entry=entry, first=first, now=now)
        effects = await self._journal.write(work)
        record.extend([entry.event])
        self.follow_up(effects)

    async def _replay(self, instance: Instance, batch: list[Entry]) -> None:
        record, now = self._log(instance), self._clock.now()
        opened = open_episode(batch, now)
        outcome = await self._call(instance, [*record.events, *opened], replaying=bool(record.events))
        decision = decide(instance, record, batch, opened, outcome, self._clock.now(), self._check)
        self._logs.drop(instance.id)
        effects = await self._journal.write(partial(commits.commit, decision=decision, now=self._clock.now()))
        self._remember(record, decision)
        self.follow_up(effects)

    async def _call(self, instance: Instance, history: list[str], *, replaying: bool) -> Outcome:
        try:
            function = self._registry.orchestrator(instance.name)
        except UnknownFunction as error:
            return Outcome(error=str(error))
        loop = asyncio.get_running_loop()
        context = make_context(instance, history, replaying=replaying)
        return await loop.run_in_executor(self._replays, replay, function, context)

    def _check(self, task: Task) -> None:
        if task.kind is TaskKind.ACTIVITY:
            self._registry.activity(task.name)
        elif task.kind is TaskKind.SUB:
            self._registry.orchestrator(task.name)

    def _log(self, instance: Instance) -> Log:
        record = self._logs.get(instance.id, instance.execution)
        if record is None:
            record = Log.load(instance.execution, queries.read_history(self._journal.reader, instance.id))
            self._logs.put(instance.id, record)
        return record

    def _remember(self, record: Log, decision: Decision) -> None:
        """Keep the log in step with the database, unless the execution is over."""
        if decision.status.finished or decision.renewed:
            if decision.reason:
                log.warning("%s (instance %s)", decision.reason, decision.instance.id)
            return
        record.extend(decision.history)
        record.cancelled.update(decision.cancelled)
        self._logs.put(decision.instance.id, record)


async def insist(work: Callable[[], Awaitable[None]]) -> None:
    """Do a piece of work, again and again should the database refuse it, as with a full disk."""
    while True:
        try:
            return await work()
        except Exception:
            log.exception("The durable engine could not record its work and will try again")
            await asyncio.sleep(PAUSE)
