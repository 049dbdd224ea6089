"""Reading conversations: one's own, and by permission another's, as far as the reader sees what the answers rest on."""

from asyncio import gather
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Literal

from shared.access import Actor, Allowed, Permission, allow
from shared.domains.accounts.model import User
from shared.domains.accounts.queries import get_user
from shared.domains.chat.model import Conversation, ConversationNotFound, Message, MessageNotFound, Subject, Thing
from shared.domains.events import queries as events
from shared.domains.knowledge import queries as knowledge
from shared.domains.projects import queries as projects
from shared.errors import Forbidden, NotFound
from shared.platform.store import Sort, Store
from shared.platform.store.listing import Listed, Selection, listed
from shared.platform.store.predicates import eq

WITHHELD = "What this answer rests on is not to be seen by you, or not any more."
NEWEST = (Sort("createdAt", descending=True),)
Readable = Allowed[str, Literal[Permission.VIEW_CHAT_HISTORY, Permission.VIEW_OTHERS_CHAT_HISTORY]]
Removable = Allowed[Message, Literal[Permission.DELETE_OWN_MESSAGE, Permission.DELETE_ANY_MESSAGE]]
Talking = Allowed[User | None, Literal[Permission.SEND_MESSAGE]]
"""Somebody with their account, or a key of the tenant, which has none and cannot be muted."""
PAGE = 200


async def load_talking(store: Store, actor: Actor) -> Talking:
    """Whoever asks, with the proof that they may; `begin` looks whether they are muted."""
    return allow(actor, await store.get(User, actor.id), Permission.SEND_MESSAGE)


async def load_conversation(store: Store, actor: Actor, conversation_id: str) -> Conversation:
    """One's own conversation; raises ConversationNotFound."""
    conversation = await store.get(Conversation, conversation_id)
    if conversation is None or conversation.created_by != actor.id:
        raise ConversationNotFound(f"You have no conversation {conversation_id}.")
    return conversation


async def load_history(store: Store, actor: Actor, user_id: str) -> Readable:
    """Whose history it is: one's own, or by permission anybody's of the tenant; raises Forbidden or UserNotFound."""
    if user_id == actor.id:
        return allow(actor, user_id, Permission.VIEW_CHAT_HISTORY)
    actor.require(Permission.VIEW_OTHERS_CHAT_HISTORY)
    return allow(actor, (await get_user(store, user_id)).id, Permission.VIEW_OTHERS_CHAT_HISTORY)


async def load_message(store: Store, actor: Actor, message_id: str) -> Removable:
    """A message to be deleted: one's own, or by permission anybody's; raises MessageNotFound or Forbidden."""
    page = await store.query(Message, eq("id", message_id), limit=1)
    for message in page.items:
        if message.created_by == actor.id:
            return allow(actor, message, Permission.DELETE_OWN_MESSAGE, Permission.DELETE_ANY_MESSAGE)
        if actor.may(Permission.VIEW_OTHERS_CHAT_HISTORY):
            return allow(actor, message, Permission.DELETE_ANY_MESSAGE)
    raise MessageNotFound(f"There is no message {message_id} that you may see.")


async def conversations(store: Store, actor: Actor, selection: Selection) -> Listed[Conversation]:
    """One's own conversations."""
    return await listed(store, Conversation, selection, eq("createdBy", actor.id))


async def history(store: Store, readable: Readable, limit: int, conversation_id: str | None = None) -> list[Message]:
    """The newest messages of somebody, the newest first."""
    mine = eq("createdBy", readable.thing)
    page = await store.query(Message, mine, order=NEWEST, limit=limit, aggregate=conversation_id)
    return await as_seen(store, readable.actor, page.items)


async def exported(store: Store, readable: Readable) -> AsyncIterator[Message]:
    """All messages of somebody, the newest first."""
    mine, after = eq("createdBy", readable.thing), None
    while True:
        page = await store.query(Message, mine, order=NEWEST, limit=PAGE, after=after)
        for message in await as_seen(store, readable.actor, page.items):
            yield message
        if page.after is None:
            return
        after = page.after


async def newest(store: Store, conversation_id: str) -> Message | None:
    """The last message of a conversation, from which the next goes on."""
    page = await store.query(Message, order=NEWEST, limit=1, aggregate=conversation_id)
    return page.items[0] if page.items else None


async def as_seen(store: Store, actor: Actor, messages: Sequence[Message]) -> list[Message]:
    """The messages, those answers withheld that rest on something which the actor does not see now."""
    things = list(dict.fromkeys(thing for message in messages for thing in message.rests_on))
    seen = await gather(*(_sees(store, actor, each) for each in things))
    visible = {thing for thing, is_seen in zip(things, seen, strict=True) if is_seen}
    return [message if visible.issuperset(message.rests_on) else _withheld(message) for message in messages]


def _withheld(message: Message) -> Message:
    return message.model_copy(update={"response": WITHHELD, "sources": (), "citations": ()})


async def _sees(store: Store, actor: Actor, thing: Thing) -> bool:
    try:
        if thing.kind is Subject.ARTIFACT:
            seen = Permission.VIEW_APPROVED_ARTIFACTS, Permission.VIEW_ALL_ARTIFACTS
            await knowledge.load(store, actor, thing.id, *seen)
        elif thing.kind is Subject.PROJECT:
            await projects.load(store, actor, thing.id, Permission.VIEW_PROJECT)
        else:
            await events.load(store, actor, thing.id, Permission.VIEW_EVENT)
    except (NotFound, Forbidden):
        return False
    return True


async def still_seen(store: Store, actor: Actor, things: Iterable[Thing]) -> tuple[Thing, ...]:
    """Those that the actor sees now; of a session its event."""
    kept = list(things)
    decisive = [Thing(kind=Subject.EVENT, id=each.within) if each.kind is Subject.SESSION else each for each in kept]
    seen = await gather(*(_sees(store, actor, each) for each in decisive))
    return tuple(thing for thing, is_seen in zip(kept, seen, strict=True) if is_seen)
