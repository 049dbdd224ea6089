"""Reading join links."""

from typing import Literal

from shared.access import Actor, Allowed, Permission, allow
from shared.domains.events import queries as events
from shared.domains.events.model import Event
from shared.domains.joining.model import JoinLink, JoinLinkNotFound
from shared.platform.store import Store
from shared.platform.store.listing import Listed, Selection, listed
from shared.platform.store.predicates import eq

Inviting = Allowed[Event, Literal[Permission.INVITE_PEOPLE]]
Revocable = Allowed[JoinLink, Literal[Permission.INVITE_PEOPLE]]


async def load(store: Store, actor: Actor, event_id: str, link_id: str) -> Revocable:
    """A link of an event, with the proof; raises EventNotFound, JoinLinkNotFound or Forbidden."""
    await events.load(store, actor, event_id, Permission.INVITE_PEOPLE)
    link = await store.get(JoinLink, link_id)
    if link is None or link.event_id != event_id:
        raise JoinLinkNotFound("GET the event's join-links for those there are.")
    return allow(actor, link, Permission.INVITE_PEOPLE)


async def of_event(store: Store, event: Inviting, selection: Selection) -> Listed[JoinLink]:
    """The links of an event, the newest first."""
    return await listed(store, JoinLink, selection, eq("eventId", event.thing.id))
