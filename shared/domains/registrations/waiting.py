"""The queue for a full session: whoever waits longest gets the next seat, and a change tells them."""

from shared.domains.registrations.model import Registration, Standing
from shared.domains.sessions.attendance import Attendance
from shared.domains.sessions.model import Session
from shared.platform.store import AlreadyExists, Sort, Stale, Store, Write
from shared.platform.store.predicates import Predicate, all_of, eq

TOGETHER = 40
"""People that one transaction seats: a record and a change for each."""


def standing(session_id: str, standing: Standing) -> Predicate:
    """The registrations for a session that are of this standing."""
    return all_of(eq("sessionId", session_id), eq("standing", standing))


async def seat(store: Store, session: Session, attendance: Attendance, write: Write) -> Attendance:
    """Add to the transaction those of the queue who get the free seats; the counts as they are with them."""
    free = attendance.free(session)
    most = min(TOGETHER, attendance.waiting if free is None else min(free, attendance.waiting))
    if most <= 0:
        return attendance
    queue = await store.query(Registration, standing(session.id, Standing.WAITING), order=(Sort("place"),), limit=most)
    for waiting in queue.items:
        facts = {"eventId": session.event_id, "sessionId": session.id, "userId": waiting.user_id}
        write.replace(waiting.with_(standing=Standing.REGISTERED)).change("SessionSeatGiven", waiting.subject, facts)
    moved = len(queue.items)
    return attendance.with_(attendees=attendance.attendees + moved, waiting=attendance.waiting - moved)


async def move_up(store: Store, event_id: str, session_id: str) -> None:
    """Give the seats that a session has free to those who wait for them; again is no harm."""
    while (session := await store.get(Session, session_id, event_id)) is not None:
        attendance = await Attendance.of(store, session)
        write = Write(event_id)
        seated = await seat(store, session, attendance, write)
        if not write.operations:
            return
        try:
            await store.commit(seated.added_to(write))
        except (Stale, AlreadyExists):
            continue
