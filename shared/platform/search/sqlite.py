"""Search on a SQLite file of its own, read by several threads at once.

A search reads the postings of its terms within the scopes that its predicate lets through, all in few rows: between
rows Python's lock changes hands. numpy scores them; what SQLite and numpy do, threads do side by side.
"""

import asyncio
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial, reduce
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

from shared.clock import Clock
from shared.platform.search import MAX_CANDIDATES, Candidate, Entry, Found, Query, Statistics, taking_turns
from shared.platform.search.analysis import analysed, phrased
from shared.platform.search.bm25 import idf, saturated
from shared.platform.search.held import Floats
from shared.platform.search.sqlite_index import FIELDS, POSTING, packed, prepare, replace, tenant_number
from shared.platform.store.predicates import ALL, Predicate
from shared.platform.store.sqlite_sql import Columns, Statement, condition
from shared.platform.store.sqlite_writer import Writer, connect
from shared.settings import Settings

Postings = npt.NDArray[np.void]

NOTHING = Found((), Statistics(0, 0, {}))
THREADS = 4
CACHE_KIB = 16_000
"""Of each thread: the entries of an answer lie all over the file, and most are asked for again."""
MAX_EXPANSIONS = 64
"""Stems that a prefix may stand for: the first that the caller may see."""
MOST_COMPARED = 5_000
"""Visible entries whose vectors are compared, the newest first."""
_PLACE = Columns(FIELDS, {"public"}, {"readers": ("readers", "reader", "scope")}, "number")
_POSTINGS = """
WITH visible AS MATERIALIZED (SELECT number, entries, length FROM scopes WHERE tenant = ? AND ({access})), wanted AS (
    SELECT value AS word, number AS term FROM json_each(?) CROSS JOIN terms ON tenant = ? AND terms.term = value
    UNION ALL SELECT asked.value || '*', terms.number FROM json_each(?) AS asked CROSS JOIN terms ON terms.number IN (
        SELECT number FROM terms
        WHERE tenant = ? AND term >= asked.value AND term < asked.value || char(0x10ffff) AND EXISTS (
            SELECT 1 FROM postings WHERE postings.term = terms.number AND +scope IN (SELECT number FROM visible)
        )
        ORDER BY term LIMIT ?
    )
)
SELECT NULL, ifnull(sum(entries), 0), ifnull(sum(length), 0) FROM visible
UNION ALL SELECT word, term, (
    SELECT CAST(group_concat(places, '') AS BLOB) FROM postings
    WHERE postings.term = wanted.term AND +scope IN (SELECT number FROM visible)
) FROM wanted
"""
_NEAREST = """
WITH visible AS MATERIALIZED (SELECT number FROM scopes WHERE tenant = ? AND ({access})), compared AS (
    SELECT vectors.number, vector FROM vectors CROSS JOIN entries USING (number)
    WHERE scope IN (SELECT number FROM visible) AND ({wanted})
    ORDER BY vectors.number DESC LIMIT ?
)
SELECT json_group_array(number) FROM (
    SELECT number FROM (SELECT number, nearness(vector, ?) AS near FROM compared)
    WHERE near IS NOT NULL ORDER BY near DESC, number LIMIT ?
)
"""
_SHOWN = """
SELECT json_group_array(json_array(number, id, scope, length(held))), CAST(group_concat(held, '') AS BLOB),
    group_concat(body, char(30))
FROM entries WHERE number IN (SELECT value FROM json_each(?))
"""
_PHRASED = """
SELECT json_group_array(number) FROM entries WHERE number IN (SELECT value FROM json_each(?)) AND instr(stems, ?)
"""
_ACCESS = """
SELECT json_group_object(scope, access) FROM contents
WHERE scope IN (SELECT scope FROM entries WHERE number IN (SELECT value FROM json_each(?)))
"""
_NEARNESS = """
SELECT json_group_object(number, nearness(vector, ?)) FROM vectors WHERE number IN (SELECT value FROM json_each(?))
"""


async def open_search(settings: Settings, clock: Clock) -> "SqliteSearch":  # noqa: ARG001 -- as every adapter is opened
    """Open `search.db` in the data folder, made when missing; raises NewerIndex."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    path = settings.data_dir / "search.db"
    await asyncio.to_thread(_prepare, path)
    return SqliteSearch(path)


def _prepare(path: Path) -> None:
    db = connect(path)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        prepare(db)
    finally:
        db.close()


class SqliteSearch:
    """See `SearchIndex`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = Writer(path)
        self._threads = ThreadPoolExecutor(THREADS, "search-reader")
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []

    async def replace(self, tenant: str, owner: str, entries: Sequence[Entry], version: int) -> bool:
        added = await asyncio.to_thread(lambda: [analysed(entry) for entry in entries])
        return await self._writer.run(lambda db: replace(db, tenant, owner, added, version))

    async def remove(self, tenant: str, owner: str, version: int) -> bool:
        return await self._writer.run(lambda db: replace(db, tenant, owner, (), version))

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
        near = packed(vector) if vector else None
        find = partial(self._find, tenant, query, where, min(limit, MAX_CANDIDATES), near)
        return await asyncio.get_running_loop().run_in_executor(self._threads, find)

    async def ping(self) -> None:
        await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: self._reader().execute("SELECT 1 FROM entries LIMIT 1").fetchall()
        )

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.close()
        self._threads.shutdown()
        for reader in self._readers:
            reader.close()

    def _reader(self) -> sqlite3.Connection:
        reader: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = connect(self._path)
            reader.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            reader.create_function("nearness", 2, _nearness, deterministic=True)
            self._readers.append(reader)
        return reader

    def _find(self, tenant: str, query: Query, where: Predicate, limit: int, vector: bytes | None) -> Found:
        """All on one snapshot."""
        db = self._reader()
        db.execute("BEGIN")
        try:
            return _find(db, tenant_number(db, tenant), query, where, limit, vector)
        finally:
            db.execute("COMMIT")


def _find(
    db: sqlite3.Connection, tenant: int | None, query: Query, where: Predicate, limit: int, vector: bytes | None
) -> Found:
    access = condition(where, _PLACE)
    seen = _seen(db, tenant, query, access)
    scores = _scores(query, seen)
    for phrase in query.phrases:
        scores = _phrased(db, phrase, seen, scores)
    best = _top(scores, limit)
    if vector:
        best = taking_turns(best, _nearest(db, tenant, query, access, vector), limit)
    numbers = orjson.dumps(best).decode()
    near = _near(db, best, numbers, vector) if vector else ()
    return Found(_shown(db, best, numbers), seen.statistics, seen.terms, near)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the caller may see of the query's terms."""

    statistics: Statistics
    terms: Mapping[str, Sequence[int]]
    postings: Mapping[str, Postings]


def _seen(db: sqlite3.Connection, tenant: int | None, query: Query, access: Statement) -> _Seen:
    words = orjson.dumps(list(query.terms.keys() | query.excluded)).decode()
    asked = (words, tenant, orjson.dumps(query.prefixes).decode(), tenant, MAX_EXPANSIONS)
    rows = db.execute(_POSTINGS.format(access=access.sql), (tenant, *access.parameters, *asked)).fetchall()
    (_, entries, length), *held = rows
    terms: dict[str, list[int]] = defaultdict(list)
    packs: dict[str, list[bytes]] = defaultdict(list)
    for word, term, places in held:
        terms[word].append(term)
        packs[word].append(places or b"")
    postings = {word: _joined(pack) for word, pack in packs.items()}
    frequencies = {word: len(postings[word]) for word in query.asked if len(postings.get(word, _NONE))}
    return _Seen(Statistics(entries, length / max(entries, 1), frequencies), terms, postings)


def _joined(packs: Sequence[bytes]) -> Postings:
    """The postings of one term, or of all terms that a prefix stands for as if they were one."""
    postings = np.frombuffer(b"".join(packs), POSTING)
    if len(packs) == 1:
        return postings
    _, first, place = np.unique(postings["entry"], return_index=True, return_inverse=True)
    joined = postings[first].copy()
    joined["mentions"] = np.minimum(np.bincount(place, postings["mentions"]), np.iinfo(np.uint16).max)
    return joined


def _scores(query: Query, seen: _Seen) -> Floats:
    """By BM25, of each entry by its number; 0 for those that hold nothing of the query, or what is excluded."""
    scores = np.zeros(1 + max((int(each["entry"].max()) for each in seen.postings.values() if len(each)), default=0))
    for word, times in query.asked.items():
        held = seen.postings.get(word, _NONE)
        weight = times * idf(seen.statistics.entries, len(held))
        mentions, length = held["mentions"].astype(float), held["length"].astype(float)
        scores[held["entry"]] += weight * saturated(mentions, length, seen.statistics.average_length)
    for word in query.excluded:
        scores[seen.postings.get(word, _NONE)["entry"]] = 0
    return scores


def _phrased(db: sqlite3.Connection, phrase: Sequence[str], seen: _Seen, scores: Floats) -> Floats:
    """The scores of those that hold the phrase as it stands, the others' 0."""
    entries = [seen.postings.get(stem, _NONE)["entry"] for stem in phrase]
    numbers = orjson.dumps(reduce(np.intersect1d, entries).tolist()).decode()
    holding = orjson.loads(db.execute(_PHRASED, (numbers, phrased(phrase))).fetchone()[0])
    kept = np.zeros_like(scores)
    kept[holding] = scores[holding]
    return kept


_NONE = np.zeros(0, POSTING)


def _top(scores: Floats, limit: int) -> list[int]:
    """Where the highest scores above 0 stand, highest first, equal ones in order."""
    places = np.flatnonzero(scores)
    if len(places) > limit > 0:
        places = places[scores[places] >= np.partition(scores[places], -limit)[-limit]]
    chosen: list[int] = places[np.argsort(-scores[places], kind="stable")][:limit].tolist()
    return chosen


def _nearest(db: sqlite3.Connection, tenant: int | None, query: Query, access: Statement, vector: bytes) -> list[int]:
    """Numbers of the entries with the nearest vectors that hold every phrase and nothing excluded."""
    required = [phrased(phrase) for phrase in query.phrases]
    excluded = [phrased([stem]) for stem in query.excluded]
    wanted = ["instr(stems, ?)"] * len(required) + ["NOT instr(stems, ?)"] * len(excluded)
    sql = _NEAREST.format(access=access.sql, wanted=" AND ".join(wanted) or "1")
    limits = (MOST_COMPARED, vector, MAX_CANDIDATES)
    row = db.execute(sql, (tenant, *access.parameters, *required, *excluded, *limits)).fetchone()
    found: list[int] = orjson.loads(row[0])
    return found


def _near(db: sqlite3.Connection, best: Sequence[int], numbers: str, vector: bytes) -> tuple[float | None, ...]:
    known = orjson.loads(db.execute(_NEARNESS, (vector, numbers)).fetchone()[0])
    return tuple(known.get(str(number)) for number in best)


def _nearness(one: bytes, other: bytes) -> float | None:
    """The cosine; None for vectors that cannot be compared."""
    if len(one) != len(other):
        return None
    return float(np.frombuffer(one, np.float32) @ np.frombuffer(other, np.float32))


def _shown(db: sqlite3.Connection, best: Sequence[int], numbers: str) -> tuple[Candidate, ...]:
    """The entries in this order."""
    rows, held, joined = db.execute(_SHOWN, (numbers,)).fetchone()
    access = orjson.loads(db.execute(_ACCESS, (numbers,)).fetchone()[0])
    bodies = (joined or "").split("\x1e")
    found, end = {}, 0
    for (number, name, scope, length), body in zip(orjson.loads(rows), bodies, strict=False):
        start, end = end, end + length
        found[number] = Candidate(name, held[start:end], partial(_entry, access[str(scope)], body))
    return tuple(found[number] for number in best)


def _entry(access: str, body: str) -> Entry:
    return Entry.model_validate({**orjson.loads(access), **orjson.loads(body)})
