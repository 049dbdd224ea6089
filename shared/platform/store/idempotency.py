"""Idempotency-Key: a record made before the work, holding the id that the work will use, and its answer later."""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import Field

from shared.errors import Conflict, Unprocessable
from shared.platform.store import AlreadyExists, Stale, Store, Write
from shared.platform.store.records import Expiring

KEPT = timedelta(hours=24)
"""How long the same key gets the same answer."""
TAKEN_OVER = timedelta(seconds=60)
"""After this an attempt without an answer has crashed, and the next may go on in its place."""
MAX_ANSWER_BYTES = 1_000_000
"""The largest body kept; beyond it a repetition does the work again, with the same id."""


class KeyReused(Unprocessable):
    """The key came with another body before."""

    code = "idempotency.reused"
    title = "The Idempotency-Key belongs to another request"


class InFlight(Conflict):
    """The first request with this key is still being worked on."""

    code = "idempotency.in_flight"
    title = "The same request is still in flight"
    transient = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, to be answered again."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Attempt(Expiring):
    """One request with a key. Its answer is stored as given: seal a body that holds a secret first."""

    kind: ClassVar[str] = "idempotent_attempt"

    body_sha256: str
    creation_id: str
    begun_at: datetime | None
    status: int = 0
    headers: dict[str, str] = Field(default_factory=dict)
    body: str = ""

    @property
    def answer(self) -> Answer | None:
        """The answer to repeat; None when the work is to be done, with `creation_id` for what it creates."""
        return Answer(self.status, self.headers, b64decode(self.body)) if self.status else None


async def begin(store: Store, method: str, route: str, key: str, body: bytes) -> Attempt:
    """Start, or take over, or find answered, the request of the store's actor; raises KeyReused or InFlight."""
    now = store.clock.now()
    mine = Attempt(
        id=_identity(method, route, store.origin.actor, key),
        body_sha256=hashlib.sha256(body).hexdigest(),
        creation_id=str(store.clock.uuid7()),
        begun_at=now,
        expires_at=now + KEPT,
    )
    there = await store.get(Attempt, mine.id)
    if there is None:
        return await _written(store, mine)
    if there.body_sha256 != mine.body_sha256:
        raise KeyReused("Send another Idempotency-Key with another body.")
    if there.answer:
        return there
    if there.begun_at and now < there.begun_at + TAKEN_OVER:
        raise _in_flight()
    return await _written(store, there.with_(begun_at=now))


async def finish(store: Store, attempt: Attempt, answer: Answer) -> None:
    """Remember the answer; nothing when somebody has taken the attempt over."""
    if len(answer.body) > MAX_ANSWER_BYTES:
        await abandon(store, attempt)
        return
    body = b64encode(answer.body).decode()
    await _replace(store, attempt.with_(status=answer.status, headers=dict(answer.headers), body=body))


async def abandon(store: Store, attempt: Attempt) -> None:
    """Let the next request with this key do the work at once, with the same id: nothing was answered for good."""
    await _replace(store, attempt.with_(begun_at=None))


async def _written(store: Store, attempt: Attempt) -> Attempt:
    write = Write(attempt.aggregate_id)
    try:
        (written,) = await store.commit(write.replace(attempt) if attempt.etag else write.create(attempt))
    except (AlreadyExists, Stale):
        raise _in_flight() from None
    return attempt.with_(etag=written.etag)


async def _replace(store: Store, attempt: Attempt) -> None:
    try:
        await store.commit(Write(attempt.aggregate_id).replace(attempt))
    except Stale:
        return


def _in_flight() -> InFlight:
    return InFlight("Wait for the first answer, then send the same again.", headers={"Retry-After": "1"})


def _identity(method: str, route: str, actor: str, key: str) -> str:
    return hashlib.sha256(f"{method}\x1f{route}\x1f{actor}\x1f{key}".encode()).hexdigest()
