"""Commits that stop on the way, so that a test decides what happens meanwhile."""

import asyncio
from typing import Any

import pytest

from shared.platform.store import Write
from shared.platform.store.cosmos import CosmosStore
from shared.platform.store.sqlite import SqliteStore


class Held:
    """The first commit of a change of this type stops, before it is done or `after`, until `go` is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, change: str, *, after: bool = False) -> None:
        self.stopped = asyncio.Event()
        self.go = asyncio.Event()
        self._change = change
        self._after = after
        for store in (SqliteStore, CosmosStore):
            monkeypatch.setattr(store, "commit", self._holding(store.commit))

    async def meanwhile(self, held: "asyncio.Task[Any]", *others: Any) -> list[Any]:
        """Let the others happen whole while the held one has stopped; what each came to, the held one last."""
        stopping = asyncio.create_task(self.stopped.wait())
        await asyncio.wait({stopping, held}, return_when=asyncio.FIRST_COMPLETED)
        assert self.stopped.is_set(), "it came to no such commit"
        outcomes = [*await asyncio.gather(*others, return_exceptions=True)]
        self.go.set()
        return [*outcomes, *await asyncio.gather(held, return_exceptions=True)]

    def _holding(self, commit: Any) -> Any:
        async def held(store: Any, write: Write) -> Any:
            mine = not self.stopped.is_set() and any(event.type == self._change for event in write.events)
            if not mine:
                return await commit(store, write)
            done = await commit(store, write) if self._after else None
            self.stopped.set()
            await self.go.wait()
            return done if self._after else await commit(store, write)

        return held
