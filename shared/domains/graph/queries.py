"""What can be asked of the graph, by those who explore it, as far as they see it."""

from typing import Literal

from shared.access import Allowed, Permission
from shared.domains.graph.model import NodeNotFound
from shared.domains.graph.sight import sight_of
from shared.domains.graph.views import (
    FoundView,
    NeighboursView,
    PathsView,
    WholeNodeView,
    found_view,
    neighbours_view,
    node_view,
    paths_view,
)
from shared.platform.graph import Graph, NodeType
from shared.platform.graph.walk import Thing, Walk

Exploring = Allowed[Graph, Literal[Permission.EXPLORE_GRAPH]]


async def node(exploring: Exploring, node_id: str) -> WholeNodeView:
    """A node with its edges; raises NodeNotFound."""
    walk = _walk(exploring)
    thing = await _thing(walk, node_id)
    ties, cut = await walk.ties([thing])
    ends = await walk.things(end for tie in ties for end in (tie.source, tie.target))
    return node_view(thing, ties, [end for end in ends if end.id != thing.id], cut=cut)


async def neighbours(
    exploring: Exploring, node_id: str, depth: int, node_type: NodeType | None, limit: int
) -> NeighboursView:
    """What is near a node; raises NodeNotFound."""
    walk = _walk(exploring)
    start = await _thing(walk, node_id)
    return neighbours_view(start, await walk.near(start, depth, _types(node_type), limit))


async def paths(exploring: Exploring, start_id: str, end_id: str) -> PathsView:
    """The shortest paths between two nodes; raises NodeNotFound."""
    walk = _walk(exploring)
    start, end = await _thing(walk, start_id), await _thing(walk, end_id)
    return paths_view(await walk.ways(start, end))


async def search(exploring: Exploring, text: str, node_type: NodeType | None, limit: int) -> FoundView:
    """Nodes by the beginnings of the words of their names."""
    things, cut = await _walk(exploring).found(text, _types(node_type), limit)
    return found_view(things, cut=cut)


def _walk(exploring: Exploring) -> Walk:
    return Walk(exploring.thing, sight_of(exploring.actor))


def _types(node_type: NodeType | None) -> tuple[NodeType, ...]:
    return (node_type,) if node_type else ()


async def _thing(walk: Walk, node_id: str) -> Thing:
    thing = await walk.thing(node_id)
    if thing is None:
        raise NodeNotFound(f"There is no node {node_id} that you may see.")
    return thing
