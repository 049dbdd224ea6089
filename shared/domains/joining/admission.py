"""Joining by a link: with a new account, or as somebody who is signed in."""

from shared.access import Actor, Permission, Role
from shared.domains.accounts import making, queries, sessions
from shared.domains.accounts.handles import Handle
from shared.domains.accounts.model import EmailTaken, GuessablePassword, NewUser, Session, User
from shared.domains.joining import uses
from shared.domains.joining.model import Join, JoinLink
from shared.errors import Fault, Invalid
from shared.platform.opened import Platform
from shared.platform.store import Origin, Store


async def join(platform: Platform, origin: Origin, asked: Join) -> Session:
    """A new account with the link's role, signed in.

    Raises JoinLinkUnusable, EmailTaken, GuessablePassword, and Invalid where the account is not told of.
    """
    new_id = platform.clock.new_id("usr")
    store, link = await _link(platform, origin, asked.token, new_id)
    new = _account(asked, link)
    await uses.take(store, link.id, new_id)
    try:
        user, _ = await making.make_user(platform, store, new, new_id)
    except (EmailTaken, GuessablePassword):
        await uses.give_back(store, link.id, new_id)
        raise
    await uses.settle(store, link.id, new_id)
    return await sessions.begin(platform, store, user)


async def join_as(platform: Platform, origin: Origin, actor: Actor, token: str) -> User:
    """The actor's account, with the link's role; whoever has that already takes no use."""
    actor.require(Permission.EDIT_OWN_PROFILE)
    store, link = await _link(platform, origin, token, actor.id)
    if store.tenant != actor.tenant:
        raise uses.unusable()
    await queries.get_user(store, actor.id)
    if not await queries.has_role(store, actor.id, link.role):
        await uses.take(store, link.id, actor.id)
        await making.give_role(store, actor.id, Role(link.role))
        await uses.settle(store, link.id, actor.id)
    return await queries.get_user(store, actor.id)


async def _link(platform: Platform, origin: Origin, token: str, user: str) -> tuple[Store, JoinLink]:
    """The link of a token, and the store of its tenant, opened for whoever joins."""
    handle = Handle.read(token)
    if handle is None or not handle.is_genuine(platform.settings):
        raise uses.unusable()
    who = Origin(user, origin.correlation_id, origin.causation_id, origin.address)
    store = (await platform.stores()).open(handle.tenant, who)
    link = await uses.usable(store, handle.record)
    if link.token_hash != handle.hash:
        raise uses.unusable()
    return store, link


def _account(asked: Join, link: JoinLink) -> NewUser:
    given = {"email": asked.email, "display_name": asked.display_name, "password": asked.password}
    pointers = {"email": "/email", "display_name": "/displayName", "password": "/password"}
    missing = [Fault(pointers[name], "Field required, unless you are signed in") for name in given if not given[name]]
    if missing:
        raise Invalid("Say whose account it is to be, or sign in first; see errors.", errors=missing)
    return NewUser(**given, roles=frozenset({Role(link.role)}))
