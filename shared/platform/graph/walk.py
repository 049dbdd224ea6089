"""Walks in a graph as somebody sees it: one node, what is near it, ways between two, and names.

Nodes that are the same under several names (see `kin`) are one here, by the id of the fullest name; asked by any.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from shared.platform.graph import (
    Edge,
    EdgeType,
    Evidence,
    Graph,
    Link,
    Links,
    Naming,
    NodeType,
    Provenance,
    Sight,
    Value,
)
from shared.platform.graph.kin import fullness, same
from shared.platform.graph.names import name_words

MAX_DEPTH = 4
MAX_EDGES = 100
"""Edges of one node that a walk follows."""
MAX_STEP = 1000
"""Edges that one step follows, shared out among the nodes that it goes from, but at least LEAST_EDGES of each."""
LEAST_EDGES = 10
MAX_VISITED = 500
"""Nodes that one walk looks at."""
MAX_PATHS = 10
MAX_FOUND = 200
_MOST = 20
"""Other names of a node, and values of one of its properties."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A node as all that the looker sees of it says; `also` are other names of it, `ids` its ids, its own first."""

    id: str
    type: NodeType
    name: str
    properties: Mapping[str, Value]
    also: tuple[str, ...]
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tie:
    """An edge between two things, with everywhere that it is known from."""

    source: str
    target: str
    type: EdgeType
    provenance: tuple[tuple[Provenance, tuple[Evidence, ...]], ...]


@dataclass(frozen=True, slots=True)
class Near:
    """What is near a thing: how far each is, in order, and the edges between them. `cut`: there may be more."""

    distances: tuple[tuple[Thing, int], ...]
    ties: tuple[Tie, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class Way:
    """A path: things, and between each and the next their ties."""

    things: tuple[Thing, ...]
    ties: tuple[tuple[Tie, ...], ...]


@dataclass(frozen=True, slots=True)
class Ways:
    """Paths, shortest first; `cut` when there may be others."""

    ways: tuple[Way, ...]
    cut: bool


class Walk:
    """One walk, which remembers what it has looked at."""

    def __init__(self, graph: Graph, sight: Sight) -> None:
        self._graph = graph
        self._sight = sight
        self._things: dict[str, Thing] = {}
        self._own: dict[str, str] = {}
        """The id of the thing that an id names."""

    async def thing(self, node_id: str) -> Thing | None:
        """The thing of that id, if anything visible tells of it."""
        return next(iter(await self.things([node_id])), None)

    async def things(self, ids: Iterable[str]) -> list[Thing]:
        """Those of these that are visible, each once."""
        asked = list(dict.fromkeys(ids))
        new = [each for each in asked if each not in self._own]
        if new:
            await self._learn(new)
        return [self._things[own] for own in dict.fromkeys(self._own[each] for each in asked if each in self._own)]

    async def ties(self, things: Sequence[Thing]) -> tuple[list[Tie], bool]:
        """The edges of these, and whether some have more."""
        found = await self._edges(things)
        await self.things(end for link in found.links for end in (link.edge.source, link.edge.target))
        return self._joined(found.links), found.cut

    async def near(self, start: Thing, depth: int, types: Collection[NodeType], limit: int) -> Near:
        """The nearest things of these types, all when none, at most `limit`, no further than `depth` edges.

        Of equally near ones those with the most edges to what is nearer come first, where not all have room.
        """
        distance, links, frontier, cut = {start.id: 0}, list[Link](), [start], False
        chosen: list[tuple[Thing, int]] = []
        for step in range(1, min(depth, MAX_DEPTH) + 1):
            left = limit - len(chosen)
            room = MAX_VISITED - len(distance)
            onward = await self._onward(frontier, distance, room if types else min(left, room))
            links, frontier, cut = [*links, *onward.links], list(onward.things), cut or onward.cut
            distance |= dict.fromkeys((thing.id for thing in frontier), step)
            fitting = [thing for thing in frontier if not types or thing.type in types]
            chosen += [(thing, step) for thing in sorted(fitting[:left], key=_place)]
            cut = cut or len(fitting) > left
            if not frontier:
                break
            if len(chosen) >= limit:
                cut = cut or step < depth
                break
        shown = {start.id, *(thing.id for thing, _ in chosen)}
        between = [tie for tie in self._joined(links) if {tie.source, tie.target} <= shown]
        return Near(tuple(chosen), tuple(between), cut)

    async def ways(self, start: Thing, end: Thing) -> Ways:
        """The shortest paths of at most MAX_DEPTH edges, at most MAX_PATHS."""
        links: list[Link] = []
        cut = False
        for side in (start, end):
            distance, frontier = {side.id: 0}, [side]
            for step in range(1, MAX_DEPTH // 2 + 1):
                onward = await self._onward(frontier, distance, MAX_VISITED - len(distance))
                links, frontier, cut = [*links, *onward.links], list(onward.things), cut or onward.cut
                distance |= dict.fromkeys((thing.id for thing in frontier), step)
        between = _neighbours(self._joined(links))
        paths = _paths(between, start.id, end.id)
        ways = tuple(self._way(path, between) for path in paths[:MAX_PATHS])
        return Ways(ways, cut or len(paths) > MAX_PATHS)

    async def found(self, text: str, types: Collection[NodeType], limit: int) -> tuple[list[Thing], bool]:
        """Things with a name in which every word of the text begins a word, and whether there are more."""
        words = list(dict.fromkeys(name_words(text)))
        ids = await self._graph.search(self._sight, words, types, MAX_FOUND + 1)
        things = await self.things(ids[:MAX_FOUND])
        wanted = " ".join(name_words(text))
        things.sort(key=lambda thing: (" ".join(name_words(thing.name)) != wanted, len(thing.name), _place(thing)))
        return things[:limit], len(things) > limit or len(ids) > MAX_FOUND

    async def _learn(self, ids: Sequence[str]) -> None:
        namings = await self._graph.named(self._sight, ids)
        families = {naming.node.family for naming in namings if naming.node.family}
        others = set(await self._graph.kin(self._sight, families)) - set(ids) if families else set()
        kin = await self._graph.named(self._sight, others) if others else []
        told: dict[str, dict[str, Naming]] = defaultdict(dict)
        for naming in chain(namings, kin):
            told[naming.node.id][naming.by.id] = naming
        alone = [(node_id,) for node_id, by in told.items() if not next(iter(by.values())).node.family]
        for group in chain(alone, _groups(told)):
            thing = _thing(group, [naming for one in group for naming in told[one].values()])
            self._things[thing.id] = thing
            self._own |= dict.fromkeys(group, thing.id)

    async def _edges(self, things: Sequence[Thing]) -> Links:
        ids = [one for thing in things for one in thing.ids]
        each = min(MAX_EDGES, max(LEAST_EDGES, MAX_STEP // max(len(ids), 1)))
        return await self._graph.links(self._sight, ids, each)

    async def _onward(self, things: Sequence[Thing], known: Collection[str], room: int) -> "_Onward":
        """One step on from these things, to at most so many that are not known; no more is learned than has room."""
        found = await self._edges(things)
        often = Counter(end for link in found.links for end in (link.edge.source, link.edge.target))
        fresh = sorted((end for end in often if self._own.get(end) not in known), key=lambda end: (-often[end], end))
        new: dict[str, Thing] = {}
        at = 0
        while at < len(fresh) and len(new) < room:
            batch = fresh[at : at + room - len(new)]
            new |= {thing.id: thing for thing in await self.things(batch) if thing.id not in known}
            at += len(batch)
        return _Onward(tuple(new.values()), found.links, found.cut or at < len(fresh))

    def _joined(self, links: Iterable[Link]) -> list[Tie]:
        told: dict[tuple[str, str, EdgeType], dict[Provenance, set[Evidence]]] = defaultdict(dict)
        for link in links:
            ends = self._ends(link.edge)
            if ends:
                told[(*ends, link.edge.type)].setdefault(link.by, set()).update(link.edge.evidence)
        ties = [
            Tie(*about, tuple((by, tuple(sorted(evidence))) for by, evidence in sorted(known.items())))
            for about, known in told.items()
        ]
        return sorted(ties, key=_order)

    def _ends(self, edge: Edge) -> tuple[str, str] | None:
        """The things at its ends; None when it is within one, or one has gone meanwhile."""
        source, target = self._own.get(edge.source), self._own.get(edge.target)
        return None if source is None or target is None or source == target else (source, target)

    def _way(self, path: Sequence[str], between: "_Neighbours") -> Way:
        things = tuple(self._things[each] for each in path)
        return Way(things, tuple(tuple(between[one][other]) for one, other in pairwise(path)))


@dataclass(frozen=True, slots=True)
class _Onward:
    """What a step has come to, the most tied first, and the edges it looked at; `cut` when there is more."""

    things: tuple[Thing, ...]
    links: tuple[Link, ...]
    cut: bool


_Neighbours = Mapping[str, Mapping[str, Sequence[Tie]]]


def _neighbours(ties: Iterable[Tie]) -> _Neighbours:
    between: dict[str, dict[str, list[Tie]]] = defaultdict(lambda: defaultdict(list))
    for tie in sorted(ties, key=_order):
        between[tie.source][tie.target].append(tie)
        between[tie.target][tie.source].append(tie)
    return between


def _paths(between: _Neighbours, start: str, end: str) -> list[tuple[str, ...]]:
    """Paths without a loop, shortest first and each length in order; at most one more than MAX_PATHS."""
    left = _distances(between, end)

    def onward(path: tuple[str, ...], length: int) -> Iterator[tuple[str, ...]]:
        if path[-1] == end:
            if length == 0:
                yield path
            return
        for other in sorted(between[path[-1]]) if length else ():
            if left.get(other, MAX_DEPTH) < length and other not in path:
                yield from onward((*path, other), length - 1)

    paths: list[tuple[str, ...]] = []
    for length in range(left.get(start, MAX_DEPTH + 1), MAX_DEPTH + 1):
        for path in onward((start,), length):
            paths.append(path)
            if len(paths) > MAX_PATHS:
                return paths
    return paths


def _distances(between: _Neighbours, start: str) -> dict[str, int]:
    distance, frontier = {start: 0}, [start]
    for step in range(1, MAX_DEPTH + 1):
        frontier = list({other for one in frontier for other in between.get(one, {})} - distance.keys())
        distance |= dict.fromkeys(frontier, step)
    return distance


def _groups(told: Mapping[str, Mapping[str, Naming]]) -> Iterator[tuple[str, ...]]:
    families: dict[str, list[Naming]] = defaultdict(list)
    for naming in chain.from_iterable(by.values() for by in told.values()):
        if naming.node.family:
            families[naming.node.family].append(naming)
    for family in families.values():
        yield from same(family)


def _thing(ids: tuple[str, ...], namings: Sequence[Naming]) -> Thing:
    often = Counter(naming.node.name for naming in namings)
    given = {naming.node.name: naming.node.given for naming in namings}
    names = sorted(often, key=lambda name: (fullness(given[name], "")[0], -often[name], -len(name), name))
    return Thing(ids[0], namings[0].node.type, names[0], _properties(namings), tuple(sorted(names[1:])[:_MOST]), ids)


def _properties(namings: Iterable[Naming]) -> dict[str, Value]:
    """Texts and numbers as most say, lists as all say together."""
    told: dict[str, list[Value]] = defaultdict(list)
    for naming in namings:
        for name, value in naming.node.properties.items():
            told[name].append(value)
    return {name: _together(values) for name, values in sorted(told.items())}


def _together(values: Sequence[Value]) -> Value:
    lists = [value for value in values if isinstance(value, tuple)]
    if lists:
        return tuple(sorted(set(chain.from_iterable(lists)))[:_MOST])
    often = Counter(values)
    return min(often, key=lambda value: (-often[value], str(value)))


def _place(thing: Thing) -> tuple[str, str, str]:
    return thing.type, thing.name, thing.id


def _order(tie: Tie) -> tuple[str, str, str]:
    return tie.type, tie.source, tie.target
