"""Conversations and their messages: a question with its answer, and what the answer rests on."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import ConfigDict, Field, StringConstraints

from shared.domains.knowledge.content import Passage
from shared.errors import Forbidden, NotFound, Problem
from shared.platform.shapes import Input, Piece, View
from shared.platform.store.listing import Listing, Order
from shared.platform.store.records import Index, Record

MAX_MESSAGE = 8_000
"""Characters of a message."""


class Subject(StrEnum):
    """What an answer can be about, and what then decides who may read it again."""

    EVENT = "event"
    SESSION = "session"
    PROJECT = "project"
    ARTIFACT = "artifact"


class Citation(Piece):
    """A numbered source: the words quoted, and where they stand; `href` is the thing's own route.

    An answer about the programme cites an event, a session or a project, and has no passage.
    """

    n: int
    kind: Subject
    title: str
    href: str
    quotation: str
    artifact_id: str | None = None
    statement_id: str | None = None
    passage: Passage | None = None


class Thing(Piece):
    """Something that an answer is about; `within` is the event of a session."""

    kind: Subject
    id: str
    within: str = ""
    title: str = ""


class Thread(Piece):
    """What a follow-up goes on from: the words that were asked about, what was wanted of them, and what was found."""

    topic: str = ""
    wants: str = ""
    programme: bool = False
    things: tuple[Thing, ...] = ()


class Context(Input):
    """What a question is about: a project, an event, the conversation that it continues."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    project_id: str | None = None
    event_id: str | None = None
    conversation_id: str | None = None


class NewMessage(Input):
    """A question; what its context leaves out is taken over from the conversation."""

    message: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1), Field(examples=["What are its limitations?"])
    ]
    context: Context = Context()


class Conversation(Record):
    """Questions and answers that belong together; its title is the first question that is left."""

    kind: ClassVar[str] = "conversation"
    indexes: ClassVar[tuple[Index, ...]] = (Index("createdBy", "updatedAt"),)

    title: str
    messages: int
    created_by: str
    created_at: datetime
    updated_at: datetime


class Message(Record):
    """A question and its answer, kept beside the conversation."""

    kind: ClassVar[str] = "chat_message"
    indexes: ClassVar[tuple[Index, ...]] = (Index("createdAt"), Index("createdBy", "createdAt"))

    conversation_id: str
    text: str
    response: str
    sources: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    rests_on: tuple[Thing, ...] = ()
    """Whoever does not see all of these does not see the answer."""
    thread: Thread = Thread()
    project_id: str | None = None
    event_id: str | None = None
    created_by: str
    created_at: datetime

    @property
    def aggregate_id(self) -> str:
        return self.conversation_id


class ChatAnswer(View):
    """The answer: plain text with **bold**, lists and numbers `[n]`, which `citations` explain.

    `sources` are the ids of what it cites.
    """

    conversation_id: str
    message_id: str
    response: str
    sources: tuple[str, ...]
    citations: tuple[Citation, ...]
    timestamp: datetime

    @classmethod
    def of(cls, message: Message) -> Self:
        return cls(
            conversation_id=message.conversation_id,
            message_id=message.id,
            response=message.response,
            sources=message.sources,
            citations=message.citations,
            timestamp=message.created_at,
        )


class MessageView(View):
    """A question with its answer, as histories show it."""

    id: str
    conversation_id: str
    user_id: str
    message: str
    response: str
    sources: tuple[str, ...]
    citations: tuple[Citation, ...]
    timestamp: datetime

    @classmethod
    def of(cls, message: Message) -> Self:
        answer = dict(ChatAnswer.of(message))
        more = {"id": message.id, "user_id": message.created_by, "message": message.text, "etag": message.etag}
        return cls(**{**answer, **more})


CONVERSATIONS = Listing(fields={"createdAt": datetime, "updatedAt": datetime}, orders=(Order("-updatedAt"),))


class Muted(Forbidden):
    """A moderator has muted the caller."""

    code = "chat.muted"
    title = "You are muted in the chat"


class MessageTooLong(Problem):
    """The message has too many characters."""

    status = 413
    code = "chat.message_too_long"
    title = "The message is too long"


class ConversationNotFound(NotFound):
    """No such conversation, or somebody else's."""

    code = "conversation.not_found"
    title = "No such conversation"


class MessageNotFound(NotFound):
    """No such message, or one that the caller may not know of."""

    code = "message.not_found"
    title = "No such message"
