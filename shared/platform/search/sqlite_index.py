"""The file of search on SQLite: its tables, how an owner's entries are written, and how older files are brought up.

Entries whose access fields are the same form a scope, and access is decided scope by scope. The postings of a term
within a scope are one row: whoever may see the scope reads them as they are, and nobody else reads any of them.
"""

import sqlite3
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from math import hypot

import numpy as np
import orjson
from pydantic.alias_generators import to_camel

from shared.platform.search import ACCESS, Entry, held
from shared.platform.search.analysis import Analysed, analysed

VERSION = 1
"""Of the tables; a file of an earlier version is made anew from the entries it holds."""
FIELDS = {to_camel(name): name for name in ACCESS}
"""The columns by the names that predicates have for them."""
OWN = frozenset({"id", "title", "text", "passage"})
"""Fields that are an entry's own, and no access."""
POSTING = np.dtype([("entry", "<u4"), ("mentions", "<u2"), ("length", "<u2")])
_TABLES = f"""
CREATE TABLE tenants (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE owners (
    tenant INTEGER NOT NULL, owner TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (tenant, owner)
) WITHOUT ROWID;
CREATE TABLE scopes (
    number INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, owner TEXT NOT NULL,
    entries INTEGER NOT NULL, length INTEGER NOT NULL, {", ".join(ACCESS)}
);
CREATE INDEX scopes_owner ON scopes (tenant, owner);
CREATE TABLE readers (reader TEXT NOT NULL, scope INTEGER NOT NULL, PRIMARY KEY (reader, scope)) WITHOUT ROWID;
CREATE TABLE contents (
    scope INTEGER PRIMARY KEY, access TEXT NOT NULL, digest BLOB NOT NULL, terms TEXT NOT NULL
);
CREATE TABLE entries (
    number INTEGER PRIMARY KEY, scope INTEGER NOT NULL, id TEXT NOT NULL,
    held BLOB NOT NULL, stems TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX entries_scope ON entries (scope);
CREATE TABLE vectors (number INTEGER PRIMARY KEY, vector BLOB NOT NULL);
CREATE TABLE terms (
    number INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, term TEXT NOT NULL, UNIQUE (tenant, term)
);
CREATE TABLE postings (
    term INTEGER NOT NULL, scope INTEGER NOT NULL, places BLOB NOT NULL, PRIMARY KEY (term, scope)
) WITHOUT ROWID;
PRAGMA user_version = {VERSION};
"""
_CLAIM = """
INSERT INTO owners (tenant, owner, version) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET version = excluded.version WHERE excluded.version >= version
"""
_SCOPES = """
SELECT digest, number FROM scopes JOIN contents ON contents.scope = scopes.number WHERE tenant = ? AND owner = ?
"""
_REVOKE = """
DELETE FROM readers WHERE scope = :scope
AND reader IN (SELECT value FROM contents, json_each(access, '$.readers') WHERE contents.scope = :scope)
"""
_FORGET = (
    """
    DELETE FROM postings WHERE scope = :scope
    AND term IN (SELECT value FROM contents, json_each(terms) WHERE contents.scope = :scope)
    """,
    _REVOKE,
    "DELETE FROM vectors WHERE number IN (SELECT number FROM entries WHERE scope = :scope)",
    "DELETE FROM entries WHERE scope = :scope",
    "DELETE FROM contents WHERE scope = :scope",
    "DELETE FROM scopes WHERE number = :scope",
)
_ADD_SCOPE = f"INSERT INTO scopes VALUES ({', '.join('?' * (5 + len(ACCESS)))})"  # noqa: S608 -- only question marks
_CHANGE_SCOPE = f"UPDATE scopes SET {', '.join(f'{name} = ?' for name in ACCESS)} WHERE number = ?"  # noqa: S608 -- the columns above
_ADD_ENTRY = "INSERT INTO entries (number, scope, id, held, stems, body) VALUES (?, ?, ?, ?, ?, ?)"
_ADD_TERMS = "INSERT INTO terms (tenant, term) SELECT ?, value FROM json_each(?) WHERE true ON CONFLICT DO NOTHING"
_TERMS = "SELECT term, number FROM terms WHERE tenant = ? AND term IN (SELECT value FROM json_each(?))"
_FIRST = """
SELECT tenants.name, owners.owner, owners.version, entries.body, texts.title, texts.text, vectors.vector
FROM owners JOIN tenants ON tenants.number = owners.tenant
LEFT JOIN entries USING (tenant, owner) LEFT JOIN texts USING (number) LEFT JOIN vectors USING (number)
ORDER BY owners.tenant, owners.owner, entries.number
"""
"""The entries of a file that FTS5 served, which had no version."""

_THERE = """
SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
ORDER BY sql LIKE 'CREATE VIRTUAL%' DESC, rowid DESC
"""
"""Tables in the order in which they can be dropped: virtual ones take theirs with them."""


class NewerIndex(Exception):
    """The file was written by a later version of the app."""

    def __init__(self, version: int) -> None:
        super().__init__(
            f"search.db has version {version}, and this app knows {VERSION}: start the later app that wrote it."
        )


def packed(vector: Sequence[float]) -> bytes:
    """A vector at length 1, as four bytes a number."""
    length = hypot(*vector) or 1.0
    return array("f", [each / length for each in vector]).tobytes()


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables, anew when they are of an earlier version; raises NewerIndex."""
    db.execute("BEGIN IMMEDIATE")
    with db:  # commits, or rolls back
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise NewerIndex(version)
        if version < VERSION:
            _make(db)


def _make(db: sqlite3.Connection) -> None:
    names = [name for (name,) in db.execute(_THERE)]
    kept = list(_kept(db)) if "texts" in names else []
    for name in names:
        db.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in _TABLES.split(";"):
        db.execute(statement)
    for (tenant, owner, version), entries in kept:
        replace(db, tenant, owner, [analysed(entry) for entry in entries], version)


def _kept(db: sqlite3.Connection) -> Iterator[tuple[tuple[str, str, int], list[Entry]]]:
    owned: dict[tuple[str, str, int], list[Entry]] = defaultdict(list)
    for tenant, owner, version, body, title, text, vector in db.execute(_FIRST):
        entries = owned[tenant, owner, version]
        if body is not None:
            numbers = list(array("f", vector)) if vector else None
            entries.append(
                Entry.model_validate({**orjson.loads(body), "title": title, "text": text, "vector": numbers})
            )
    yield from owned.items()


def replace(db: sqlite3.Connection, tenant: str, owner: str, entries: Sequence[Analysed], version: int) -> bool:
    """See `SearchIndex.replace`; within a transaction."""
    db.execute("INSERT INTO tenants (name) VALUES (?) ON CONFLICT DO NOTHING", (tenant,))
    number = tenant_number(db, tenant)
    if not db.execute(_CLAIM, (number, owner, version)).rowcount:
        return False
    scopes: dict[str, list[Analysed]] = defaultdict(list)
    for each in entries:
        scopes[each.entry.model_dump_json(by_alias=True, exclude=set(OWN))].append(each)
    there = dict(db.execute(_SCOPES, (number, owner)).fetchall())
    new = [(access, within, there.pop(_digest(within), None)) for access, within in scopes.items()]
    for scope in there.values():
        _forget(db, scope)
    for access, within, kept in new:
        if kept is None:
            _add(db, number, owner, access, within)
        else:
            _grant(db, kept, access, within[0].entry)
    return True


def _digest(entries: Sequence[Analysed]) -> bytes:
    """Of all that entries say: where it is the same, only who may see it can have changed."""
    told = sha256()
    for each in entries:
        told.update(each.entry.model_dump_json(include=set(OWN)).encode())
        told.update(packed(each.entry.vector or ()))
    return told.digest()


def _forget(db: sqlite3.Connection, scope: int) -> None:
    for statement in _FORGET:
        db.execute(statement, {"scope": scope})


def tenant_number(db: sqlite3.Connection, tenant: str) -> int | None:
    row = db.execute("SELECT number FROM tenants WHERE name = ?", (tenant,)).fetchone()
    return row[0] if row else None


def _add(db: sqlite3.Connection, tenant: int | None, owner: str, access: str, entries: Sequence[Analysed]) -> None:
    first = entries[0].entry
    length = sum(len(each.stems) for each in entries)
    columns = [getattr(first, name) for name in ACCESS]
    scope = db.execute(_ADD_SCOPE, (None, tenant, owner, len(entries), length, *columns)).lastrowid
    _let_read(db, scope, first)
    terms = _numbered(db, tenant, {stem for each in entries for stem in each.stems})
    contents = (scope, access, _digest(entries), orjson.dumps([*terms.values()]).decode())
    db.execute("INSERT INTO contents VALUES (?, ?, ?, ?)", contents)
    numbers = _add_entries(db, scope, entries, terms)
    _add_postings(db, scope, zip(numbers, entries, strict=True), terms)


def _grant(db: sqlite3.Connection, scope: int, access: str, entry: Entry) -> None:
    """Let other people see a scope."""
    db.execute(_REVOKE, {"scope": scope})
    db.execute(_CHANGE_SCOPE, (*(getattr(entry, name) for name in ACCESS), scope))
    db.execute("UPDATE contents SET access = ? WHERE scope = ?", (access, scope))
    _let_read(db, scope, entry)


def _let_read(db: sqlite3.Connection, scope: int | None, entry: Entry) -> None:
    readers = [(reader, scope) for reader in dict.fromkeys(entry.readers)]
    db.executemany("INSERT INTO readers VALUES (?, ?)", readers)


def _numbered(db: sqlite3.Connection, tenant: int | None, stems: Collection[str]) -> dict[str, int]:
    asked = (tenant, orjson.dumps(list(stems)).decode())
    db.execute(_ADD_TERMS, asked)
    return dict(db.execute(_TERMS, asked).fetchall())


def _add_entries(
    db: sqlite3.Connection, scope: int | None, entries: Sequence[Analysed], terms: Mapping[str, int]
) -> range:
    first = 1 + db.execute("SELECT ifnull(max(number), 0) FROM entries").fetchone()[0]
    numbers = range(first, first + len(entries))
    for number, each in zip(numbers, entries, strict=True):
        body = each.entry.model_dump_json(by_alias=True, include=set(OWN))
        db.execute(
            _ADD_ENTRY, (number, scope, each.entry.id, held.packed(each.stems, each.titled, terms), each.joined, body)
        )
        if each.entry.vector:
            db.execute("INSERT INTO vectors VALUES (?, ?)", (number, packed(each.entry.vector)))
    return numbers


def _add_postings(
    db: sqlite3.Connection, scope: int | None, entries: Iterable[tuple[int, Analysed]], terms: Mapping[str, int]
) -> None:
    postings: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for number, each in entries:
        length = min(len(each.stems), held.MOST)
        for stem, mentions in Counter(each.stems).items():
            postings[stem].append((number, min(mentions, held.MOST), length))
    rows = sorted((terms[stem], scope, np.array(places, POSTING).tobytes()) for stem, places in postings.items())
    db.executemany("INSERT INTO postings VALUES (?, ?, ?)", rows)
