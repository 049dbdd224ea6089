"""A join link's uses, counted exactly: one is taken before there is an account, then settled or given back.

Whoever dies in between leaves a use that was taken and never settled; who takes one later looks whether its account
has the role, and else has it counted back.
"""

from shared.domains.accounts.directory import PATIENCE
from shared.domains.accounts.queries import has_role
from shared.domains.events.model import Event
from shared.domains.joining.model import JoinLink, JoinLinkUnusable, Taking
from shared.platform.store import Stale, Store, Write


async def usable(store: Store, link_id: str) -> JoinLink:
    """The link, by which somebody can join now; raises JoinLinkUnusable."""
    link = await store.get(JoinLink, link_id)
    if link is None or link.expires_at <= store.clock.now() or await store.get(Event, link.event_id) is None:
        raise unusable()
    link = await _healed(store, link)
    if link.used >= link.uses:
        raise unusable()
    return link


async def take(store: Store, link_id: str, user: str) -> None:
    """Take a use for an account that is about to have the role; raises JoinLinkUnusable."""
    while True:
        link = await usable(store, link_id)
        taking = (*link.taking, Taking(user=user, at=store.clock.now()))
        if await _saved(store, link.with_(used=link.used + 1, taking=taking)):
            return


async def settle(store: Store, link_id: str, user: str) -> None:
    """The account has the role."""
    await _leave(store, link_id, user, used=0)


async def give_back(store: Store, link_id: str, user: str) -> None:
    """The account does not come to have the role."""
    await _leave(store, link_id, user, used=-1)


def unusable() -> JoinLinkUnusable:
    return JoinLinkUnusable("Ask whoever gave it to you for a new one.")


async def _leave(store: Store, link_id: str, user: str, *, used: int) -> None:
    while link := await store.get(JoinLink, link_id):
        others = tuple(each for each in link.taking if each.user != user)
        if len(others) == len(link.taking):
            return
        write = Write(link.id).replace(link.with_(used=link.used + used, taking=others))
        if not used:
            write.change("PersonJoined", link.subject, {"eventId": link.event_id, "role": link.role, "userId": user})
        if await _committed(store, write):
            return


async def _healed(store: Store, link: JoinLink) -> JoinLink:
    """The link without the uses of those who died while they joined."""
    long_ago = [each for each in link.taking if store.clock.now() > each.at + PATIENCE]
    lost = [each for each in long_ago if not await has_role(store, each.user, link.role)]
    if not long_ago:
        return link
    taking = tuple(each for each in link.taking if each not in long_ago)
    return link.with_(used=link.used - len(lost), taking=taking)


async def _saved(store: Store, link: JoinLink) -> bool:
    return await _committed(store, Write(link.id).replace(link))


async def _committed(store: Store, write: Write) -> bool:
    try:
        await store.commit(write)
    except Stale:
        return False
    return True
