"""Uniqueness across aggregates: a reservation with a key of its own, made before the entity and confirmed after it.

`reserve`, save the entity, `confirm`; when the entity gives the value up, save it, then `release`. A crash between
any two steps is settled by whoever wants the value next, by reading the owner.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from shared.errors import Conflict
from shared.platform.store import AlreadyExists, Record, Stale, Store, Write

R = TypeVar("R", bound=Record)

PATIENCE = timedelta(seconds=60)
"""How long an owner may take from reserving to saving; beyond the longest time-out of a call."""


class ReservationLost(Conflict):
    """The owner took longer than PATIENCE, and somebody else has the value now: undo the entity."""

    code = "reservation.lost"
    title = "Somebody else took it meanwhile"


class Reservation(Record):
    """A value that only one owner may have; the value itself is kept as a hash."""

    kind: ClassVar[str] = "reservation"

    purpose: str
    owner: str
    owner_aggregate: str
    confirmed: bool = False
    made_at: datetime

    @property
    def aggregate_id(self) -> str:
        return _aggregate(self.purpose, self.id)


async def reserve(
    store: Store,
    kind: str,
    value: str,
    model: type[R],
    owner: str,
    *,
    aggregate: str = "",
    holds: Callable[[R], bool] = lambda _: True,
) -> bool:
    """Whether the owner, a record of `model` saved or about to be, may have the value now.

    `aggregate` is the owner's where it is not its own id. `holds` tells whether an owner that exists still has the
    value, for entities that can change theirs.
    """
    mine = Reservation(
        id=_hash(value), purpose=kind, owner=owner, owner_aggregate=aggregate or owner, made_at=store.clock.now()
    )
    while True:
        there = await _read(store, kind, value)
        if there and there.owner != owner and not await _given_up(store, there, model, holds):
            return False
        write = Write(mine.aggregate_id)
        try:
            await store.commit(write.replace(mine.with_(etag=there.etag)) if there else write.create(mine))
        except (AlreadyExists, Stale):
            continue
        return True


async def confirm(store: Store, kind: str, value: str, owner: str) -> None:
    """Say that the owner is saved; raises ReservationLost."""
    while True:
        there = await _read(store, kind, value)
        if there is None or there.owner != owner:
            raise ReservationLost(f"Another {kind} has this now.")
        if there.confirmed:
            return
        try:
            await store.commit(Write(there.aggregate_id).replace(there.with_(confirmed=True)))
        except Stale:
            continue
        return


async def release(store: Store, kind: str, value: str, owner: str) -> None:
    """Let others have the value; nothing when the owner does not have it."""
    while (there := await _read(store, kind, value)) and there.owner == owner:
        try:
            await store.commit(Write(there.aggregate_id).delete(there))
        except Stale:
            continue
        return


async def _given_up(store: Store, there: Reservation, model: type[R], holds: Callable[[R], bool]) -> bool:
    if not there.confirmed and store.clock.now() < there.made_at + PATIENCE:
        return False
    owner: Any = await store.get(model, there.owner, there.owner_aggregate)
    return owner is None or not holds(owner)


async def _read(store: Store, kind: str, value: str) -> Reservation | None:
    hashed = _hash(value)
    return await store.get(Reservation, hashed, _aggregate(kind, hashed))


def _aggregate(kind: str, hashed: str) -> str:
    return f"uniq/{kind}/{hashed}"


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
