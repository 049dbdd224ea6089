"""Records for the contract of the store."""

from datetime import datetime
from typing import Any, ClassVar

from pydantic import computed_field

from shared.platform.store.records import Expiring, Index, Part, Partial, Record, Restricted


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


class Paper(Restricted):
    """What some may read."""

    kind: ClassVar[str] = "contract_paper"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("shelf", "-rank"),
        Index("rank", "name"),
        Index("shelf", "name", "rank"),
    )

    name: str = ""
    shelf: str = "top"
    rank: float | None = None
    open: bool = False
    tags: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    @computed_field  # type: ignore[prop-decorator]  # mypy takes no decorator on a property
    @property
    def readers(self) -> tuple[str, ...]:
        return ("*",) if self.open else self.given


class Pulped(Paper):
    """What a paper becomes."""

    kind: ClassVar[str] = "contract_pulped"


class PaperName(Partial, of=Paper):
    name: str


class PaperId(Partial, of=Paper):
    pass


class Line(Part):
    text: str


class Stanza(Part):
    title: str
    lines: tuple[Line, ...] = ()


class Poem(Record):
    kind: ClassVar[str] = "contract_poem"

    stanza: dict[str, Any]
    author: dict[str, Any] | None = None


class PoemPart(Partial, of=Poem):
    stanza: Stanza
    author: dict[str, Any] | None


class Ticket(Expiring):
    kind: ClassVar[str] = "contract_ticket"
    indexes: ClassVar[tuple[Index, ...]] = (Index("expiresAt"),)


class Free(Record):
    """Any JSON."""

    kind: ClassVar[str] = "contract_free"

    data: dict[str, Any]
