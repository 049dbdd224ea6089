"""Importing sessions from a table: each row is carried out whole or not at all, by the same verbs as a request."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import Field, ValidationError

from shared.access import Permission, allow
from shared.domains.sessions import actions, table
from shared.domains.sessions.actions import Editable, EditableSession
from shared.domains.sessions.model import Session, SessionFields
from shared.domains.sessions.table import Row
from shared.errors import Problem
from shared.platform.shapes import IfMatch, View
from shared.platform.store import Store, every
from shared.platform.store.rehearsal import Rehearsal

Known = tuple[str, datetime]


class Outcome(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class CellFault(View):
    """What is wrong with a row; the column is empty where it is no single cell."""

    column: str
    detail: str


class RowReport(View):
    """A row, numbered as spreadsheets do (the header is 1), and what became of it; no id where nothing is there."""

    row: int
    outcome: Outcome
    session_id: str | None = None
    title: str = ""
    errors: tuple[CellFault, ...] = ()


class ImportReport(View):
    """What became of each row; of a dry run what would have become of it."""

    dry_run: bool
    created: int = Field(examples=[12])
    updated: int
    unchanged: int
    failed: int
    rows: tuple[RowReport, ...]


@dataclass(slots=True)
class _Import:
    """An import under way, and which sessions there are by now."""

    store: Store
    event: Editable
    allow_overlap: bool
    by_id: dict[str, Session] = field(default_factory=dict)
    by_name: dict[Known, list[str]] = field(default_factory=dict)

    def keep(self, session: Session) -> None:
        if (before := self.by_id.get(session.id)) is not None:
            self.by_name[_name(before)].remove(session.id)
        self.by_id[session.id] = session
        self.by_name.setdefault(_name(session), []).append(session.id)


class _Refused(Exception):
    """The row cannot be carried out, for these reasons."""

    def __init__(self, *faults: tuple[str, str]) -> None:
        super().__init__()
        self.faults = faults


async def imported(
    store: Store, event: Editable, text: str, *, dry_run: bool = False, allow_overlap: bool = False
) -> ImportReport:
    """Create and change the sessions of a table; a dry run tells the same and changes nothing.

    Raises BadTable, BadColumns or TooManyRows, which change nothing either.
    """
    rows = table.read(text, event.thing)
    work = _Import(Rehearsal(store) if dry_run else store, event, allow_overlap)
    async for session in every(store, Session, aggregate=event.thing.id):
        work.keep(session)
    return _report([await _carried_out(work, row, dry_run=dry_run) for row in rows], dry_run=dry_run)


def _report(rows: Sequence[RowReport], *, dry_run: bool) -> ImportReport:
    counts = {outcome.value: sum(row.outcome is outcome for row in rows) for outcome in Outcome}
    return ImportReport(dry_run=dry_run, rows=tuple(rows), **counts)


async def _carried_out(work: _Import, row: Row, *, dry_run: bool) -> RowReport:
    title = str(row.values.get("title", ""))
    try:
        outcome, session = await _apply(work, row)
    except _Refused as refused:
        faults = tuple(CellFault(column=column, detail=detail) for column, detail in refused.faults)
        return RowReport(row=row.number, outcome=Outcome.FAILED, title=title, errors=faults)
    except Problem as problem:
        return RowReport(row=row.number, outcome=Outcome.FAILED, title=title, errors=_faults(problem))
    work.keep(session)
    shown = None if dry_run and outcome is Outcome.CREATED else session.id
    return RowReport(row=row.number, outcome=outcome, session_id=shown, title=session.title)


async def _apply(work: _Import, row: Row) -> tuple[Outcome, Session]:
    if row.faults:
        raise _Refused(*row.faults)
    there = _meant(work, row)
    fields = _fields(row, there)
    if there is None:
        made = await actions.create(work.store, work.event, fields, allow_overlap=work.allow_overlap)
        return Outcome.CREATED, made
    changes = {name: value for name, value in fields if name in row.values}
    if there == there.with_(**changes):
        return Outcome.UNCHANGED, there
    allowed: EditableSession = allow(work.event.actor, there, Permission.EDIT_EVENT)
    edited = await actions.edit(work.store, allowed, changes, IfMatch(), allow_overlap=work.allow_overlap)
    return Outcome.UPDATED, edited


def _meant(work: _Import, row: Row) -> Session | None:
    """The session that the row is about, by its id or by its title and start."""
    if "id" in row.values:
        if row.values["id"] not in work.by_id:
            raise _Refused(("id", "the event has no such session; leave the id out to create one"))
        return work.by_id[row.values["id"]]
    if not {"title", "start_time"} <= row.values.keys():
        raise _Refused(("title", "a row without an id needs a title and a startTime"))
    known = work.by_name.get((row.values["title"].casefold(), row.values["start_time"]), [])
    if len(known) > 1:
        raise _Refused(("id", "several sessions of this title begin then: name one by its id"))
    return work.by_id[known[0]] if known else None


def _fields(row: Row, there: Session | None) -> SessionFields:
    """All fields as they are to be; raises _Refused naming the columns."""
    known = {name: getattr(there, name) for name in SessionFields.model_fields} if there else {}
    said = {name: value for name, value in row.values.items() if name != "id"}
    try:
        return SessionFields.model_validate(known | said)
    except ValidationError as error:
        faults = [(table.column_of(str(fault["loc"][0])), fault["msg"]) for fault in error.errors()]
        raise _Refused(*faults) from None


def _name(session: Session) -> Known:
    return session.title.casefold(), session.start_time


def _faults(problem: Problem) -> tuple[CellFault, ...]:
    """The refusal's fields at fault, or the refusal itself."""
    told = [CellFault(column=table.column_of(each.pointer[1:]), detail=each.detail) for each in problem.errors]
    return tuple(told) or (CellFault(column="", detail=problem.detail),)
