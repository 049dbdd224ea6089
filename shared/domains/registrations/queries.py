"""What can be asked about registrations: how many there are by everybody, who they are by those who run the event."""

from asyncio import gather
from collections.abc import Sequence
from typing import Literal

from shared.access import Actor, Allowed, Permission
from shared.domains.accounts.model import User
from shared.domains.registrations import favourites
from shared.domains.registrations.model import Registration, Standing
from shared.domains.registrations.views import AttendeeView, SessionView
from shared.domains.registrations.waiting import standing
from shared.domains.sessions.attendance import Attendance
from shared.domains.sessions.model import Session
from shared.platform.store import Store
from shared.platform.store.listing import Listed, Listing, Order, Selection, listed
from shared.platform.store.predicates import Compare, all_of, eq, one_of

ATTENDEES = Listing(fields={"standing": str}, orders=(Order("standing", "place"),))
"""Those with a seat first, each group in the order of arrival."""


async def attendees(
    store: Store, allowed: Allowed[Session, Literal[Permission.EDIT_EVENT]], selection: Selection
) -> Listed[AttendeeView]:
    """Who is registered and who waits, with their names."""
    page = await listed(store, Registration, selection, eq("sessionId", allowed.thing.id))
    users = await gather(*(store.get(User, registration.user_id) for registration in page.items))
    names = {user.id: user.display_name for user in users if user is not None}
    return page.map(lambda each: AttendeeView.of(each, names.get(each.user_id, "")))


async def seen(store: Store, actor: Actor, sessions: Sequence[Session]) -> list[SessionView]:
    """Sessions as the actor sees them: with their counts, and where the actor stands in each."""
    if not sessions:
        return []
    ids = [session.id for session in sessions]
    counts, mine, liked = await gather(
        _counts(store, sessions), of_actor(store, actor, ids), favourites.among(store, actor, ids)
    )
    places = await gather(*(position(store, mine.get(session.id)) for session in sessions))
    return [
        SessionView.of(session, counts.get(session.id), mine.get(session.id), place, favourite=session.id in liked)
        for session, place in zip(sessions, places, strict=True)
    ]


async def of_actor(store: Store, actor: Actor, session_ids: Sequence[str]) -> dict[str, Registration]:
    """The actor's registrations for these sessions, by session."""
    where = all_of(eq("userId", actor.id), one_of("sessionId", session_ids))
    page = await store.query(Registration, where, limit=len(session_ids))
    return {registration.session_id: registration for registration in page.items}


async def position(store: Store, registration: Registration | None) -> int | None:
    """From 1, the place in the queue; None for who does not wait."""
    if registration is None or registration.standing is not Standing.WAITING:
        return None
    before = Compare("place", "le", registration.place)
    return await store.count(Registration, all_of(standing(registration.session_id, Standing.WAITING), before))


async def _counts(store: Store, sessions: Sequence[Session]) -> dict[str, Attendance]:
    """The counts of sessions that have any, by session."""
    ids = [session.id for session in sessions]
    page = await store.query(Attendance, one_of("sessionId", ids), limit=len(ids))
    return {each.session_id: each for each in page.items}
