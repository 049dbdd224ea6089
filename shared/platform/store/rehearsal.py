"""A store in which everything may be tried and nothing is kept: what is written there is seen there alone."""

from collections.abc import Sequence
from typing import TypeVar

from shared.clock import Clock
from shared.platform.store import AlreadyExists, Keyset, Origin, Page, Sort, Stale, Store, Write
from shared.platform.store.batch import prepare
from shared.platform.store.predicates import ALL, Predicate
from shared.platform.store.records import Record

R = TypeVar("R", bound=Record)


class Rehearsal:
    """A store over another one. Reads by key see what was tried; queries and counts see what is really there."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tried: dict[tuple[str, str, str], Record | None] = {}

    @property
    def tenant(self) -> str:
        return self._store.tenant

    @property
    def origin(self) -> Origin:
        return self._store.origin

    @property
    def clock(self) -> Clock:
        return self._store.clock

    async def get(self, model: type[R], record_id: str, aggregate: str | None = None) -> R | None:
        key = (model.container, aggregate or record_id, record_id)
        if key not in self._tried:
            return await self._store.get(model, record_id, aggregate)
        tried = self._tried[key]
        return tried if isinstance(tried, model) and tried.kind == model.kind else None

    async def query(
        self,
        model: type[R],
        where: Predicate = ALL,
        *,
        order: Sequence[Sort] = (),
        limit: int = 100,
        skip: int = 0,
        after: Keyset | None = None,
        aggregate: str | None = None,
    ) -> Page[R]:
        return await self._store.query(
            model, where, order=order, limit=limit, skip=skip, after=after, aggregate=aggregate
        )

    async def count(self, model: type[Record], where: Predicate = ALL, *, aggregate: str | None = None) -> int:
        return await self._store.count(model, where, aggregate=aggregate)

    async def counts(self, model: type[Record], by: str, where: Predicate = ALL) -> dict[str, int]:
        return await self._store.counts(model, by, where)

    async def commit(self, write: Write) -> tuple[Record, ...]:
        """What a real one would refuse is refused: AlreadyExists, Stale, TooLarge, Unstorable."""
        batch = prepare(write, self.tenant, self.origin, self.clock)
        for operation in write.operations:
            there = await self.get(type(operation.record), operation.record.id, operation.record.aggregate_id)
            if operation.verb == "create" and there is not None:
                raise AlreadyExists
            if operation.verb in ("replace", "delete") and (there is None or there.etag != operation.record.etag):
                raise Stale
        written = []
        for each in batch.operations:
            record = each.operation.record.model_copy(update={"etag": each.etag})
            kept = None if each.operation.verb == "delete" else record
            self._tried[record.container, record.aggregate_id, record.id] = kept
            written.append(record)
        return tuple(written)
