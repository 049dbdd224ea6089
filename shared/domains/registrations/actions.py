"""Registering for a session, and giving the seat up again."""

import asyncio
from typing import Literal
from weakref import WeakValueDictionary

from shared.access import Allowed, Permission
from shared.domains.events.model import Event, EventState, EventStatus
from shared.domains.registrations.model import Registration, SessionOver, Standing
from shared.domains.registrations.waiting import seat
from shared.domains.sessions.attendance import Attendance
from shared.domains.sessions.model import Session, SessionNotFound
from shared.platform.store import AlreadyExists, Stale, Store, Write

Attending = Allowed[Session, Literal[Permission.REGISTER_FOR_SESSION]]
_turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
"""One at a time of this process: when a registration opens, hundreds would race for the same counts."""


async def register(store: Store, attending: Attending) -> Registration:
    """A seat in the session, or the last place in its queue; whoever is registered or waiting stays so."""
    async with _turn(store, attending.thing):
        while True:
            try:
                return await _register(store, attending)
            except (Stale, AlreadyExists):
                continue


async def withdraw(store: Store, attending: Attending) -> None:
    """Give up the seat, which the first in the queue gets, or the place in the queue; nothing when there is none."""
    async with _turn(store, attending.thing):
        while True:
            try:
                return await _withdraw(store, attending)
            except (Stale, AlreadyExists):
                continue


def _turn(store: Store, session: Session) -> asyncio.Lock:
    return _turns.setdefault((store.tenant, session.id), asyncio.Lock())


async def _register(store: Store, attending: Attending) -> Registration:
    user, attendance, session = attending.actor.id, *await _present(store, attending.thing)
    known = Registration.id_of(session, user)
    if (there := await store.get(Registration, known, session.event_id)) is not None:
        return there
    await _check_open(store, session)
    full = attendance.waiting > 0 or attendance.free(session) == 0
    standing = Standing.WAITING if full else Standing.REGISTERED
    made = Registration(
        id=known, session_id=session.id, event_id=session.event_id, user_id=user, standing=standing,
        place=attendance.next_place, created_at=store.clock.now(),
    )  # fmt: skip
    counted = attendance.with_(
        attendees=attendance.attendees + (not full),
        waiting=attendance.waiting + full,
        next_place=attendance.next_place + 1,
    )
    write = counted.added_to(Write(session.event_id).create(made))
    saved = (await store.commit(write.change("SessionRegistered", made.subject, _facts(made))))[0]
    assert isinstance(saved, Registration)  # noqa: S101 -- commit answers in the order of its operations
    return saved


async def _withdraw(store: Store, attending: Attending) -> None:
    user, attendance, session = attending.actor.id, *await _present(store, attending.thing)
    there = await store.get(Registration, Registration.id_of(session, user), session.event_id)
    if there is None:
        return
    await _check_open(store, session)
    write = Write(session.event_id).delete(there).change("SessionWithdrawn", there.subject, _facts(there))
    if there.standing is Standing.WAITING:
        left = attendance.with_(waiting=attendance.waiting - 1)
    else:
        left = await seat(store, session, attendance.with_(attendees=attendance.attendees - 1), write)
    await store.commit(left.added_to(write))


async def _present(store: Store, session: Session) -> tuple[Attendance, Session]:
    """The counts, and the session as it is after they were read: later changes of it make the counts stale."""
    attendance = await Attendance.of(store, session)
    there = await store.get(Session, session.id, session.event_id)
    if there is None:
        raise SessionNotFound(f"There is no session {session.id} any more.")
    return attendance, there


async def _check_open(store: Store, session: Session) -> None:
    event = await store.get(Event, session.event_id)
    if event is not None and event.status is EventStatus.ARCHIVED:
        raise EventState("The event is archived: nobody can register for its sessions, or withdraw, any more.")
    if session.end_time <= store.clock.now():
        raise SessionOver("Nobody can register for it, or withdraw, any more.")


def _facts(registration: Registration) -> dict[str, str]:
    return {
        "eventId": registration.event_id,
        "sessionId": registration.session_id,
        "userId": registration.user_id,
        "status": registration.standing,
    }
