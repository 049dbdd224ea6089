"""Events as the API shows them."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from shared.domains.events.model import Event, EventStatus, EventType
from shared.platform.shapes import View


class EventView(View):
    """An event, as in a list; `deleted_at` in the list of deleted ones."""

    odata_type: Literal["microsoft.graph.event"] = Field(default="microsoft.graph.event", alias="@odata.type")
    id: str
    display_name: str = Field(examples=["Open Research Days"])
    description: str
    start_date: date
    end_date: date
    location: str
    event_type: EventType
    status: EventStatus
    time_zone: str = Field(examples=["Europe/Vienna"])
    tags: tuple[str, ...]
    image_url: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None


class CountedEventView(EventView):
    """An event by itself, with how many projects of it the caller sees, and how many sessions it has."""

    project_count: int
    session_count: int


def shown(event: Event) -> EventView:
    return EventView.model_validate({**dict(event), "etag": event.etag})
