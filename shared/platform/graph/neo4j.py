"""The graph on Neo4j, with nothing that its Community Edition lacks.

A node carries its tenant and its id; what a provenance calls it stands on a relationship from the provenance, and every
relationship carries its readers, so that access is part of the pattern that is matched. A node that nobody names any
more stays, empty: it tells nothing, and need not be made again.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from shared.clock import Clock
from shared.platform.graph import (
    MAX_KIN,
    MAX_NAMINGS,
    MAX_SAID,
    Busy,
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
    Unavailable,
)
from shared.platform.graph.names import name_words
from shared.settings import Settings

if TYPE_CHECKING:
    from neo4j import AsyncDriver, AsyncManagedTransaction

T = TypeVar("T")
Row = Mapping[str, Any]

READ_SECONDS = 10.0
WRITE_SECONDS = 30.0
BATCH = 1000
"""Rows of one UNWIND."""
_EDGES = "|".join(EdgeType)
_SCHEMA = {
    "tenant_id": "CREATE CONSTRAINT tenant_id IF NOT EXISTS FOR (t:Tenant) REQUIRE t.tenantId IS UNIQUE",
    "node_id": "CREATE CONSTRAINT node_id IF NOT EXISTS FOR (n:Node) REQUIRE (n.tenantId, n.id) IS UNIQUE",
    "provenance_id": """
        CREATE CONSTRAINT provenance_id IF NOT EXISTS FOR (p:Provenance) REQUIRE (p.tenantId, p.id) IS UNIQUE
    """,
    "provenance_project": """
        CREATE INDEX provenance_project IF NOT EXISTS FOR (p:Provenance) ON (p.tenantId, p.projectId)
    """,
    "names_family": "CREATE INDEX names_family IF NOT EXISTS FOR ()-[m:NAMES]-() ON (m.tenantId, m.family)",
    "names_words": """
        CREATE FULLTEXT INDEX names_words IF NOT EXISTS FOR ()-[m:NAMES]-() ON EACH [m.words, m.tenantId]
        OPTIONS {indexConfig: {`fulltext.analyzer`: 'whitespace'}}
    """,
} | {
    f"{kind.lower()}_provenance": f"""
        CREATE INDEX {kind.lower()}_provenance IF NOT EXISTS FOR ()-[r:{kind}]-() ON (r.tenantId, r.provenance)
    """
    for kind in EdgeType
}
_PRESENT = "SHOW INDEXES YIELD name, state WHERE state = 'ONLINE' RETURN name"
_AWAIT = "CALL db.awaitIndexes(60)"
_MADE_MEANWHILE = "EquivalentSchemaRuleAlreadyExists"
"""What is said to the slower of two who make the same index."""
_TURN = "MERGE (t:Tenant {tenantId: $tenant}) SET t.turn = $id"
"""Parts of a tenant are written one after another: they share nodes, and would wait for each other in circles."""
_CLAIM = """
MERGE (p:Provenance {tenantId: $tenant, id: $id}) ON CREATE SET p.version = $version
WITH p, coalesce(p.edgeTypes, []) AS types WHERE p.version <= $version
SET p.version = $version, p.projectId = $projectId, p.artifactId = $artifactId, p.eventId = $eventId,
    p.readers = $readers, p.edgeTypes = $types
RETURN types
"""
_FORGET_NAMES = "MATCH (:Provenance {tenantId: $tenant, id: $id})-[m:NAMES]->() DELETE m"
_FORGET_EDGES = "MATCH ()-[r:%s {tenantId: $tenant, provenance: $id}]->() DELETE r"
_NAME = """
MATCH (p:Provenance {tenantId: $tenant, id: $id})
UNWIND $rows AS row
MERGE (n:Node {tenantId: $tenant, id: row.id})
CREATE (p)-[m:NAMES]->(n) SET m = row.told
"""
_LABEL = "UNWIND $ids AS id MATCH (n:Node {tenantId: $tenant, id: id}) SET n:%s"
_DRAW = """
UNWIND $rows AS row
MERGE (a:Node {tenantId: $tenant, id: row.source})
MERGE (b:Node {tenantId: $tenant, id: row.target})
MERGE (a)-[r:%s {tenantId: $tenant, provenance: $id}]->(b) SET r = row.told
"""
_NAMED = """
UNWIND $ids AS id
CALL (id) {
    MATCH (:Node {tenantId: $tenant, id: id})<-[m:NAMES]-()
    WHERE any(reader IN m.readers WHERE reader IN $names)
    RETURN m ORDER BY m.provenance LIMIT $each
}
RETURN id, properties(m) AS told
"""
_KIN = """
UNWIND $families AS family
CALL (family) {
    MATCH ()-[m:NAMES]->(n:Node) WHERE m.tenantId = $tenant AND m.family = family
    AND any(reader IN m.readers WHERE reader IN $names)
    RETURN DISTINCT n.id AS id ORDER BY id LIMIT $each
}
RETURN id
"""
_LINKS = f"""
UNWIND $ids AS id
CALL (id) {{
    MATCH (a:Node {{tenantId: $tenant, id: id}})-[r:{_EDGES}]-(b:Node)
    WHERE any(reader IN r.readers WHERE reader IN $names)
    AND EXISTS {{ (b)<-[m:NAMES]-() WHERE any(reader IN m.readers WHERE reader IN $names) }}
    RETURN type(r) AS type, b.id AS other, startNode(r) = a AS outward, properties(r) AS told
    ORDER BY type, other, told.provenance, outward LIMIT $each
}}
RETURN id, type, other, outward, told
"""
_SAID = """
MATCH (p:Provenance {tenantId: $tenant, projectId: $project})-[m:NAMES]->(n:Node)
WHERE m.type IN $types AND any(reader IN m.readers WHERE reader IN $names)
RETURN n.id AS id, properties(m) AS told ORDER BY m.provenance, id LIMIT $each
"""
_FOUND = """
CALL db.index.fulltext.queryRelationships('names_words', $asked) YIELD relationship AS m
WHERE m.tenantId = $tenant AND any(reader IN m.readers WHERE reader IN $names)
AND (size($types) = 0 OR m.type IN $types)
WITH endNode(m).id AS id, min(size(m.name)) AS length, min(m.name) AS name
RETURN id ORDER BY length, name, id LIMIT $each
"""


async def open_graph(settings: Settings, clock: Clock) -> "Neo4jGraph":  # noqa: ARG001 -- as every adapter is opened
    """Connect, and make the constraints and indexes that are missing; raises Busy or Unavailable."""
    from neo4j import AsyncGraphDatabase

    password = settings.neo4j_password.get_secret_value()
    driver = AsyncGraphDatabase.driver(
        settings.neo4j_uri,
        auth=(settings.neo4j_user, password) if password else None,
        connection_timeout=5,
        connection_acquisition_timeout=READ_SECONDS,
        max_transaction_retry_time=READ_SECONDS,
        notifications_min_severity="OFF",
        user_agent="event-hub",
    )
    graph = Neo4jGraph(driver)
    try:
        await graph.prepare()
    except BaseException:
        await driver.close()
        raise
    return graph


class Neo4jGraph:
    """See `Graph`."""

    def __init__(self, driver: "AsyncDriver") -> None:
        self._driver = driver

    async def prepare(self) -> None:
        """Make what is missing of the schema, and wait until it serves."""
        await self.ping()
        present = {row["name"] for row in await self._write(lambda transaction: _run(transaction, _PRESENT))}
        missing = [statement for name, statement in _SCHEMA.items() if name not in present]
        for statement in [*missing, _AWAIT] if missing else []:
            await self._make(statement)

    async def replace(self, tenant: str, part: Part, version: int) -> bool:
        return await self._write(lambda transaction: _replace(transaction, tenant, part, version))

    async def remove(self, tenant: str, provenance: str, version: int) -> bool:
        return await self.replace(tenant, Part(Provenance(provenance), ()), version)

    async def named(self, sight: Sight, ids: Collection[str], each: int = MAX_NAMINGS) -> list[Naming]:
        return [_naming(row) for row in await self._read(_NAMED, sight, ids=sorted(set(ids)), each=each)]

    async def kin(self, sight: Sight, families: Collection[str], each: int = MAX_KIN) -> list[str]:
        return [row["id"] for row in await self._read(_KIN, sight, families=sorted(set(families)), each=each)]

    async def links(self, sight: Sight, ids: Collection[str], each: int) -> Links:
        rows: dict[str, list[Row]] = defaultdict(list)
        for row in await self._read(_LINKS, sight, ids=sorted(set(ids)), each=each + 1):
            rows[row["id"]].append(row)
        links = dict.fromkeys(_link(row) for one in sorted(rows) for row in rows[one][:each])
        return Links(tuple(links), any(len(found) > each for found in rows.values()))

    async def said_by(self, sight: Sight, project_id: str, types: Collection[NodeType]) -> list[Naming]:
        rows = await self._read(_SAID, sight, project=project_id, types=list(types), each=MAX_SAID)
        return [_naming(row) for row in rows]

    async def search(self, sight: Sight, words: Sequence[str], types: Collection[NodeType], limit: int) -> list[str]:
        if not words:
            return []
        rows = await self._read(_FOUND, sight, asked=_asked(sight.tenant, words), types=list(types), each=limit)
        return [row["id"] for row in rows]

    async def ping(self) -> None:
        with _told():
            await self._driver.verify_connectivity()

    async def close(self) -> None:
        await self._driver.close()

    async def _make(self, statement: str) -> None:
        from neo4j.exceptions import ClientError

        try:
            await self._write(lambda transaction: _run(transaction, statement))
        except ClientError as error:
            if _MADE_MEANWHILE not in (error.code or ""):
                raise

    async def _read(self, text: str, sight: Sight, **given: Any) -> list[Row]:
        from neo4j import Query, RoutingControl

        query = Query(text, timeout=READ_SECONDS)
        parameters = {"tenant": sight.tenant, "names": list(sight.names), **given}
        with _told():
            found = await self._driver.execute_query(query, parameters, routing_=RoutingControl.READ)
        return [record.data() for record in found.records]

    async def _write(self, work: "Callable[[AsyncManagedTransaction], Awaitable[T]]") -> T:
        from neo4j import unit_of_work

        with _told():
            async with self._driver.session() as session:
                return await session.execute_write(unit_of_work(timeout=WRITE_SECONDS)(work))


async def _run(transaction: "AsyncManagedTransaction", text: str, **given: Any) -> list[Row]:
    result = await transaction.run(text, given)
    return [record.data() async for record in result]


async def _replace(transaction: "AsyncManagedTransaction", tenant: str, part: Part, version: int) -> bool:
    by = part.provenance
    about = {"tenant": tenant, "id": by.id}
    drawn: dict[EdgeType, list[Edge]] = defaultdict(list)
    for edge in part.edges:
        drawn[edge.type].append(edge)
    await _run(transaction, _TURN, **about)
    claimed = await _run(
        transaction, _CLAIM, **about, version=version, readers=list(part.readers), types=sorted(drawn),
        projectId=by.project_id, artifactId=by.artifact_id, eventId=by.event_id,
    )  # fmt: skip
    if not claimed:
        return False
    await _run(transaction, _FORGET_NAMES, **about)
    for kind in claimed[0]["types"]:
        await _run(transaction, _FORGET_EDGES % EdgeType(kind), **about)
    shared = {"tenantId": tenant, "readers": list(part.readers), **_of(by)}
    nodes = sorted(part.nodes, key=lambda node: node.id)
    named = [{"id": node.id, "told": _naming_of(node, shared)} for node in nodes]
    for rows in _batches(named):
        await _run(transaction, _NAME, **about, rows=rows)
    for label in sorted({node.type for node in part.nodes}):
        ids = [node.id for node in nodes if node.type is label]
        await _run(transaction, _LABEL % label, tenant=tenant, ids=ids)
    for kind, edges in sorted(drawn.items()):
        for rows in _batches([_edge_of(edge, shared) for edge in edges]):
            await _run(transaction, _DRAW % kind, **about, rows=rows)
    return True


def _batches(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _of(by: Provenance) -> dict[str, str]:
    return {"provenance": by.id, "projectId": by.project_id, "artifactId": by.artifact_id, "eventId": by.event_id}


def _naming_of(node: Node, shared: Row) -> dict[str, Any]:
    properties = orjson.dumps(dict(node.properties), option=orjson.OPT_SORT_KEYS).decode()
    family = {"family": node.family} if node.family else {}
    words = " ".join(dict.fromkeys(name_words(node.name)))
    return {
        **shared, **family, "type": node.type.value, "name": node.name, "given": list(node.given), "words": words,
        "properties": properties,
    }  # fmt: skip


def _edge_of(edge: Edge, shared: Row) -> dict[str, Any]:
    statements = [one.statement_id for one in edge.evidence]
    told = {**shared, "statements": statements, "numbers": [one.n for one in edge.evidence]}
    return {"source": edge.source, "target": edge.target, "told": told}


def _asked(tenant: str, words: Sequence[str]) -> str:
    """Lucene's query: words are letters and digits, which need no escape."""
    named = tenant.replace("\\", "\\\\").replace('"', '\\"')
    return " ".join([f'+tenantId:"{named}"', *(f"+words:{word}*" for word in words)])


def _by(told: Row) -> Provenance:
    return Provenance(told["provenance"], told["projectId"], told["artifactId"], told["eventId"])


def _naming(row: Row) -> Naming:
    told = row["told"]
    read = orjson.loads(told["properties"])
    properties = {name: tuple(value) if isinstance(value, list) else value for name, value in read.items()}
    node = Node(
        row["id"], NodeType(told["type"]), told["name"], properties, told.get("family", ""), tuple(told["given"])
    )
    return Naming(node, _by(told))


def _link(row: Row) -> Link:
    told = row["told"]
    source, target = (row["id"], row["other"]) if row["outward"] else (row["other"], row["id"])
    evidence = tuple(map(Evidence, told["statements"], told["numbers"]))
    return Link(Edge(source, target, EdgeType(row["type"]), evidence), _by(told))


@contextmanager
def _told() -> Iterator[None]:
    """What the driver's failures mean to whoever called the graph."""
    from neo4j import exceptions

    try:
        yield
    except (exceptions.AuthError, exceptions.ConfigurationError) as error:
        raise Unavailable(f"Neo4j refuses NEO4J_USER with NEO4J_PASSWORD at NEO4J_URI: {error}") from error
    except (
        exceptions.ConnectionAcquisitionTimeoutError,
        exceptions.ServiceUnavailable,
        exceptions.SessionExpired,
        exceptions.TransientError,
        OSError,
    ) as error:
        raise Busy("Neo4j does not answer, or has no room for this now; try again.") from error
    except exceptions.Neo4jError as error:
        if "TransactionTimedOut" not in (error.code or ""):
            raise
        raise Busy("Neo4j took too long; ask for less, or try again.") from error
