"""Burying what could not be done, replaying it, giving it up."""

from typing import Literal

from shared.access import Actor, Allowed, Permission, allow
from shared.domains.dead_letters.model import DeadLetter, DeadLetterNotFound
from shared.platform import telemetry
from shared.platform.changes import Parked
from shared.platform.changes.relay import resume
from shared.platform.queues import Queue, Queues
from shared.platform.store import Stale, Store, Stores, Write
from shared.platform.store.due import count_noted, forget, note
from shared.platform.store.listing import Listed, Selection, listed

log = telemetry.logger(__name__)

Managed = Allowed[DeadLetter, Literal[Permission.MANAGE_DEAD_LETTERS]]
DEAD = "dead-letter"
"""What the tenant `system` keeps count of."""


async def bury(stores: Stores, tenant: str, queue: Queue, body: str, error: str) -> None:
    """Keep a message that could not be handled; the same one again is the same dead letter."""
    store = stores.open(tenant)
    await _keep(stores, store, DeadLetter.of_message(tenant, queue, body, error, store.clock.now()))


async def park(stores: Stores, store: Store, parked: Parked) -> None:
    """Keep a change that a consumer could not take."""
    await _keep(stores, store, DeadLetter.of_change(store.tenant, parked, store.clock.now()))


async def count(stores: Stores) -> int:
    """How many there are, of all tenants."""
    return await count_noted(stores, DEAD)


async def replay(stores: Stores, queues: Queues, store: Store, managed: Managed) -> None:
    """Have it tried again under the same id, so that its effect comes once; raises DeadLetterNotFound.

    It is tried again first and forgotten then: who dies between leaves a dead letter that may be replayed again.
    """
    letter = managed.thing
    if letter.held is None:
        await queues.send(Queue(letter.source), letter.body)
    else:
        await _resume(stores, store, letter, skip=False)
    await _forget(stores, store, letter, "DeadLetterReplayed")


async def discard(stores: Stores, store: Store, managed: Managed) -> None:
    """Give it up; a consumer goes on with the change after it. Raises DeadLetterNotFound."""
    await _resume(stores, store, managed.thing, skip=True)
    await _forget(stores, store, managed.thing, "DeadLetterDiscarded")


async def load(store: Store, actor: Actor, letter_id: str) -> Managed:
    """A dead letter of the tenant, for who manages them; raises DeadLetterNotFound or Forbidden."""
    actor.require(Permission.MANAGE_DEAD_LETTERS)
    letter = await store.get(DeadLetter, letter_id)
    if letter is None:
        raise DeadLetterNotFound("It may have been replayed or discarded already; list the dead letters.")
    return allow(actor, letter, Permission.MANAGE_DEAD_LETTERS)


async def of_tenant(
    store: Store,
    _: Allowed[None, Literal[Permission.MANAGE_DEAD_LETTERS]],
    selection: Selection,
) -> Listed[DeadLetter]:
    """The dead letters of the tenant."""
    return await listed(store, DeadLetter, selection)


async def _keep(stores: Stores, store: Store, letter: DeadLetter) -> None:
    """Without a change: one that tells of what died in the audit could die there itself, without end."""
    await note(stores, DEAD, store.tenant, letter.id, letter.at)
    await store.commit(Write(letter.id).put(letter))
    consumer = letter.held.consumer if letter.held else ""
    log.error("dead letter", source=letter.source, consumer=consumer, letter_id=letter.id, tenant=store.tenant)


async def _resume(stores: Stores, store: Store, letter: DeadLetter, *, skip: bool) -> None:
    if letter.held is not None:
        held = letter.held
        await resume(stores, store, held.aggregate, held.consumer, held.sequence, skip=skip)


async def _forget(stores: Stores, store: Store, letter: DeadLetter, change: str) -> None:
    try:
        told = {"source": letter.source, "consumer": letter.held.consumer if letter.held else None}
        await store.commit(Write(letter.id).delete(letter).change(change, letter.subject, told))
    except Stale:
        if await store.get(DeadLetter, letter.id) is None:
            raise DeadLetterNotFound("Somebody else has replayed or discarded it meanwhile.") from None
        raise
    await forget(stores, DEAD, store.tenant, letter.id)
