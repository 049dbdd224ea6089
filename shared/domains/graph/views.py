"""The graph as the API shows it."""

from collections.abc import Sequence
from typing import Self

from shared.domains.graph.related import WEIGHTS, Related
from shared.platform.graph import EdgeType, Evidence, NodeType, Provenance
from shared.platform.graph.walk import Near, Thing, Tie, Way, Ways
from shared.platform.shapes import View


class EvidenceView(View):
    """A statement that bears an edge; its quotation is `GET /v1/knowledge/{artifactId}/evidence/{n}`."""

    statement_id: str
    n: int


class ProvenanceView(View):
    """Where an edge is known from: an artifact, or without one what a project or an event says of itself."""

    artifact_id: str | None
    project_id: str | None
    event_id: str | None
    evidence: list[EvidenceView]

    @classmethod
    def of(cls, by: Provenance, evidence: Sequence[Evidence]) -> Self:
        return cls(
            artifact_id=by.artifact_id or None,
            project_id=by.project_id or None,
            event_id=by.event_id or None,
            evidence=[EvidenceView(statement_id=one.statement_id, n=one.n) for one in evidence],
        )


class EdgeView(View):
    """An edge from `source` to `target`, which are ids of nodes."""

    type: EdgeType
    source: str
    target: str
    provenance: list[ProvenanceView]

    @classmethod
    def of(cls, tie: Tie) -> Self:
        provenance = [ProvenanceView.of(*known) for known in tie.provenance]
        return cls(type=tie.type, source=tie.source, target=tie.target, provenance=provenance)


class NodeView(View):
    """A node; `also_known_as` are its other names."""

    id: str
    type: NodeType
    name: str
    also_known_as: list[str]
    properties: dict[str, str | int | list[str]]


class WholeNodeView(NodeView):
    """A node with its edges and the nodes at their other ends; `cut` says that it has more edges than these."""

    edges: list[EdgeView]
    nodes: list[NodeView]
    cut: bool


class NeighbourView(NodeView):
    """A node and how many edges away it is."""

    distance: int


class NeighboursView(View):
    """What is near a node, nearest first, and the edges between these; `cut` says that there may be more."""

    node: NodeView
    neighbours: list[NeighbourView]
    edges: list[EdgeView]
    cut: bool


class PathView(View):
    """A path: its nodes in order, and the edges between each and the next."""

    length: int
    nodes: list[NodeView]
    edges: list[EdgeView]


class PathsView(View):
    """The shortest paths of at most four edges, shortest first; `cut` says that there may be others."""

    paths: list[PathView]
    cut: bool


class FoundView(View):
    """Nodes of that name, the nearest names first; `cut` says that there are more."""

    nodes: list[NodeView]
    cut: bool


class ReasonView(View):
    """Things that both projects have, by their names."""

    kind: NodeType
    names: list[str]


class RelatedView(View):
    """A project with something in common; `score` is the share of it, from 0 to 1."""

    project_id: str
    title: str
    score: float
    reasons: list[ReasonView]


class RelatedProjectsView(View):
    """Projects that have most in common, best first."""

    value: list[RelatedView]


def related_view(found: Sequence[Related]) -> RelatedProjectsView:
    return RelatedProjectsView(value=[_related(one) for one in found])


def _related(one: Related) -> RelatedView:
    reasons = [
        ReasonView(kind=kind, names=names)
        for kind in WEIGHTS
        if (names := sorted(thing.name for thing in one.shared if thing.type is kind))
    ]
    return RelatedView(project_id=one.project.id, title=one.project.title, score=round(one.score, 4), reasons=reasons)


def node_view(thing: Thing, ties: Sequence[Tie], ends: Sequence[Thing], *, cut: bool) -> WholeNodeView:
    return WholeNodeView(**_shown(thing), edges=_edges(ties), nodes=_nodes(ends), cut=cut)


def neighbours_view(start: Thing, near: Near) -> NeighboursView:
    found = [NeighbourView(**_shown(thing), distance=distance) for thing, distance in near.distances]
    return NeighboursView(node=NodeView(**_shown(start)), neighbours=found, edges=_edges(near.ties), cut=near.cut)


def paths_view(ways: Ways) -> PathsView:
    return PathsView(paths=[_path(way) for way in ways.ways], cut=ways.cut)


def found_view(things: Sequence[Thing], *, cut: bool) -> FoundView:
    return FoundView(nodes=_nodes(things), cut=cut)


def _path(way: Way) -> PathView:
    ties = [tie for step in way.ties for tie in step]
    return PathView(length=len(way.ties), nodes=_nodes(way.things), edges=_edges(ties))


def _edges(ties: Sequence[Tie]) -> list[EdgeView]:
    return [EdgeView.of(tie) for tie in ties]


def _nodes(things: Sequence[Thing]) -> list[NodeView]:
    return [NodeView(**_shown(thing)) for thing in things]


def _shown(thing: Thing) -> dict[str, object]:
    properties = {name: list(value) if isinstance(value, tuple) else value for name, value in thing.properties.items()}
    names = list(thing.also)
    return {"id": thing.id, "type": thing.type, "name": thing.name, "also_known_as": names, "properties": properties}
