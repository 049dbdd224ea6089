"""A queue that takes turns between instances."""

import asyncio
from collections import OrderedDict, deque

from local.host.durable.tasks import TaskKey


class FairQueue:
    """First come, first served within an instance; instances one after the other."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, deque[TaskKey]] = OrderedDict()
        self._available = asyncio.Semaphore(0)

    def put(self, key: TaskKey) -> None:
        self._waiting.setdefault(key.instance, deque()).append(key)
        self._available.release()

    async def get(self) -> TaskKey:
        await self._available.acquire()
        instance, keys = self._waiting.popitem(last=False)
        key = keys.popleft()
        if keys:
            self._waiting[instance] = keys
        return key


class WakeQueue:
    """Instances to look at: each at most once in the queue, and by one worker at a time."""

    def __init__(self) -> None:
        self._ready: asyncio.Queue[str] = asyncio.Queue()
        self._queued: set[str] = set()
        self._taken: set[str] = set()

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
