"""A small API of notes, to try declarations on."""

from datetime import date, datetime
from typing import ClassVar, Literal

from azurefunctions.extensions.http.fastapi import Response
from pydantic import Field

from shared.access import Actor, Permission
from shared.domains.accounts.queries import authenticate
from shared.errors import Conflict, NotFound, Unprocessable
from shared.platform.http import (
    PUBLIC,
    SIGNED_IN,
    Accepted,
    Api,
    Created,
    Listed,
    Listing,
    Order,
    Refusal,
    Selection,
    Surface,
)
from shared.platform.http import unmatched as unmatched_of
from shared.platform.shapes import IfMatch, Input, NewId, Patch, Query
from shared.platform.store import Busy, Origin, Stale, Store, Stores, save
from shared.platform.store.listing import Each, listed
from shared.platform.store.records import Index, Record

heard: list[Refusal] = []


async def hear(platform, refusal):
    heard.append(refusal)


surface = Surface(authenticate, refused=hear)
api = Api(surface, "Notes")


class Note(Record):
    kind: ClassVar[str] = "http_note"
    indexes: ClassVar[tuple[Index, ...]] = (Index("title"), Index("day"))

    title: str
    stars: int = 0
    day: date = date(2026, 1, 1)
    seen_at: datetime | None = None
    tags: tuple[str, ...] = ()
    remark: str | None = None


class NewNote(Input):
    title: str = Field(min_length=1, max_length=50)
    stars: int = 0
    day: date = date(2026, 1, 1)
    seen_at: datetime | None = None
    tags: tuple[str, ...] = ()


class NotePatch(Patch):
    title: str = Field(default="", min_length=1)
    remark: str | None = None


class Echo(Query):
    word: str = "none"
    size: int = Field(default=1, ge=1, le=9, alias="$size")
    tag: list[str] = []  # noqa: RUF012 -- pydantic copies it


class NoteNotFound(NotFound):
    code = "note.not_found"


NOTES = Listing(
    fields={"title": str, "stars": int, "day": date, "seenAt": datetime, "tags": Each(str)},
    orders=(Order("title"), Order("-day", filters=("stars",))),
)


@api.post("notes", allow=SIGNED_IN)
async def create_note(body: NewNote, store: Store, new_id: NewId) -> Created[Note]:
    """Keep a note."""
    note = await save(store, Note(id=new_id("note"), **dict(body)), "NoteKept")
    return Created(note, f"/notes/{note.id}")


@api.get("notes", allow=SIGNED_IN, listing=NOTES)
async def list_notes(selection: Selection, store: Store) -> Listed[Note]:
    """All notes."""
    return await listed(store, Note, selection)


@api.get("notes/{note_id}", allow=SIGNED_IN, raises=(NoteNotFound,))
async def view_note(note_id: str, store: Store) -> Note:
    """One note.

    With its remark.
    """
    if (note := await store.get(Note, note_id)) is None:
        raise NoteNotFound
    return note


@api.patch("notes/{note_id}", allow=Permission.EDIT_EVENT)
async def edit_note(note_id: str, body: NotePatch, store: Store, if_match: IfMatch) -> Note:
    """Change a note."""
    note = await view_note(note_id, store)
    if_match.check(note)
    return await save(store, body.applied_to(note), "NoteEdited")


@api.delete("notes/{note_id}", allow=Permission.DELETE_EVENT)
async def delete_note(note_id: str) -> None:
    """Forget a note."""


@api.post("work", allow=(Permission.CREATE_EVENT, Permission.VIEW_EVENT))
async def begin(actor: Actor) -> Accepted[Note]:
    """Begin something."""
    return Accepted(Note(id="1", title=actor.name), "/v1/jobs/1", retry_after=7)


@api.get("echo/{number}", allow=PUBLIC)
async def echo(number: int, query: Echo, origin: Origin) -> dict[str, object]:
    """What was asked."""
    return {"number": number, **query.model_dump(), "actor": origin.actor, "address": origin.address}


FAILURES = {"conflict": Conflict, "unprocessable": Unprocessable, "busy": Busy, "raced": Stale}


@api.get("fails/{how}", allow=PUBLIC)
async def fail(how: Literal["crash", "conflict", "unprocessable", "busy", "raced"], stores: Stores) -> None:
    """Fail."""
    if how == "crash":
        raise RuntimeError("the database password is hunter2")
    raise FAILURES[how]("Not now.", state="published")


@api.get("text", allow=PUBLIC, produces=("text/plain",))
async def text() -> Response:
    """A response as it is."""
    return Response("as it is", media_type="text/plain")


BLUEPRINTS = [api.blueprint, unmatched_of(surface)]
