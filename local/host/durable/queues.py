"""Queues that take turns between instances."""

import asyncio
from collections import Counter, OrderedDict, deque

from local.host.durable.tasks import TaskKey


class ActivityQueue:
    """First come, first served within an instance; instances one after the other."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, deque[TaskKey]] = OrderedDict()
        self._available = asyncio.Semaphore(0)
        self._open: Counter[str] = Counter()

    def put(self, key: TaskKey) -> None:
        self._waiting.setdefault(key.instance, deque()).append(key)
        self._open[key.instance] += 1
        self._available.release()

    async def get(self) -> TaskKey:
        await self._available.acquire()
        instance, keys = self._waiting.popitem(last=False)
        key = keys.popleft()
        if keys:
            self._waiting[instance] = keys
        return key

    def done(self, key: TaskKey) -> None:
        """Say that an activity has ended."""
        self._open[key.instance] -= 1
        if not self._open[key.instance]:
            del self._open[key.instance]

    def busy(self, instance: str) -> bool:
        """Return whether an instance has activities that wait or run."""
        return instance in self._open


class WakeQueue:
    """Instances to look at: each at most once in the queue, and by one worker at a time."""

    def __init__(self) -> None:
        self._ready: asyncio.Queue[str] = asyncio.Queue()
        self._queued: set[str] = set()
        self._taken: set[str] = set()
        self._resting: dict[str, asyncio.TimerHandle] = {}

    def put(self, instance: str) -> None:
        if instance not in self._queued:
            self._queued.add(instance)
            if instance not in self._taken:
                self._ready.put_nowait(instance)

    async def get(self) -> str:
        instance = await self._ready.get()
        self._queued.remove(instance)
        self._taken.add(instance)
        return instance

    def release(self, instance: str) -> None:
        """Give an instance back; if it was woken meanwhile it goes to the end of the queue."""
        self._taken.remove(instance)
        if instance in self._queued:
            self._ready.put_nowait(instance)

    def rest(self, instance: str, seconds: float) -> None:
        """Give an instance back after a while, or when `hurry` says so."""
        self._resting[instance] = asyncio.get_running_loop().call_later(seconds, self.hurry, instance)

    def hurry(self, instance: str) -> None:
        """End an instance's rest, if it has one."""
        timer = self._resting.pop(instance, None)
        if timer is not None:
            timer.cancel()
            self.release(instance)
