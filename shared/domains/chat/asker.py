"""Who asks, and what they may ask of; nothing in an answer comes from anywhere else."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.access import Actor
from shared.domains.chat.model import Citation, Thing, Thread
from shared.platform.embeddings import Embeddings
from shared.platform.search import SearchIndex
from shared.platform.store import Store


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody with a question, and the parts of the platform that answer as far as they may see."""

    actor: Actor
    store: Store
    search: SearchIndex
    embeddings: Embeddings | None = None

    @property
    def now(self) -> datetime:
        return self.store.clock.now()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a question is narrowed to; empty for everything that the asker may see."""

    project_id: str | None = None
    event_id: str | None = None
    things: tuple[Thing, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said, with its numbered citations; without any when nothing was found.

    `rests_on` is what one has to see to be told it.
    """

    response: str
    citations: tuple[Citation, ...] = ()
    rests_on: tuple[Thing, ...] = ()
    thread: Thread = field(default_factory=Thread)

    @property
    def sources(self) -> tuple[str, ...]:
        """The ids of what is cited, each once."""
        return tuple(dict.fromkeys(one.href.rpartition("/")[2] for one in self.citations))
