"""What is done with join links by those who invite."""

from contextlib import suppress
from datetime import timedelta

from shared.domains.accounts.handles import Handle
from shared.domains.joining.model import JoinLink, JoinLinkTimes, NewJoinLink
from shared.domains.joining.queries import Inviting, Revocable
from shared.errors import Fault
from shared.platform.store import Stale, Store, Write, create_once
from shared.settings import Settings

HOLDS = timedelta(days=7)
"""How long a link holds that nobody gave an end."""
LONGEST = timedelta(days=365)


async def create(
    store: Store, settings: Settings, event: Inviting, new: NewJoinLink, link_id: str
) -> tuple[JoinLink, str]:
    """A new link and its token, the same again for a repeated request; raises JoinLinkTimes."""
    now = store.clock.now()
    expires_at = new.expires_at or now + HOLDS
    if not now < expires_at <= now + LONGEST:
        told = "It has to be in the future, within a year."
        raise JoinLinkTimes(told, errors=[Fault("/expiresAt", told)])
    handle = Handle.made(settings, store.tenant, event.thing.id, link_id)
    link = JoinLink(
        id=link_id,
        event_id=event.thing.id,
        name=new.name,
        role=new.role,
        token_hash=handle.hash,
        uses=new.uses,
        expires_at=expires_at,
        created_by=event.actor.id,
        created_at=now,
    )
    told_of = {"eventId": link.event_id, "role": link.role, "count": link.uses}
    return await create_once(store, link, "JoinLinkCreated", told_of), handle.text


async def revoke(store: Store, link: Revocable) -> None:
    """Nobody joins by it from now on, however many are about to."""
    there: JoinLink | None = link.thing
    while there:
        write = Write(there.id).delete(there)
        with suppress(Stale):
            await store.commit(write.change("JoinLinkRevoked", there.subject, {"eventId": there.event_id}))
            return
        there = await store.get(JoinLink, there.id)
