"""Joining over HTTP: links that organizers give, and who comes by them."""

from blueprints.surface import surface
from shared.access import Actor, Permission
from shared.domains.accounts.model import EmailTaken, GuessablePassword, Profile, Session
from shared.domains.events import queries as events
from shared.domains.events.model import EventNotFound
from shared.domains.joining import actions, admission, queries
from shared.domains.joining.model import (
    LINKS,
    Join,
    JoinLinkNotFound,
    JoinLinkTimes,
    JoinLinkUnusable,
    JoinLinkView,
    MadeJoinLink,
    NewJoinLink,
)
from shared.platform.http import PUBLIC, Api, Created, Listed, Selection
from shared.platform.opened import Platform
from shared.platform.shapes import NewId
from shared.platform.store import Origin, Store
from shared.settings import Settings

api = Api(surface, "Joining")


@api.get("v1/events/{event_id}/join-links", allow=Permission.INVITE_PEOPLE, raises=(EventNotFound,), listing=LINKS)
async def list_join_links(event_id: str, actor: Actor, store: Store, selection: Selection) -> Listed[JoinLinkView]:
    """The join links of an event, without their tokens."""
    event: queries.Inviting = await events.load(store, actor, event_id, Permission.INVITE_PEOPLE)
    return (await queries.of_event(store, event, selection)).map(JoinLinkView.of)


@api.post("v1/events/{event_id}/join-links", allow=Permission.INVITE_PEOPLE, raises=(EventNotFound, JoinLinkTimes))
async def create_join_link(
    event_id: str, body: NewJoinLink, settings: Settings, actor: Actor, store: Store, new_id: NewId
) -> Created[MadeJoinLink]:
    """Make a link by which so many people can join as `user` or `presenter`; its token is shown this once."""
    event: queries.Inviting = await events.load(store, actor, event_id, Permission.INVITE_PEOPLE)
    link, token = await actions.create(store, settings, event, body, new_id("jnl"))
    shown = MadeJoinLink(**dict(JoinLinkView.of(link)), token=token)
    return Created(shown, f"/v1/events/{event_id}/join-links/{link.id}")


@api.delete(
    "v1/events/{event_id}/join-links/{link_id}",
    allow=Permission.INVITE_PEOPLE,
    raises=(EventNotFound, JoinLinkNotFound),
)
async def revoke_join_link(event_id: str, link_id: str, actor: Actor, store: Store) -> None:
    """Revoke a join link; who has joined by it stays."""
    await actions.revoke(store, await queries.load(store, actor, event_id, link_id))


@api.post("auth/join", allow=PUBLIC, unlimited=True, raises=(JoinLinkUnusable, EmailTaken, GuessablePassword))
async def join(body: Join, actor: Actor | None, platform: Platform, origin: Origin) -> Session | Profile:
    """Join by an event's link: with a new account, which is signed in, or as yourself when you send your access token.

    Whoever is signed in gets the link's role added, and sees their account.
    """
    if actor is None:
        return await admission.join(platform, origin, body)
    return Profile.of(await admission.join_as(platform, origin, actor, body.token))
