"""The engine's workers: they replay instances, perform activities and fire timers."""

import asyncio
import itertools
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from sqlite3 import Connection
from time import monotonic

from local.host.durable import activities, commits, queries
from local.host.durable.clock import Clock
from local.host.durable.commits import Effects
from local.host.durable.episode import Decision
from local.host.durable.errors import DurableError
from local.host.durable.journal import Journal
from local.host.durable.log import Logs
from local.host.durable.queues import ActivityQueue, WakeQueue
from local.host.durable.registry import Registry
from local.host.durable.tasks import Task, TaskKey, TaskKind
from local.host.durable.timers import Timers
from local.host.durable.turn import Turn, judge, remember, run, take_turn, to_work

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
        self._queue = ActivityQueue()
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
        for future in itertools.chain.from_iterable(self._waiting.values()):
            if not future.done():
                future.set_exception(DurableError("The engine has stopped."))

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
        try:
            await future
        finally:
            if future.cancelled():
                self._waiting[instance_id].remove(future)

    async def _perform_all(self) -> None:
        while True:
            key = await self._queue.get()
            task = queries.find_task(self._journal.reader, key)
            if task is not None:
                await self._perform(key, task)
            self._queue.done(key)
            if not self._queue.busy(key.instance):
                self._woken.hurry(key.instance)

    async def _perform(self, key: TaskKey, task: Task) -> None:
        what, failed = await activities.perform(self._registry, task, key.number, self._threads, self._clock)
        await insist(partial(self._record, partial(commits.complete, key=key, what=what, failed=failed)))

    async def _fire(self, keys: list[TaskKey]) -> None:
        await insist(partial(self._record, partial(commits.fire, keys=keys, now=self._clock.now())))

    async def _record(self, work: Callable[[Connection], Effects]) -> None:
        self.follow_up(await self._journal.write(work))

    async def _advance_all(self) -> None:
        """Look at one woken instance after the other.

        A replay takes longer the longer the history is. While more of an instance's activities are at work it therefore
        rests as long as the replay took, so that wide fan-outs do not replay for each completion.
        """
        while True:
            instance_id, began = await self._woken.get(), monotonic()
            await insist(partial(self._advance, instance_id))
            if self._queue.busy(instance_id):
                self._woken.rest(instance_id, monotonic() - began)
            else:
                self._woken.release(instance_id)

    async def _advance(self, instance_id: str) -> None:
        """Take one turn of an instance, and come back if there is more."""
        turn = take_turn(self._journal.reader, self._logs, instance_id, self._clock.now())
        if turn is None:
            return
        decision = None if turn.controls else await self._replay(turn)
        self._logs.drop(instance_id)
        effects = await self._journal.write(to_work(turn, decision, self._clock.now()))
        remember(self._logs, turn, decision)
        self.follow_up(effects)
        if turn.more:
            self._woken.put(instance_id)

    async def _replay(self, turn: Turn) -> Decision:
        outcome = await asyncio.get_running_loop().run_in_executor(self._replays, run, turn, self._registry)
        return judge(turn, outcome, self._registry, self._clock.now())


async def insist(work: Callable[[], Awaitable[None]]) -> None:
    """Do a piece of work, again and again should the database refuse it, as with a full disk."""
    while True:
        try:
            return await work()
        except Exception:
            log.exception("The durable engine could not record its work and will try again")
            await asyncio.sleep(PAUSE)
