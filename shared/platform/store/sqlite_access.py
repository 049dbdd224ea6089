"""Who may read what, as a table of each restricted record type, which triggers keep in the transaction of the records.

It has a row for each record and reader, with the fields that the type's indexes name, in the order of the store.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from shared.platform.store.predicates import And, Compare, Has, In, Predicate
from shared.platform.store.records import Index, Record, Restricted
from shared.platform.store.sqlite_sql import Fields, Slot, path_of, value_of

READERS = "readers"
WHOLE = "CROSS JOIN records AS r INDEXED BY records_key ON r.container = '{container}' AND r.tenant = {of}.tenant"
_ROWS = ("old", "new", "records")
_KEPT_BY = "2"
"""The version of the triggers."""
_KEY = " AND r.aggregate = {of}.aggregate AND r.id = {of}.id"


def columns_of(model: type[Record]) -> tuple[str, ...]:
    """The fields that are columns, by JSON name."""
    names = (name.removeprefix("-") for index in model.indexes for name in index.fields)
    return tuple(dict.fromkeys(name for name in names if name != "id"))


def table_of(model: type[Record]) -> str:
    """Another one when the indexes change, or what keeps it."""
    return f"access_{model.kind}_{_digest(_KEPT_BY, model.container, *columns_of(model))}"


def index_of(model: type[Record], index: Index) -> str:
    return f"{table_of(model)}_{_digest(*index.fields)}"


def access_ddl(model: type[Record]) -> list[str]:
    """The table, its indexes, and the triggers that keep it; what is stored already is put in last."""
    table, columns = table_of(model), columns_of(model)
    old, new, here = (f"{row}.container = '{model.container}' AND {row}.kind = '{model.kind}'" for row in _ROWS)
    forget = f"DELETE FROM {table} WHERE tenant = old.tenant AND aggregate = old.aggregate AND id = old.id;"
    note = f"INSERT OR IGNORE INTO {table} {_rows(columns, 'new')};"

    def trigger(name: str, event: str, when: str, body: str) -> str:
        return f"CREATE TRIGGER {table}_{name} AFTER {event} ON records WHEN {when} BEGIN {body} END"

    return [
        f"CREATE TABLE {table} (tenant TEXT, reader TEXT, aggregate TEXT, id TEXT"
        + "".join(f', "{name}"' for name in columns)
        + ", PRIMARY KEY (tenant, aggregate, id, reader)) WITHOUT ROWID",
        *(_index_ddl(model, index) for index in (Index(), *model.indexes)),
        trigger("made", "INSERT", new, note),
        trigger("changed", "UPDATE", new, f"{forget} {note}"),
        trigger("left", "UPDATE", f"{old} AND NOT ({new})", forget),
        trigger("gone", "DELETE", old, forget),
        f"INSERT OR IGNORE INTO {table} {_rows(columns, 'records')} WHERE {here}",
    ]


def _rows(columns: Sequence[str], row: str) -> str:
    values = "".join(f", {value_of(name).replace('body', f'{row}.body')}" for name in columns)
    source = f"json_each({row}.body, '{path_of(READERS)}')"
    chosen = f"SELECT {row}.tenant, value, {row}.aggregate, {row}.id{values} FROM "
    return chosen + (f"records, {source}" if row == "records" else source)


def _index_ddl(model: type[Record], index: Index) -> str:
    columns = [f'"{name.removeprefix("-")}"{" DESC" * name.startswith("-")}' for name in index.fields]
    last = " DESC" * bool(index.fields and index.fields[-1].startswith("-"))
    fields = ", ".join(["tenant", "reader", *columns, f"id{last}"])
    return f"CREATE INDEX {index_of(model, index)} ON {table_of(model)} ({fields})"


def shared_with(model: type[Record], where: Predicate) -> tuple[tuple[Slot, ...], Predicate] | None:
    """The readers that a shape asks for, one of whom a record must have, and the rest of it; None when it does not."""
    if not issubclass(model.whole, Restricted):
        return None
    terms = _terms(where)
    for at, term in enumerate(terms):
        if readers := _readers(term):
            return readers, And((*terms[:at], *terms[at + 1 :]))
    return None


def _terms(where: Predicate) -> tuple[Predicate, ...]:
    return tuple(inner for term in where.terms for inner in _terms(term)) if isinstance(where, And) else (where,)


def _readers(term: Predicate) -> tuple[Slot, ...]:
    match term:
        case Has(field, Compare("", "eq", value)) if field == READERS:
            wanted: tuple[Any, ...] = (value,)
        case Has(field, In("", values)) if field == READERS:
            wanted = values
        case _:
            return ()
    return wanted if all(isinstance(each, Slot) and each.kind in ("text", "empty") for each in wanted) else ()


class AccessFields(Fields):
    """Where a restricted record's fields are: in the row `a` of its reader, else in the body of the record `r`."""

    def __init__(self, model: type[Record]) -> None:
        super().__init__("r.body", "r.body", "json_type(r.body)")
        self._columns = {"id": "a.id"} | {name: f'a."{name}"' for name in columns_of(model)}

    def json_of(self, name: str) -> str:
        return self._columns.get(name) or super().json_of(name)

    def value_of(self, name: str) -> str:
        return self._columns.get(name) or super().value_of(name)

    def is_text(self, name: str) -> str:
        return f"typeof({self._columns[name]}) = 'text'" if name in self._columns else super().is_text(name)


def joined(model: type[Record], of: str) -> str:
    """The records themselves beside rows that have their keys."""
    return WHOLE.format(container=model.container, of=of) + _KEY.format(of=of)


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:8]
