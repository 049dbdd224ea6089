"""Records for the contract of the store."""

from datetime import datetime
from typing import Any, ClassVar

from shared.platform.store.records import Expiring, Index, Record


class Item(Record):
    """An aggregate of its own, or a part of the aggregate `home`."""

    kind: ClassVar[str] = "contract_item"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("colour", "-rank"),
        Index("rank", "name"),
        Index("made"),
        Index("made", "home"),
    )

    name: str = ""
    colour: str = "red"
    rank: int | None = None
    made: datetime | None = None
    home: str = ""

    @property
    def aggregate_id(self) -> str:
        return self.home or self.id


class Ticket(Expiring):
    kind: ClassVar[str] = "contract_ticket"
    indexes: ClassVar[tuple[Index, ...]] = (Index("expiresAt"),)


class Free(Record):
    """Any JSON."""

    kind: ClassVar[str] = "contract_free"

    data: dict[str, Any]
