"""The graph on a SQLite file of its own.

Each edge stands twice, under either end, in the order in which it is read, so that a node's first edges are the first
rows of an index however many it has.
"""

import asyncio
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from shared.clock import Clock
from shared.platform.graph import (
    MAX_KIN,
    MAX_NAMINGS,
    MAX_SAID,
    Edge,
    EdgeType,
    Evidence,
    Link,
    Links,
    Naming,
    Node,
    NodeType,
    Part,
    Provenance,
    Sight,
)
from shared.platform.graph.names import name_words
from shared.platform.store.sqlite_faults import Faults
from shared.platform.store.sqlite_reader import Readers
from shared.platform.store.sqlite_writer import Writer, connect
from shared.settings import Settings

_TABLES = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS provenances (
    tenant TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
    project TEXT NOT NULL DEFAULT '', artifact TEXT NOT NULL DEFAULT '', event TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS provenances_project ON provenances (tenant, project);
CREATE TABLE IF NOT EXISTS readers (
    tenant TEXT NOT NULL, provenance TEXT NOT NULL, reader TEXT NOT NULL, PRIMARY KEY (tenant, provenance, reader)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nodes (
    tenant TEXT NOT NULL, id TEXT NOT NULL, provenance TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL,
    family TEXT NOT NULL, given TEXT NOT NULL, properties TEXT NOT NULL, PRIMARY KEY (tenant, id, provenance)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS nodes_provenance ON nodes (tenant, provenance, id);
CREATE INDEX IF NOT EXISTS nodes_family ON nodes (tenant, family, id, provenance) WHERE family <> '';
CREATE TABLE IF NOT EXISTS edges (
    tenant TEXT NOT NULL, node TEXT NOT NULL, type TEXT NOT NULL, other TEXT NOT NULL, provenance TEXT NOT NULL,
    outward INTEGER NOT NULL, evidence TEXT NOT NULL, PRIMARY KEY (tenant, node, type, other, provenance, outward)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS edges_provenance ON edges (tenant, provenance);
CREATE TABLE IF NOT EXISTS words (
    tenant TEXT NOT NULL, word TEXT NOT NULL, node TEXT NOT NULL, provenance TEXT NOT NULL,
    PRIMARY KEY (tenant, word, node, provenance)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS words_provenance ON words (tenant, provenance, node, word)
"""
_CLAIM = """
INSERT INTO provenances VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET version = excluded.version, project = excluded.project, artifact = excluded.artifact,
event = excluded.event WHERE excluded.version >= version
"""
_FORGET = ("readers", "nodes", "edges", "words")
_NAMING = """
SELECT nodes.id, type, name, properties, family, given, provenance, project, artifact, event
FROM nodes CROSS JOIN provenances ON provenances.tenant = nodes.tenant AND provenances.id = nodes.provenance
WHERE nodes.tenant = :tenant AND {visible} AND nodes.id = :wanted
ORDER BY provenance LIMIT :each
"""
_KIN = """
SELECT DISTINCT id FROM nodes WHERE tenant = :tenant AND family <> '' AND family = :wanted AND {visible}
ORDER BY id LIMIT :each
"""
_SAID = """
SELECT nodes.id, type, name, properties, family, given, provenance, project, artifact, event
FROM provenances CROSS JOIN nodes ON nodes.tenant = provenances.tenant AND nodes.provenance = provenances.id
WHERE provenances.tenant = :tenant AND project = :project AND type IN ({types}) AND {visible}
ORDER BY provenances.id, nodes.id LIMIT :each
"""
_LINKS = """
SELECT node, type, other, outward, evidence, provenance, project, artifact, event
FROM edges CROSS JOIN provenances ON provenances.tenant = edges.tenant AND provenances.id = edges.provenance
WHERE edges.tenant = :tenant AND node = :node AND {visible}
AND EXISTS (SELECT 1 FROM nodes WHERE nodes.tenant = :tenant AND nodes.id = other AND {other_visible})
ORDER BY type, other, provenance, outward LIMIT :each
"""
_FOUND = """
SELECT words.node FROM words
CROSS JOIN nodes ON nodes.tenant = :tenant AND nodes.id = words.node AND nodes.provenance = words.provenance
WHERE words.tenant = :tenant AND words.word >= :w0 AND words.word < :w0 || char(0x10ffff) AND {visible} {also}
GROUP BY words.node ORDER BY min(length(name)), min(name), words.node LIMIT :each
"""
_ALSO = """AND EXISTS (
    SELECT 1 FROM words AS also WHERE also.tenant = :tenant AND also.provenance = words.provenance
    AND also.node = words.node AND also.word >= :w{n} AND also.word < :w{n} || char(0x10ffff)
)"""

Row = tuple[Any, ...]


async def open_graph(settings: Settings, clock: Clock) -> "SqliteGraph":  # noqa: ARG001 -- as every adapter is opened
    """Open `graph.db` in the data folder, made when missing."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    path = settings.data_dir / "graph.db"
    await asyncio.to_thread(_prepare, path)
    return SqliteGraph(path)


def _prepare(path: Path) -> None:
    with closing(connect(path)) as db:
        db.executescript(_TABLES)


class SqliteGraph:
    """See `Graph`."""

    def __init__(self, path: Path) -> None:
        faults = Faults()
        self._writer = Writer(path, faults)
        self._readers = Readers(path, faults)

    async def replace(self, tenant: str, part: Part, version: int) -> bool:
        return await self._writer.run(lambda db: _replace(db, tenant, part, version))

    async def remove(self, tenant: str, provenance: str, version: int) -> bool:
        return await self.replace(tenant, Part(Provenance(provenance), ()), version)

    async def named(self, sight: Sight, ids: Collection[str], each: int = MAX_NAMINGS) -> list[Naming]:
        rows = await self._readers.run(lambda db: _each(db, _NAMING, sight, ids, each))
        return [_naming(row) for row in rows]

    async def kin(self, sight: Sight, families: Collection[str], each: int = MAX_KIN) -> list[str]:
        rows = await self._readers.run(lambda db: _each(db, _KIN, sight, families, each))
        return [row[0] for row in rows]

    async def links(self, sight: Sight, ids: Collection[str], each: int) -> Links:
        return await self._readers.run(lambda db: _links(db, sight, ids, each))

    async def said_by(self, sight: Sight, project_id: str, types: Collection[NodeType]) -> list[Naming]:
        given = {**_eyes(sight), **_listed("t", types), "project": project_id, "each": MAX_SAID}
        sql = _SAID.format(visible=_visible(sight, "provenances.id"), types=_slots("t", types))
        rows = await self._readers.run(lambda db: db.execute(sql, given).fetchall())
        return [_naming(row) for row in rows]

    async def search(self, sight: Sight, words: Sequence[str], types: Collection[NodeType], limit: int) -> list[str]:
        if not words:
            return []
        longest = sorted(words, key=len, reverse=True)
        given = {**_eyes(sight), **_listed("w", longest), **_listed("t", types), "each": limit}
        also = " ".join(_ALSO.format(n=n) for n in range(1, len(longest)))
        also += f" AND type IN ({_slots('t', types)})" if types else ""
        sql = _FOUND.format(visible=_visible(sight, "words.provenance"), also=also)
        rows = await self._readers.run(lambda db: db.execute(sql, given).fetchall())
        return [row[0] for row in rows]

    async def ping(self) -> None:
        await self._readers.run(lambda db: db.execute("SELECT 1 FROM provenances LIMIT 1").fetchall())

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.close()
        self._readers.close()


def _replace(db: sqlite3.Connection, tenant: str, part: Part, version: int) -> bool:
    by = part.provenance
    claimed = (tenant, by.id, version, by.project_id, by.artifact_id, by.event_id)
    if not db.execute(_CLAIM, claimed).rowcount:
        return False
    for table in _FORGET:
        db.execute(f"DELETE FROM {table} WHERE tenant = ? AND provenance = ?", (tenant, by.id))
    _put(db, "readers", ((tenant, by.id, reader) for reader in part.readers))
    _put(db, "nodes", ((tenant, node.id, by.id, *_columns(node)) for node in part.nodes))
    _put(db, "words", ((tenant, word, node.id, by.id) for node in part.nodes for word in name_words(node.name)))
    _put(db, "edges", ((tenant, *end) for edge in part.edges for end in _ends(edge, by.id)))
    return True


def _put(db: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    ordered = sorted(set(rows))
    if ordered:
        slots = ", ".join("?" * len(ordered[0]))
        db.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({slots})", ordered)


def _columns(node: Node) -> Row:
    properties = orjson.dumps(dict(node.properties), option=orjson.OPT_SORT_KEYS).decode()
    return node.type, node.name, node.family, " ".join(node.given), properties


def _ends(edge: Edge, provenance: str) -> Iterator[Row]:
    evidence = orjson.dumps([(one.statement_id, one.n) for one in edge.evidence]).decode()
    yield edge.source, edge.type, edge.target, provenance, 1, evidence
    yield edge.target, edge.type, edge.source, provenance, 0, evidence


def _eyes(sight: Sight) -> dict[str, Any]:
    return {"tenant": sight.tenant, **_listed("n", sight.names)}


def _listed(letter: str, values: Iterable[str]) -> dict[str, str]:
    return {f"{letter}{at}": value for at, value in enumerate(values)}


def _slots(letter: str, values: Collection[str]) -> str:
    return ", ".join(f":{letter}{at}" for at in range(len(values)))


def _visible(sight: Sight, provenance: str) -> str:
    return f"""EXISTS (
        SELECT 1 FROM readers WHERE readers.tenant = :tenant AND readers.provenance = {provenance}
        AND reader IN ({_slots("n", sight.names)})
    )"""


def _each(db: sqlite3.Connection, sql: str, sight: Sight, wanted: Collection[str], each: int) -> list[Row]:
    sql = sql.format(visible=_visible(sight, "nodes.provenance"))
    given = {**_eyes(sight), "each": each}
    return [row for one in sorted(set(wanted)) for row in db.execute(sql, {**given, "wanted": one})]


def _naming(row: Row) -> Naming:
    node_id, kind, name, properties, family, given, provenance, project, artifact, event = row
    read = orjson.loads(properties) if properties != "{}" else {}
    told = {key: tuple(value) if isinstance(value, list) else value for key, value in read.items()}
    node = Node(node_id, NodeType(kind), name, told, family, tuple(given.split()))
    return Naming(node, Provenance(provenance, project, artifact, event))


def _links(db: sqlite3.Connection, sight: Sight, ids: Collection[str], each: int) -> Links:
    visible, other = _visible(sight, "edges.provenance"), _visible(sight, "nodes.provenance")
    sql = _LINKS.format(visible=visible, other_visible=other)
    given = {**_eyes(sight), "each": each + 1}
    found = [db.execute(sql, {**given, "node": one}).fetchall() for one in sorted(set(ids))]
    links = dict.fromkeys(_link(row) for rows in found for row in rows[:each])
    return Links(tuple(links), any(len(rows) > each for rows in found))


def _link(row: Row) -> Link:
    node, kind, other, outward, evidence, provenance, project, artifact, event = row
    source, target = (node, other) if outward else (other, node)
    told = tuple(Evidence(*one) for one in orjson.loads(evidence))
    return Link(Edge(source, target, EdgeType(kind), told), Provenance(provenance, project, artifact, event))
