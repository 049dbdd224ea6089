"""Asking, and forgetting what was asked."""

from contextlib import suppress
from dataclasses import dataclass

from shared.access import Permission
from shared.clock import derived_id
from shared.domains.chat import queries
from shared.domains.chat.answering import answer
from shared.domains.chat.asker import Answer, Asker, Scope
from shared.domains.chat.model import MAX_MESSAGE, Conversation, Message, MessageTooLong, Muted, NewMessage, Thread
from shared.domains.chat.queries import Removable, Talking
from shared.domains.chat.retention import TITLE, remember, without
from shared.domains.chat.text import short
from shared.domains.events import queries as events
from shared.domains.projects import queries as projects
from shared.platform.shapes import IfMatch
from shared.platform.store import AlreadyExists, Stale, Store, Stores, Write
from shared.platform.store.records import encode

TRIES = 5
"""How often a message is saved anew when others come into the same conversation at the same moment."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that may be answered: nothing refuses it any more."""

    asker: Asker
    message_id: str
    text: str
    conversation_id: str
    scope: Scope
    before: Message | None


async def begin(asker: Asker, talking: Talking, new: NewMessage, message_id: str) -> Asked:
    """Whether the message may be answered, before anything is.

    Raises MessageTooLong, Muted, ConversationNotFound, ProjectNotFound or EventNotFound.
    """
    if len(new.message) > MAX_MESSAGE:
        raise MessageTooLong(f"A message may have {MAX_MESSAGE} characters; this one has {len(new.message)}.")
    encode(new.message)
    _check_unmuted(asker.store, talking)
    project_id, event_id = new.context.project_id, new.context.event_id
    if project_id is not None:
        await projects.load_for_artifacts(asker.store, asker.actor, project_id)
    if event_id is not None:
        await events.load(asker.store, asker.actor, event_id, Permission.VIEW_EVENT)
    conversation_id, before = derived_id("conv", message_id), None
    if new.context.conversation_id is not None:
        conversation_id = (await queries.load_conversation(asker.store, asker.actor, new.context.conversation_id)).id
        before = await queries.newest(asker.store, conversation_id)
    if project_id is None and event_id is None and before is not None:
        project_id, event_id = before.project_id, before.event_id
    return Asked(asker, message_id, new.message, conversation_id, Scope(project_id, event_id), before)


async def ask(stores: Stores, talking: Talking, asked: Asked) -> Message:
    """Answer, and keep question and answer; the answer of before where the same request is repeated."""
    asker = asked.asker
    if (there := await asker.store.get(Message, asked.message_id, asked.conversation_id)) is not None:
        return there
    thread = asked.before.thread if asked.before else Thread()
    things = await queries.still_seen(asker.store, asker.actor, thread.things)
    found = await answer(asker, asked.text, asked.scope, thread.model_copy(update={"things": things}))
    return await _kept(stores, asked, _message(talking, asked, found))


async def delete(store: Store, removable: Removable, if_match: IfMatch) -> None:
    """Forget a question and its answer; a conversation goes with its last."""
    message = removable.thing
    if_match.check(message)
    write = Write(message.conversation_id).delete(message)
    conversation = await store.get(Conversation, message.conversation_id)
    if conversation is not None:
        await without(store, write, conversation, [message])
    await store.commit(write.change("MessageDeleted", message.subject, {"conversationId": message.conversation_id}))


def _check_unmuted(store: Store, talking: Talking) -> None:
    muted = talking.thing.muted if talking.thing else None
    if muted is not None and muted.holds(store.clock.now()):
        until = f"until {muted.until:%Y-%m-%d %H:%M} UTC" if muted.until else "until a moderator lifts it"
        raise Muted(f"You are muted {until}: {muted.reason}", until=muted.until, reason=muted.reason)


def _message(talking: Talking, asked: Asked, found: Answer) -> Message:
    return Message(
        id=asked.message_id,
        conversation_id=asked.conversation_id,
        text=asked.text,
        response=found.response,
        sources=found.sources,
        citations=found.citations,
        rests_on=found.rests_on,
        thread=found.thread,
        project_id=asked.scope.project_id,
        event_id=asked.scope.event_id,
        created_by=talking.actor.id,
        created_at=asked.asker.now,
    )


async def _kept(stores: Stores, asked: Asked, message: Message) -> Message:
    store = asked.asker.store
    for _ in range(TRIES):
        write = await _write(stores, store, message)
        with suppress(Stale):
            try:
                saved = (await store.commit(write))[-1]
            except AlreadyExists:
                there = await store.get(Message, message.id, message.conversation_id)
                if there is not None:
                    return there
                continue
            assert isinstance(saved, Message)  # noqa: S101 -- commit answers in the order of its operations
            return saved
    raise Stale("The conversation is going on elsewhere at the same moment; send the message again.")


async def _write(stores: Stores, store: Store, message: Message) -> Write:
    """The message, and its conversation as it is now, which may have been forgotten meanwhile."""
    there = await store.get(Conversation, message.conversation_id)
    write = Write(message.conversation_id)
    if there is None:
        await remember(stores, store.tenant, message.conversation_id, message.created_at)
        write.create(
            Conversation(
                id=message.conversation_id, title=short(message.text, TITLE), messages=1,
                created_by=message.created_by, created_at=message.created_at, updated_at=message.created_at,
            )
        )  # fmt: skip
    else:
        write.replace(there.with_(messages=there.messages + 1, updated_at=message.created_at))
    told = {"conversationId": message.conversation_id, "count": len(message.citations)}
    return write.create(message).change("MessageAnswered", message.subject, told)
