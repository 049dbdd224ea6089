"""A dead letter: a message that no trigger could handle, or a change that a consumer could not take."""

from datetime import datetime
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.clock import derived_id
from shared.errors import NotFound
from shared.platform.changes import Parked
from shared.platform.queues import Queue
from shared.platform.store.records import Index, Record

CHANGES = "changes"
"""The source of what the relay has parked; that of a message is its queue."""
MAX_ERROR = 1000


class Held(BaseModel):
    """The change that a consumer could not take: of an aggregate, which it holds back for that consumer."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    aggregate: str
    sequence: int
    consumer: str


class DeadLetter(Record):
    """What is to be tried again: the `body` of a message for the queue `source`, or the change `held`.

    Its id follows from that, so that the same one dying again is the same dead letter.
    """

    kind: ClassVar[str] = "dead_letter"
    indexes: ClassVar[tuple[Index, ...]] = (Index("at"), Index("source", "at"))

    source: str
    at: datetime
    error: str = Field(max_length=MAX_ERROR)
    body: str = ""
    held: Held | None = None

    @classmethod
    def of_message(cls, tenant: str, queue: Queue, body: str, error: str, at: datetime) -> Self:
        dead_id = derived_id("dead", tenant, queue, body)
        return cls(id=dead_id, source=queue, at=at, error=error[:MAX_ERROR], body=body)

    @classmethod
    def of_change(cls, tenant: str, parked: Parked, at: datetime) -> Self:
        held = Held(aggregate=parked.aggregate, sequence=parked.sequence, consumer=parked.consumer)
        dead_id = derived_id("dead", tenant, CHANGES, held.consumer, held.aggregate, str(held.sequence))
        return cls(id=dead_id, source=CHANGES, at=at, error=parked.error[:MAX_ERROR], held=held)


class DeadLetterNotFound(NotFound):
    """No such dead letter, or it was replayed or discarded already."""

    code = "dead_letter.not_found"
    title = "No such dead letter"
