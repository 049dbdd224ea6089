"""The knowledge graph over HTTP."""

from typing import Annotated

from pydantic import Field

from blueprints.surface import surface
from shared.access import Actor, Permission, allow
from shared.domains.graph import queries
from shared.domains.graph.model import NodeNotFound
from shared.domains.graph.queries import Exploring
from shared.domains.graph.related import MAX_RELATED, Viewed, related
from shared.domains.graph.views import (
    FoundView,
    NeighboursView,
    PathsView,
    RelatedProjectsView,
    WholeNodeView,
    related_view,
)
from shared.domains.projects import queries as projects
from shared.domains.projects.model import ProjectNotFound
from shared.platform.graph import Graph, NodeType
from shared.platform.graph.walk import MAX_DEPTH, MAX_FOUND
from shared.platform.http import Api
from shared.platform.shapes import Query
from shared.platform.store import Store

api = Api(surface, "Graph")

NodeId = Annotated[str, Field(min_length=1, max_length=255)]
Limit = Annotated[int, Field(ge=1, le=MAX_FOUND)]


class Nearby(Query):
    """How far to go, in edges; to what type of nodes; and how many at most."""

    depth: Annotated[int, Field(ge=1, le=MAX_DEPTH)] = 1
    type: NodeType | None = None
    limit: Limit = 50


class Between(Query):
    """The ids of two nodes."""

    start: Annotated[NodeId, Field(alias="from", examples=["node_018f3c2a-0000-8000-8000-000000000001"])]
    to: Annotated[NodeId, Field(examples=["node_018f3c2a-0000-8000-8000-000000000002"])]


class Named(Query):
    """Beginnings of words of a name, and what to narrow the search to."""

    q: Annotated[str, Field(min_length=1, max_length=300, examples=["neural net"])]
    type: NodeType | None = None
    limit: Limit = 20


class Best(Query):
    """How many at most."""

    limit: Annotated[int, Field(ge=1, le=MAX_RELATED)] = 10


@api.get("v1/graph/nodes/{node_id}", allow=Permission.EXPLORE_GRAPH, raises=(NodeNotFound,))
async def get_node(node_id: str, actor: Actor, graph: Graph) -> WholeNodeView:
    """A node with its edges, and where each edge is known from."""
    return await queries.node(allow(actor, graph, Permission.EXPLORE_GRAPH), node_id)


@api.get("v1/graph/nodes/{node_id}/neighbours", allow=Permission.EXPLORE_GRAPH, raises=(NodeNotFound,))
async def get_neighbours(node_id: str, query: Nearby, actor: Actor, graph: Graph) -> NeighboursView:
    """What is near a node, up to four edges away."""
    exploring: Exploring = allow(actor, graph, Permission.EXPLORE_GRAPH)
    return await queries.neighbours(exploring, node_id, query.depth, query.type, query.limit)


@api.get("v1/graph/paths", allow=Permission.EXPLORE_GRAPH, raises=(NodeNotFound,))
async def get_paths(query: Between, actor: Actor, graph: Graph) -> PathsView:
    """The shortest paths between two nodes, of at most four edges."""
    return await queries.paths(allow(actor, graph, Permission.EXPLORE_GRAPH), query.start, query.to)


@api.get("v1/graph/search", allow=Permission.EXPLORE_GRAPH)
async def search_graph(query: Named, actor: Actor, graph: Graph) -> FoundView:
    """Nodes by name: every word of the question begins a word of the name."""
    return await queries.search(allow(actor, graph, Permission.EXPLORE_GRAPH), query.q, query.type, query.limit)


@api.get("v1/projects/{project_id}/related", allow=Permission.VIEW_PROJECT, raises=(ProjectNotFound,))
async def get_related(project_id: str, query: Best, actor: Actor, store: Store, graph: Graph) -> RelatedProjectsView:
    """Projects with the same authors, concepts and technologies, and which these are."""
    project: Viewed = await projects.load(store, actor, project_id, Permission.VIEW_PROJECT)
    return related_view(await related(store, graph, project, query.limit))
