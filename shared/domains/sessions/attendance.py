"""How many seats of a session are taken, and how many people wait for one.

Whatever bears on both a session's seats and its registrations writes this too, so that neither changes past the other.
"""

from typing import ClassVar, Self

from shared.domains.sessions.model import Session
from shared.platform.store import Store, Write
from shared.platform.store.records import Index, Record


class Attendance(Record):
    """The counts of a session; who is counted stands in registrations, each with its place in the order of arrival."""

    kind: ClassVar[str] = "attendance"
    indexes: ClassVar[tuple[Index, ...]] = (Index("sessionId"),)

    session_id: str
    event_id: str
    attendees: int = 0
    waiting: int = 0
    next_place: int = 1

    @property
    def aggregate_id(self) -> str:
        return self.event_id

    @classmethod
    async def of(cls, store: Store, session: Session) -> Self:
        """The counts of a session, none before its first registration."""
        known = f"seats_{session.id}"
        there = await store.get(cls, known, session.event_id)
        return there or cls(id=known, session_id=session.id, event_id=session.event_id)

    def free(self, session: Session) -> int | None:
        """Seats that nobody has; None where there is no limit."""
        return None if session.capacity is None else max(0, session.capacity - self.attendees)

    def added_to(self, write: Write) -> Write:
        """The transaction, which now fails when somebody else has written the counts meanwhile."""
        return write.replace(self) if self.etag else write.create(self)
