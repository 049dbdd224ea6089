"""The graph port: nodes and edges, each told by a provenance, and who may hear of it.

A provenance (an artifact, a project, an event, a session) gives one part of the graph, which is replaced as a whole. A
node is what visible provenances call it, and there is none without them; an edge is there when its provenance and both
its ends are visible. So nothing that is hidden adds a name, a neighbour, a path or a count, and an edge to what nobody
knows yet waits unseen. An adapter stores and reads with access decided inside its query; the one walker of all
adapters is `shared.platform.graph.walk`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from shared import errors

PROJECTION = "graph"
"""What the graph is of the records."""
Value = str | int | tuple[str, ...]
MAX_NAMINGS = 10
"""Provenances of one node that are read for its name and properties."""
MAX_KIN = 200
"""Nodes of one family that are compared."""


class Busy(errors.Busy):
    """The graph has no room for this now, or does not answer; nothing is known to have changed."""

    code = "graph.busy"
    title = "The graph is busy"


class Unavailable(errors.Problem):
    """The graph cannot do this until somebody acts; nothing is known to have changed."""

    status = 503
    code = "graph.unavailable"
    title = "The graph is not available"


class NodeType(StrEnum):
    """What a node is; also its label in Neo4j."""

    PAPER = "Paper"
    REPOSITORY = "Repository"
    AUTHOR = "Author"
    TECHNOLOGY = "Technology"
    CONCEPT = "Concept"
    VENUE = "Venue"
    PROJECT = "Project"
    ARTIFACT = "Artifact"
    EVENT = "Event"
    SESSION = "Session"
    PERSON = "Person"


class EdgeType(StrEnum):
    """What an edge says of its source and its target."""

    AUTHORED = "AUTHORED"
    USES = "USES"
    ABOUT = "ABOUT"
    PUBLISHED_IN = "PUBLISHED_IN"
    PART_OF = "PART_OF"
    DERIVED_FROM = "DERIVED_FROM"
    CITES = "CITES"
    PRESENTED_IN = "PRESENTED_IN"
    SPEAKS_IN = "SPEAKS_IN"


@dataclass(frozen=True, slots=True)
class Node:
    """A thing as one provenance names it.

    Nodes of a `family` may be the same under several names; `given` are the parts of a name that tell them apart, each
    whole or an initial (see `kin`).
    """

    id: str
    type: NodeType
    name: str
    properties: Mapping[str, Value] = field(default_factory=dict)
    family: str = ""
    given: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """The statement that bears an edge, and the number of its quotation in the artifact."""

    statement_id: str
    n: int


@dataclass(frozen=True, slots=True)
class Edge:
    """What a provenance says of two nodes, by their ids."""

    source: str
    target: str
    type: EdgeType
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Provenance:
    """Where something is known from: `id` is the owner of the part."""

    id: str
    project_id: str = ""
    artifact_id: str = ""
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """All that one provenance says; every source of an edge is among its nodes. `readers` are names (see `Sight`)."""

    provenance: Provenance
    readers: tuple[str, ...]
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose eyes look: a tenant, and the names under which parts may be shared with them."""

    tenant: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Naming:
    """A node as a visible provenance names it."""

    node: Node
    by: Provenance


@dataclass(frozen=True, slots=True)
class Link:
    """A visible edge."""

    edge: Edge
    by: Provenance


@dataclass(frozen=True, slots=True)
class Links:
    """Edges of some nodes; `cut` when some node has more than was asked for."""

    links: tuple[Link, ...]
    cut: bool


class Graph(Protocol):
    """Parts of all tenants; each call is about one."""

    async def replace(self, tenant: str, part: Part, version: int) -> bool:
        """Make this all that its provenance says; False and no effect when a newer version was seen already.

        The same version again replaces again, so that a replay ends as the first run did.
        """
        ...

    async def remove(self, tenant: str, provenance: str, version: int) -> bool:
        """Forget what the provenance says, and any older version that may still arrive."""
        ...

    async def named(self, sight: Sight, ids: Collection[str], each: int = MAX_NAMINGS) -> list[Naming]:
        """What visible provenances call these nodes, at most `each` of a node; by node and provenance."""
        ...

    async def kin(self, sight: Sight, families: Collection[str], each: int = MAX_KIN) -> list[str]:
        """The visible nodes of these families, at most `each` of a family."""
        ...

    async def links(self, sight: Sight, ids: Collection[str], each: int) -> Links:
        """Visible edges from or to these nodes, at most `each` of a node: by type, other end and provenance."""
        ...

    async def said_by(self, sight: Sight, project_id: str, types: Collection[NodeType]) -> list[Naming]:
        """What visible provenances of a project name of these types; at most MAX_SAID."""
        ...

    async def search(self, sight: Sight, words: Sequence[str], types: Collection[NodeType], limit: int) -> list[str]:
        """Nodes with a visible name in which every word begins a word, shortest names first; all types when none."""
        ...

    async def ping(self) -> None: ...

    async def close(self) -> None: ...


MAX_SAID = 1000
"""Namings of a project that are compared with others'."""

__all__ = [
    "PROJECTION",
    "Busy",
    "Edge",
    "EdgeType",
    "Evidence",
    "Graph",
    "Link",
    "Links",
    "Naming",
    "Node",
    "NodeType",
    "Part",
    "Provenance",
    "Sight",
    "Unavailable",
]
