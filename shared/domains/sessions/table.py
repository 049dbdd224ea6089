"""Sessions as a table: what its columns are called, and what their cells mean."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from shared.domains.events.model import Event
from shared.domains.sessions.model import Session
from shared.errors import Invalid, Unprocessable

COLUMNS = {
    "id": "id",
    "title": "title",
    "startTime": "start_time",
    "endTime": "end_time",
    "room": "room",
    "sessionType": "session_type",
    "speakers": "speakers",
    "capacity": "capacity",
    "description": "description",
    "resources": "resources",
    "transcript": "transcript",
}
"""The columns of an export in their order, and the fields that they are."""
ALIASES = {"start": "startTime", "end": "endTime", "type": "sessionType", "speaker": "speakers"}
MOST_ROWS = 1000
DELIMITERS = ",;\t"
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""
_LISTS = frozenset({"speakers", "resources"})
_KNOWN = {column.casefold(): column for column in COLUMNS} | ALIASES
_FILLING = re.compile(r"[\s_-]+")


class BadTable(Invalid):
    """The text is no table (RFC 4180)."""

    code = "import.not_csv"
    title = "This is no CSV"


class BadColumns(Unprocessable):
    """The table cannot be sessions: it lacks columns, or has ones that nobody knows."""

    code = "import.columns"
    title = "The table has other columns than sessions"


class TooManyRows(Unprocessable):
    """More rows than one import takes."""

    code = "import.too_many"
    title = "Too many rows for one import"


@dataclass(slots=True)
class Row:
    """A row that is no blank one: its number as spreadsheets count, its values by field, what is wrong by column."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)


def written(sessions: Iterable[Session], event: Event) -> str:
    """The table of these sessions, times by the event's clocks with their offsets."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    zone = ZoneInfo(event.time_zone)
    for session in sessions:
        table.writerow([_guarded(_told(getattr(session, name), zone)) for name in COLUMNS.values()])
    return text.getvalue()


def read(text: str, event: Event) -> list[Row]:
    """The rows of a table; raises BadTable, BadColumns or TooManyRows."""
    rows = _rows(text)
    _, header = next(rows, (1, []))
    columns = _columns(header)
    zone = ZoneInfo(event.time_zone)
    found: list[Row] = []
    for number, cells in rows:
        if len(found) == MOST_ROWS:
            raise TooManyRows(f"An import takes {MOST_ROWS} rows; send the rest in another one.")
        found.append(_row(number, columns, cells, zone))
    return found


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with its number."""
    table = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        for number, cells in enumerate(table, start=1):
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error as error:
        raise BadTable(f"Line {table.line_num}: {error}.") from None


def _delimiter(text: str) -> str:
    """The one that the header has most of."""
    header = re.sub(r'"[^"]*"', "", text.lstrip().partition("\n")[0])
    return max(DELIMITERS, key=header.count)


def _columns(header: list[str]) -> list[str]:
    names = [_KNOWN.get(_FILLING.sub("", name).casefold(), "") for name in header]
    if unknown := [name[:50] for name, known in zip(header, names, strict=True) if not known]:
        raise BadColumns(f"Nobody knows {', '.join(map(repr, unknown[:5]))}. Columns: {', '.join(COLUMNS)}.")
    if len(set(names)) != len(names):
        raise BadColumns("A column is there twice.")
    if "id" not in names and not {"title", "startTime"} <= set(names):
        raise BadColumns("A row is known by its id, or by its title and startTime: these columns are missing.")
    return names


def _row(number: int, columns: list[str], cells: list[str], zone: ZoneInfo) -> Row:
    row = Row(number)
    if len(cells) > len(columns):
        row.faults.append(("", f"the row has {len(cells)} cells, and there are {len(columns)} columns"))
    for column, cell in zip(columns, cells, strict=False):
        try:
            _take(row.values, column, _bare(cell).strip(), zone)
        except ValueError as error:
            row.faults.append((column, str(error)))
    return row


def _take(values: dict[str, Any], column: str, text: str, zone: ZoneInfo) -> None:
    """Add what the cell says; an empty one says that there is none."""
    name = COLUMNS[column]
    if column in _LISTS:
        values[name] = _list(text)
    elif column in ("startTime", "endTime"):
        values[name] = _moment(text, zone)
    elif column == "capacity":
        values[name] = _number(text)
    elif column == "sessionType":
        values[name] = text.casefold() or "paper"
    elif text or column not in ("id", "title"):
        values[name] = text
    elif column == "title":
        raise ValueError("a session has a title")


def _list(text: str) -> tuple[str, ...]:
    if text.startswith("["):
        try:
            items = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise ValueError("what begins with [ is a JSON list of texts") from None
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise ValueError("what begins with [ is a JSON list of texts")
        return tuple(items)
    return tuple(item.strip() for item in re.split(r"[;\n]", text) if item.strip())


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise ValueError("a whole number, or nothing where there is no limit")
    return int(text)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """A time with its offset, or one by the event's clocks."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("a time such as 2026-05-04 09:00, by the event's clocks, or 2026-05-04T09:00:00Z") from None
    if moment.tzinfo is not None:
        return moment
    earlier, later = (moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if earlier != later:
        never = earlier.astimezone(zone).replace(tzinfo=None) != moment
        said = "never comes" if never else "comes twice"
        raise ValueError(f"this time {said}, as the clocks change in {zone.key}; write it with its offset")
    return earlier


def _told(value: Any, zone: ZoneInfo) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.astimezone(zone).isoformat()
        case tuple():
            return _joined(value)
        case _:
            return str(value)


def _joined(items: tuple[str, ...]) -> str:
    plain = "; ".join(items)
    return plain if _list(plain) == items else orjson.dumps(items).decode()


def _guarded(text: str) -> str:
    """As text that no spreadsheet takes for a formula, and that `_bare` takes back."""
    return f"'{text}" if text.startswith((*FORMULAS, "'")) else text


def _bare(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith((*FORMULAS, "'")) else text


def column_of(name: str) -> str:
    """What the column of a field, or of a JSON name, is called; empty for none."""
    return next((column for column, field_name in COLUMNS.items() if name in (column, field_name)), "")
