"""Chat over HTTP: questions and their answers, one's history, and who may not take part."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Self

import azure.functions as func
import orjson
from azurefunctions.extensions.http.fastapi import Request, Response, StreamingResponse
from pydantic import Field

from blueprints.surface import surface
from shared.access import Actor, Permission
from shared.domains.accounts import queries as accounts
from shared.domains.accounts import restrictions
from shared.domains.accounts.model import LastAdministrator, Restriction, User, UserNotFound
from shared.domains.accounts.restrictions import AccountProtected, Bannable, Mutable, NewRestriction, RestrictionTime
from shared.domains.audit.facts import of_act, send
from shared.domains.chat import actions, queries
from shared.domains.chat.actions import Asked
from shared.domains.chat.asker import Asker
from shared.domains.chat.model import (
    CONVERSATIONS,
    ChatAnswer,
    Conversation,
    ConversationNotFound,
    MessageNotFound,
    MessageTooLong,
    MessageView,
    Muted,
    NewMessage,
)
from shared.domains.chat.queries import Talking
from shared.domains.chat.retention import forget_everywhere
from shared.domains.chat.streaming import history_document, shown, tokens
from shared.domains.events.model import EventNotFound
from shared.domains.projects.model import ProjectNotFound
from shared.platform.http import Api, Listed, Selection
from shared.platform.http.negotiation import JSON, chosen
from shared.platform.http.streams import EVENTS, Sent, streamed
from shared.platform.opened import Platform, platform
from shared.platform.queues import Queues
from shared.platform.shapes import IfMatch, NewId, Query, View
from shared.platform.store import Store, Stores

api = Api(surface, "Chat")

HISTORY = (Permission.VIEW_CHAT_HISTORY, Permission.VIEW_OTHERS_CHAT_HISTORY)
DELETING = (Permission.DELETE_OWN_MESSAGE, Permission.DELETE_ANY_MESSAGE)
ANSWERS = (JSON, EVENTS)
RESTRICTING = (UserNotFound, AccountProtected, RestrictionTime)


class Newest(Query):
    """How many of the newest messages, and of which conversation only."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    conversation_id: str | None = None


class RestrictionView(View):
    """A mute or a ban: of whom, why, by whom, and until when (null: until it is lifted)."""

    user_id: str
    reason: str
    by: str
    until: datetime | None

    @classmethod
    def of(cls, user: User, restriction: Restriction | None) -> Self:
        assert restriction is not None  # noqa: S101 -- it has just been made
        return cls(user_id=user.id, etag=user.etag, **dict(restriction))


@api.post(
    "v1/chat",
    allow=Permission.SEND_MESSAGE,
    raises=(MessageTooLong, Muted, ConversationNotFound, ProjectNotFound, EventNotFound),
    produces=ANSWERS,
)
async def send_message(
    body: NewMessage, actor: Actor, store: Store, base: Platform, new_id: NewId, request: Request
) -> ChatAnswer | Response:
    """Ask about the programme, or about what was published.

    The answer is plain text with **bold**, lists and numbers `[n]`; each number is a citation with the words of its
    source. Accepting `text/event-stream` gets the same as events: `token` (`{text}`), `source` (a citation), and
    `done` (the whole answer), or `error` (a problem document).
    """
    talking = await queries.load_talking(store, actor)
    asker = Asker(actor, store, await base.search(), await base.embeddings())
    asked = await actions.begin(asker, talking, body, new_id("msg"))
    stores = await base.stores()
    if chosen(request.headers.get("accept", ""), ANSWERS) == EVENTS:
        events = _events(stores, talking, asked)
        return streamed(events, instance=request.url.path, correlation_id=store.origin.correlation_id)
    return ChatAnswer.of(await actions.ask(stores, talking, asked))


async def _events(stores: Stores, talking: Talking, asked: Asked) -> AsyncIterator[Sent]:
    message = await actions.ask(stores, talking, asked)
    for token in tokens(message):
        yield Sent("token", orjson.dumps({"text": token}))
    for citation in message.citations:
        yield Sent("source", citation.model_dump_json(by_alias=True).encode())
    yield Sent("done", shown(message))


@api.get("v1/chat", allow=Permission.VIEW_CHAT_HISTORY, listing=CONVERSATIONS)
async def list_conversations(actor: Actor, store: Store, selection: Selection) -> Listed[Conversation]:
    """List one's own conversations, that of the newest message first."""
    return await queries.conversations(store, actor, selection)


@api.get("v1/chat/history/{user_id}", allow=HISTORY, raises=(UserNotFound,))
async def read_history(user_id: str, query: Newest, actor: Actor, store: Store, queues: Queues) -> Listed[MessageView]:
    """The newest questions of somebody with their answers, the newest first.

    Another's need a permission, and reading them is audited; answers show only while the reader sees what they rest on.
    """
    readable = await queries.load_history(store, actor, user_id)
    messages = await queries.history(store, readable, query.limit, query.conversation_id)
    if user_id != actor.id:
        await send(queues, of_act(store.clock, store.tenant, store.origin, "ChatHistoryRead", f"user/{user_id}"))
    return Listed(tuple(map(MessageView.of, messages)), len(messages))


@api.get("v1/chat/export", allow=Permission.VIEW_CHAT_HISTORY)
async def export_history(actor: Actor, store: Store) -> Response:
    """Everything that one has asked and was answered, as one JSON document."""
    readable = await queries.load_history(store, actor, actor.id)
    document = history_document(actor.id, store.clock.now(), queries.exported(store, readable))
    named = {"Content-Disposition": 'attachment; filename="chat-history.json"'}
    return StreamingResponse(document, media_type=JSON, headers=named)


@api.delete("v1/chat/messages/{message_id}", allow=DELETING, raises=(MessageNotFound,))
async def delete_message(message_id: str, actor: Actor, store: Store, if_match: IfMatch) -> None:
    """Delete a question and its answer: one's own, or by permission anybody's."""
    await actions.delete(store, await queries.load_message(store, actor, message_id), if_match)


@api.post("v1/chat/mutes/{user_id}", allow=Permission.MUTE_USER, raises=RESTRICTING)
async def mute_user(
    user_id: str, body: NewRestriction, actor: Actor, store: Store, if_match: IfMatch
) -> RestrictionView:
    """Mute somebody in the chat, until a time or until it is lifted; a later mute takes the place of an earlier one."""
    mutable: Mutable = await accounts.load(store, actor, user_id, Permission.MUTE_USER)
    muted = await restrictions.mute(store, mutable, body, if_match)
    return RestrictionView.of(muted, muted.muted)


@api.delete("v1/chat/mutes/{user_id}", allow=Permission.MUTE_USER, raises=(UserNotFound, AccountProtected))
async def unmute_user(user_id: str, actor: Actor, store: Store, if_match: IfMatch) -> None:
    """Lift a mute."""
    await restrictions.unmute(store, await accounts.load(store, actor, user_id, Permission.MUTE_USER), if_match)


@api.post("v1/chat/bans/{user_id}", allow=Permission.BAN_USER, raises=(*RESTRICTING, LastAdministrator))
async def ban_user(
    user_id: str, body: NewRestriction, actor: Actor, store: Store, if_match: IfMatch
) -> RestrictionView:
    """Ban somebody from the hub, until a time or until it is lifted: every request of theirs is refused."""
    bannable: Bannable = await accounts.load(store, actor, user_id, Permission.BAN_USER)
    banned = await restrictions.ban(store, bannable, body, if_match)
    return RestrictionView.of(banned, banned.banned)


@api.delete("v1/chat/bans/{user_id}", allow=Permission.BAN_USER, raises=(UserNotFound, AccountProtected))
async def unban_user(user_id: str, actor: Actor, store: Store, if_match: IfMatch) -> None:
    """Lift a ban."""
    await restrictions.unban(store, await accounts.load(store, actor, user_id, Permission.BAN_USER), if_match)


@api.blueprint.timer_trigger(arg_name="timer", schedule="0 45 3 * * *")
async def forget_messages(timer: func.TimerRequest) -> None:  # noqa: ARG001 -- the binding's name
    """Each night, forget the messages that the retention no longer wants."""
    here = platform()
    await forget_everywhere(await here.stores(), here.settings.chat_retention_days)
