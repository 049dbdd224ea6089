"""What the steps of a job stand on: one attempt, its store, and the blobs its steps hand to each other."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from weakref import WeakKeyDictionary

from pydantic import BaseModel

from shared.domains.jobs import actions as jobs
from shared.domains.jobs.evaluation import Evaluation
from shared.domains.jobs.model import Job
from shared.platform.blobs import Blobs, Container
from shared.platform.readers.sandbox import Readers
from shared.platform.recent import Recent
from shared.platform.store import Store
from shared.settings import Settings

M = TypeVar("M", bound=BaseModel)


KEPT = timedelta(days=2)
"""How long the pieces of work stay: longer than any attempt runs."""
_recent: "WeakKeyDictionary[Blobs, Recent[BaseModel]]" = WeakKeyDictionary()
"""The pieces that this process wrote last: most are asked for by the next step, a moment later."""
_MOST = 64


async def sweep(blobs: Blobs, before: datetime) -> int:
    """Remove the pieces of work that were written before a time; how many."""
    old = [blob.name async for blob in blobs.list(Container.WORK) if blob.modified < before]
    for name in old:
        await blobs.delete(Container.WORK, name)
    return len(old)


@dataclass(frozen=True, slots=True)
class Work:
    """One attempt of a job, as each of its steps sees it."""

    store: Store
    blobs: Blobs
    readers: Readers
    settings: Settings
    job_id: str
    attempt: int

    async def start(self, stage: str, percent: int) -> Job:
        return await jobs.start(self.store, self.job_id, self.attempt, stage, percent)

    async def job(self) -> Job:
        """The job, while this attempt is the running one; raises JobStopped."""
        return await jobs.running(self.store, self.job_id, self.attempt)

    async def progress(self, stage: str, percent: int, evaluation: Evaluation | None = None) -> Job:
        return await jobs.progress(self.store, self.job_id, self.attempt, stage, percent, evaluation)

    async def succeed(self, warnings: tuple[str, ...] = (), **details: str) -> Job:
        return await jobs.succeed(self.store, self.job_id, self.attempt, warnings, **details)

    async def keep(self, name: str, piece: BaseModel) -> None:
        """Write a piece of work under the attempt's own folder; again is no harm."""
        data = piece.model_dump_json(by_alias=True).encode()
        await self.blobs.put(Container.WORK, self._name(name), data, content_type="application/json")
        self._written.put(self._name(name), piece)

    async def kept(self, name: str, model: type[M]) -> M:
        """A piece of work that this or another process has written."""
        piece = self._written.get(self._name(name))
        if isinstance(piece, model):
            return piece
        return model.model_validate_json(await self.blobs.get(Container.WORK, self._name(name)))

    @property
    def _written(self) -> Recent[BaseModel]:
        return _recent.setdefault(self.blobs, Recent(_MOST))

    def _name(self, name: str) -> str:
        return f"{self.store.tenant}/{self.job_id}-{self.attempt}/{name}"
