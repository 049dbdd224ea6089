"""Forgetting what was asked longer ago than the settings say: conversations are noted from their oldest message on."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from shared.domains.chat.model import Conversation, Message
from shared.domains.chat.text import short
from shared.platform.store import Sort, Stale, Store, Stores, Write
from shared.platform.store.due import note, noted, settle
from shared.platform.store.predicates import Compare
from shared.platform.store.records import instant
from shared.platform.store.tenants import SYSTEM

CONVERSATION = "chat conversation"
"""What is due: a conversation, from when its oldest message was written."""
TITLE = 100
"""Characters of a conversation's title."""
BATCH = 50
OLDEST = (Sort("createdAt"),)


async def remember(stores: Stores, tenant: str, conversation_id: str, oldest: datetime) -> None:
    """Have a conversation found once it is old: to be called before it is written."""
    await note(stores, CONVERSATION, tenant, conversation_id, oldest)


async def forget_everywhere(stores: Stores, days: int) -> int:
    """Forget in all tenants what is older than that many days; how many messages went. 0 days keep all."""
    if not days:
        return 0
    before, forgotten = stores.open(SYSTEM).clock.now() - timedelta(days=days), 0
    async for due in noted(stores, CONVERSATION, before):
        with suppress(Stale):  # somebody writes there now: the next night
            forgotten += await forget(stores.open(due.tenant), due.ref, before)
            if oldest := await _oldest(stores.open(due.tenant), due.ref):
                await remember(stores, due.tenant, due.ref, oldest)
            else:
                await settle(stores, due)
    return forgotten


async def forget(store: Store, conversation_id: str, before: datetime) -> int:
    """Forget the messages of a conversation that were written before a time; raises Stale."""
    forgotten = 0
    old = Compare("createdAt", "lt", instant(before))
    while page := (await store.query(Message, old, order=OLDEST, limit=BATCH, aggregate=conversation_id)).items:
        write = Write(conversation_id)
        for message in page:
            write.delete(message)
        conversation = await store.get(Conversation, conversation_id)
        if conversation is not None:
            await without(store, write, conversation, page)
        await store.commit(write.change("MessagesForgotten", f"conversation/{conversation_id}", {"count": len(page)}))
        forgotten += len(page)
    return forgotten


async def _oldest(store: Store, conversation_id: str) -> datetime | None:
    page = await store.query(Message, order=OLDEST, limit=1, aggregate=conversation_id)
    return page.items[0].created_at if page.items else None


async def without(store: Store, write: Write, conversation: Conversation, gone: Sequence[Message]) -> None:
    """Let the conversation lose messages in the same transaction: its title may be the text of one."""
    ids = {message.id for message in gone}
    first = await store.query(Message, order=(Sort("createdAt"),), limit=len(gone) + 1, aggregate=conversation.id)
    left = next((message for message in first.items if message.id not in ids), None)
    if left is None:
        write.delete(conversation)
    else:
        title = short(left.text, TITLE)
        write.replace(conversation.with_(title=title, messages=max(conversation.messages - len(gone), 1)))
