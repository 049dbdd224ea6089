"""Search on a SQLite file of its own: FTS5 holds the stems, each behind its tenant's number.

A query touches its tenant's postings only, and scores them by BM25 within the access predicate; FTS5's own `bm25()`
would count everybody's texts. Vectors are compared one by one: what one machine keeps is not many.
"""

import asyncio
import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from math import hypot
from operator import mul

import orjson

from shared.clock import Clock
from shared.platform.search import MAX_CANDIDATES, Entry, Found, Query, Statistics, taking_turns
from shared.platform.search.bm25 import K1, B, idf
from shared.platform.search.words import stems
from shared.platform.store.predicates import ALL, Predicate
from shared.platform.store.sqlite_sql import Statement, condition
from shared.platform.store.sqlite_writer import Writer, connect
from shared.settings import Settings

NOTHING = Found((), Statistics(0, 0, {}))
MAX_EXPANSIONS = 64
"""Stems that a prefix may stand for."""
MOST_COMPARED = 5_000
"""Visible entries whose vectors are compared, the newest first; about 0.06 ms each."""
_SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS tenants (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS owners (
    tenant INTEGER NOT NULL, owner TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (tenant, owner)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (
    number INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, owner TEXT NOT NULL,
    length INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_owner ON entries (tenant, owner);
CREATE TABLE IF NOT EXISTS texts (
    number INTEGER PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, terms TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS vectors (number INTEGER PRIMARY KEY, vector BLOB NOT NULL);
CREATE VIRTUAL TABLE IF NOT EXISTS words
    USING fts5(terms, content = 'texts', content_rowid = 'number', tokenize = "ascii tokenchars '_'");
CREATE VIRTUAL TABLE IF NOT EXISTS places USING fts5vocab(words, instance);
CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab(words, row);
"""
_CLAIM = """
INSERT INTO owners (tenant, owner, version) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET version = excluded.version WHERE excluded.version >= version
"""
_FORGET = (
    """
    INSERT INTO words (words, rowid, terms)
    SELECT 'delete', number, terms FROM texts
    WHERE number IN (SELECT number FROM entries WHERE tenant = ? AND owner = ?)
    """,
    "DELETE FROM vectors WHERE number IN (SELECT number FROM entries WHERE tenant = ? AND owner = ?)",
    "DELETE FROM texts WHERE number IN (SELECT number FROM entries WHERE tenant = ? AND owner = ?)",
    "DELETE FROM entries WHERE tenant = ? AND owner = ?",
)
_ADD = "INSERT INTO entries (tenant, owner, length, body) VALUES (?, ?, ?, ?)"
_ADD_TEXT = "INSERT INTO texts (number, title, text, terms) VALUES (?, ?, ?, ?)"
_CANDIDATES = """
WITH wanted (term, word, times) AS (VALUES {wanted}),
visible AS MATERIALIZED (SELECT number, length FROM entries WHERE tenant = ? AND ({access})),
totals AS MATERIALIZED (SELECT count(*) AS entries, max(avg(length), 1) AS average FROM visible),
hits AS MATERIALIZED (
    SELECT word, times, number, count(*) AS mentions, length
    FROM wanted CROSS JOIN places ON places.term = wanted.term CROSS JOIN entries ON number = places.doc
    WHERE places.doc IN (SELECT number FROM visible) GROUP BY word, number
),
weights AS MATERIALIZED (
    SELECT word, count(*) AS frequency, idf((SELECT entries FROM totals), count(*)) AS weight FROM hits GROUP BY word
),
scores AS (
    SELECT number, sum(times * weight * mentions / (mentions + ? + ? * length / average)) AS score
    FROM hits JOIN weights USING (word) CROSS JOIN totals
    WHERE number NOT IN (SELECT doc FROM places WHERE term IN ({excluded}))
    GROUP BY number HAVING sum(word IN ({required})) = ?
    ORDER BY score DESC, number LIMIT ?
)
SELECT number, entries, average, (SELECT json_group_object(word, frequency) FROM weights)
FROM scores CROSS JOIN totals ORDER BY score DESC, number
"""
_NEAREST = """
WITH compared AS (
    SELECT number, vector FROM entries CROSS JOIN vectors USING (number) WHERE tenant = ? AND ({access})
    AND number NOT IN (SELECT doc FROM places WHERE term IN ({excluded}))
    AND (SELECT count(DISTINCT term) FROM places WHERE doc = number AND term IN ({required})) = ?
    ORDER BY number DESC LIMIT ?
)
SELECT number FROM (SELECT number, nearness(vector, ?) AS near FROM compared)
WHERE near IS NOT NULL ORDER BY near DESC, number LIMIT ?
"""
_SHOWN = """
SELECT number, body, title, text, nearness(vector, ?)
FROM entries JOIN texts USING (number) LEFT JOIN vectors USING (number) WHERE number IN ({numbers})
"""


async def open_search(settings: Settings, clock: Clock) -> "SqliteSearch":  # noqa: ARG001 -- as every adapter is opened
    """Open `search.db` in the data folder, made when missing."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    path = settings.data_dir / "search.db"
    reader = await asyncio.to_thread(connect, path)
    await asyncio.to_thread(reader.executescript, _SCHEMA)
    reader.create_function("idf", 2, idf, deterministic=True)
    reader.create_function("nearness", 2, _nearness, deterministic=True)
    return SqliteSearch(reader, Writer(path))


class SqliteSearch:
    """See `SearchIndex`."""

    def __init__(self, reader: sqlite3.Connection, writer: Writer) -> None:
        self._reader = reader
        self._reading = asyncio.Lock()
        self._writer = writer

    async def replace(self, tenant: str, owner: str, entries: Sequence[Entry], version: int) -> bool:
        analysed = await asyncio.to_thread(lambda: [stems(f"{entry.title}\n{entry.text}") for entry in entries])
        added = list(zip(entries, analysed, strict=True))
        return await self._writer.run(lambda db: _replace(db, tenant, owner, added, version))

    async def remove(self, tenant: str, owner: str, version: int) -> bool:
        return await self._writer.run(lambda db: _replace(db, tenant, owner, (), version))

    async def candidates(
        self,
        tenant: str,
        query: Query,
        where: Predicate = ALL,
        limit: int = MAX_CANDIDATES,
        vector: Sequence[float] | None = None,
    ) -> Found:
        if query.empty:
            return NOTHING
        packed = _packed(vector) if vector else None
        most = min(limit, MAX_CANDIDATES)
        async with self._reading:
            return await asyncio.to_thread(_find, self._reader, tenant, query, where, most, packed)

    async def ping(self) -> None:
        async with self._reading:
            await asyncio.to_thread(self._reader.execute, "SELECT 1 FROM entries LIMIT 1")

    async def close(self) -> None:
        await asyncio.to_thread(self._writer.close)
        async with self._reading:
            self._reader.close()


def _replace(
    db: sqlite3.Connection, tenant: str, owner: str, added: Sequence[tuple[Entry, list[str]]], version: int
) -> bool:
    db.execute("INSERT INTO tenants (name) VALUES (?) ON CONFLICT DO NOTHING", (tenant,))
    number = _number(db, tenant)
    if not db.execute(_CLAIM, (number, owner, version)).rowcount:
        return False
    for statement in _FORGET:
        db.execute(statement, (number, owner))
    for entry, found in added:
        body = entry.model_dump_json(by_alias=True, exclude={"title", "text"})
        at = db.execute(_ADD, (number, owner, len(found), body)).lastrowid
        terms = " ".join(f"{number}_{stem}" for stem in found)
        db.execute(_ADD_TEXT, (at, entry.title, entry.text, terms))
        db.execute("INSERT INTO words (rowid, terms) VALUES (?, ?)", (at, terms))
        if entry.vector:
            db.execute("INSERT INTO vectors (number, vector) VALUES (?, ?)", (at, _packed(entry.vector)))
    return True


def _number(db: sqlite3.Connection, tenant: str) -> int | None:
    row = db.execute("SELECT number FROM tenants WHERE name = ?", (tenant,)).fetchone()
    return row[0] if row else None


def _find(
    db: sqlite3.Connection, tenant: str, query: Query, where: Predicate, limit: int, vector: bytes | None
) -> Found:
    number, access = _number(db, tenant), condition(where)
    wanted = list(_wanted(db, number, query))
    statement = _statement(number, query, wanted, access, limit)
    rows = db.execute(statement.sql, statement.parameters).fetchall() if wanted else []
    best = [row[0] for row in rows]
    if vector:
        nearest = _nearest(number, query, access, vector)
        best = taking_turns(best, [at for (at,) in db.execute(nearest.sql, nearest.parameters)], limit)
    count, average, frequencies = rows[0][1:] if rows else (0, 0, b"{}")
    shown = _shown(db, best, vector)
    return Found(
        tuple(entry for entry, _ in shown),
        Statistics(count, average, orjson.loads(frequencies)),
        tuple(near for _, near in shown) if vector else (),
    )


def _shown(db: sqlite3.Connection, numbers: Sequence[int], vector: bytes | None) -> list[tuple[Entry, float | None]]:
    """The entries in this order, each with how near it is."""
    sql = _SHOWN.format(numbers=", ".join("?" * len(numbers)))
    found = {
        number: (Entry.model_validate({**orjson.loads(body), "title": title, "text": text}), near)
        for number, body, title, text, near in db.execute(sql, (vector, *numbers))
    }
    return [found[number] for number in numbers]


def _nearest(number: int | None, query: Query, access: Statement, vector: bytes) -> Statement:
    excluded = [f"{number}_{stem}" for stem in query.excluded]
    required = [f"{number}_{stem}" for stem in query.required]
    sql = _NEAREST.format(
        access=access.sql, excluded=", ".join("?" * len(excluded)), required=", ".join("?" * len(required))
    )
    last = (len(required), MOST_COMPARED, vector, MAX_CANDIDATES)
    return Statement(sql, (number, *access.parameters, *excluded, *required, *last))


def _packed(vector: Sequence[float]) -> bytes:
    """A vector at length 1, as four bytes a number."""
    length = hypot(*vector) or 1.0
    return array("f", [each / length for each in vector]).tobytes()


def _nearness(one: bytes | None, other: bytes | None) -> float | None:
    """The cosine; None for vectors that cannot be compared."""
    if one is None or other is None or len(one) != len(other):
        return None
    return float(sum(map(mul, array("f", one), array("f", other))))


def _wanted(db: sqlite3.Connection, number: int | None, query: Query) -> Iterator[tuple[str, str, int]]:
    """Terms of the index with the query's word that each answers, and how often that was asked."""
    for stem, times in query.terms.items():
        yield f"{number}_{stem}", stem, times
    for prefix in query.prefixes:
        span = (f"{number}_{prefix}", f"{number}_{prefix}\U0010ffff", MAX_EXPANSIONS)
        for (term,) in db.execute("SELECT term FROM vocabulary WHERE term >= ? AND term < ? LIMIT ?", span):
            yield term, f"{prefix}*", 1


def _statement(
    number: int | None, query: Query, wanted: Sequence[tuple[str, str, int]], access: Statement, limit: int
) -> Statement:
    excluded = [f"{number}_{stem}" for stem in query.excluded]
    required = sorted(query.required)
    sql = _CANDIDATES.format(
        wanted=", ".join(["(?, ?, ?)"] * len(wanted)),
        access=access.sql,
        excluded=", ".join("?" * len(excluded)),
        required=", ".join("?" * len(required)),
    )
    flat = [value for row in wanted for value in row]
    norm = (K1 * (1 - B), K1 * B)
    return Statement(sql, (*flat, number, *access.parameters, *norm, *excluded, *required, len(required), limit))
