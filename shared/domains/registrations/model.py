"""A registration for a session, and what may forbid one."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from shared.clock import derived_id
from shared.domains.sessions.model import Session
from shared.errors import Conflict
from shared.platform.store.records import Index, Record


class Standing(StrEnum):
    """`registered` has a seat, `waiting` gets one in its turn."""

    REGISTERED = "registered"
    WAITING = "waiting"


class Registration(Record):
    """Somebody's seat in a session, or their place in the queue for one; `place` is the order of arrival."""

    kind: ClassVar[str] = "registration"
    indexes: ClassVar[tuple[Index, ...]] = (Index("sessionId", "standing", "place"), Index("userId", "sessionId"))

    session_id: str
    event_id: str
    user_id: str
    standing: Standing
    place: int
    created_at: datetime

    @property
    def aggregate_id(self) -> str:
        return self.event_id

    @staticmethod
    def id_of(session: Session, user_id: str) -> str:
        """The one id that somebody's registration for a session can have."""
        return derived_id("reg", session.id, user_id)


class SessionOver(Conflict):
    """Who was there is history."""

    code = "session.over"
    title = "The session is over"
