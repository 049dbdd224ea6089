"""Dead letters: the poison queues that bring them, and what administrators do about them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import azure.functions as func

from blueprints.surface import surface
from shared.access import Actor, Permission, allow
from shared.domains.audit import actions as audit
from shared.domains.dead_letters import actions
from shared.domains.dead_letters.model import DeadLetterNotFound
from shared.domains.dead_letters.views import DeadLetterView, shown
from shared.platform.http import Api, Listed, Listing, Order, Selection
from shared.platform.opened import Platform, platform
from shared.platform.queues import Queue, Queues
from shared.platform.store import Store, Stores

api = Api(surface, "Dead letters")

LISTING = Listing(fields={"source": str, "at": datetime}, orders=(Order("-at"),))
ENDED = "Ended: the process ended each time that the message was handled."


@dataclass(frozen=True, slots=True)
class Handler:
    """What a queue's trigger does, and how its message is parted among the tenants that it is about."""

    handle: Callable[[Platform, str], Awaitable[object]]
    parted: Callable[[str], Mapping[str, str]]


async def _write(here: Platform, text: str) -> None:
    await audit.write(await here.stores(), await here.blobs(), text)


HANDLERS = {Queue.AUDIT_WRITES: Handler(_write, audit.parted)}


@api.get("v1/admin/dead-letters", allow=Permission.MANAGE_DEAD_LETTERS, listing=LISTING)
async def list_dead_letters(actor: Actor, store: Store, selection: Selection) -> Listed[DeadLetterView]:
    """What could not be done after several tries, the newest first."""
    page = await actions.of_tenant(store, allow(actor, None, Permission.MANAGE_DEAD_LETTERS), selection)
    return page.map(shown)


@api.post(
    "v1/admin/dead-letters/{letter_id}/replay", allow=Permission.MANAGE_DEAD_LETTERS, raises=(DeadLetterNotFound,)
)
async def replay_dead_letter(letter_id: str, actor: Actor, store: Store, stores: Stores, queues: Queues) -> None:
    """Have it tried again within a minute, with one effect however often; if it fails it comes back."""
    await actions.replay(stores, queues, store, await actions.load(store, actor, letter_id))


@api.delete("v1/admin/dead-letters/{letter_id}", allow=Permission.MANAGE_DEAD_LETTERS, raises=(DeadLetterNotFound,))
async def discard_dead_letter(letter_id: str, actor: Actor, store: Store, stores: Stores) -> None:
    """Give it up for good; what it held back goes on."""
    await actions.discard(stores, store, await actions.load(store, actor, letter_id))


async def bury(queue: Queue, message: func.QueueMessage) -> None:
    """Try the message a last time, which heals what five ends of the process have done, and tells its error; then
    keep it. One whose last try did not end is not tried again, lest it end the process for ever."""
    here, handler = platform(), HANDLERS[queue]
    text = message.get_body().decode(errors="replace")
    error = ENDED
    if (message.dequeue_count or 1) == 1:
        try:
            await handler.handle(here, text)
        except Exception as failure:  # noqa: BLE001 -- whatever it is, it is kept with the message
            error = f"{type(failure).__name__}: {failure}"
        else:
            return
    stores = await here.stores()
    for tenant, part in _parted(handler, text, here.settings.default_tenant).items():
        await actions.bury(stores, tenant, queue, part, error)


def _parted(handler: Handler, text: str, default: str) -> Mapping[str, str]:
    """What nobody can read goes to the operators, who are of the default tenant."""
    try:
        return handler.parted(text)
    except ValueError:
        return {default: text}


def _register(queue: Queue) -> None:
    """The poison queue's trigger. The host puts nothing on a poison queue of a poison queue: it tries for ever."""

    @api.blueprint.function_name(f"bury_{queue.name.lower()}")
    @api.blueprint.queue_trigger(
        arg_name="message", queue_name=f"{queue.value}-poison", connection="AzureWebJobsStorage"
    )
    async def bury_message(message: func.QueueMessage) -> None:
        await bury(queue, message)


for _queue in Queue:
    _register(_queue)
