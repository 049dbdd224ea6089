"""A graph of one's own on a server that others share: its tenants have names of their own there."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import uuid4

from shared.platform.graph import MAX_KIN, MAX_NAMINGS, Links, Naming, NodeType, Part, Sight
from shared.platform.graph.neo4j import Neo4jGraph

_FORGET = "MATCH (n) WHERE (n:Node OR n:Provenance OR n:Tenant) AND n.tenantId STARTS WITH $mine DETACH DELETE n"


class Apart:
    """See `Graph`."""

    def __init__(self, graph: Neo4jGraph) -> None:
        self._graph = graph
        self._mine = f"{uuid4().hex}-"

    async def replace(self, tenant: str, part: Part, version: int) -> bool:
        return await self._graph.replace(self._mine + tenant, part, version)

    async def remove(self, tenant: str, provenance: str, version: int) -> bool:
        return await self._graph.remove(self._mine + tenant, provenance, version)

    async def named(self, sight: Sight, ids: Collection[str], each: int = MAX_NAMINGS) -> list[Naming]:
        return await self._graph.named(self._of(sight), ids, each)

    async def kin(self, sight: Sight, families: Collection[str], each: int = MAX_KIN) -> list[str]:
        return await self._graph.kin(self._of(sight), families, each)

    async def links(self, sight: Sight, ids: Collection[str], each: int) -> Links:
        return await self._graph.links(self._of(sight), ids, each)

    async def said_by(self, sight: Sight, project_id: str, types: Collection[NodeType]) -> list[Naming]:
        return await self._graph.said_by(self._of(sight), project_id, types)

    async def search(self, sight: Sight, words: Sequence[str], types: Collection[NodeType], limit: int) -> list[str]:
        return await self._graph.search(self._of(sight), words, types, limit)

    async def ping(self) -> None:
        await self._graph.ping()

    async def close(self) -> None:
        await self._graph._driver.execute_query(_FORGET, {"mine": self._mine})
        await self._graph.close()

    def _of(self, sight: Sight) -> Sight:
        return replace(sight, tenant=self._mine + sight.tenant)
