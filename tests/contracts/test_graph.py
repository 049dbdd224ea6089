"""What every adapter of the graph port does, and what a walk over it finds."""

from asyncio import gather
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import combinations, pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.clock import Clock
from shared.platform.graph import Edge, EdgeType, Evidence, Graph, Node, NodeType, Part, Provenance, Sight
from shared.platform.graph.neo4j import open_graph as open_neo4j_graph
from shared.platform.graph.sqlite import open_graph as open_sqlite_graph
from shared.platform.graph.walk import MAX_PATHS, Walk
from shared.settings import Settings
from tests.neo4j_server.apart import Apart

ALL = Sight("t", ("*",))


async def sqlite(request: pytest.FixtureRequest) -> Graph:
    folder: Path = request.getfixturevalue("tmp_path")
    return await open_sqlite_graph(Settings(hosting="local", jwt_secret="x" * 32, data_dir=folder), Clock())


async def neo4j(request: pytest.FixtureRequest) -> Graph:
    address: str = request.getfixturevalue("neo4j_uri")
    given: Any = {"hosting": "local", "jwt_secret": "x" * 32, "graph": "neo4j", "neo4j_uri": address}
    return Apart(await open_neo4j_graph(Settings(**given), Clock()))


@pytest.fixture(params=[sqlite, neo4j], ids=lambda adapter: adapter.__name__)
async def graph(request: pytest.FixtureRequest) -> AsyncIterator[Graph]:
    opened = await request.param(request)
    yield opened
    await opened.close()


Put = Callable[..., Awaitable[bool]]


@pytest.fixture
def put(graph) -> Put:
    """Say something: nodes as ids or nodes, edges as pairs of ids or edges."""

    async def put(owner, nodes=(), edges=(), *, readers=("*",), version=1, tenant="t", project="", artifact=""):
        named = [node if isinstance(node, Node) else Node(node, NodeType.CONCEPT, node) for node in nodes]
        drawn = [edge if isinstance(edge, Edge) else Edge(edge[0], edge[1], EdgeType.ABOUT) for edge in edges]
        by = Provenance(owner, project, artifact)
        return await graph.replace(tenant, Part(by, tuple(readers), tuple(named), tuple(drawn)), version)

    return put


def author(node_id, name, *given, family="Author smith, j", **properties):
    return Node(node_id, NodeType.AUTHOR, name, properties, family, given)


async def look(walk, node_id):
    thing = await walk.thing(node_id)
    assert thing
    return thing


async def near(graph, node_id, depth=1, sight=ALL, types=(), limit=100):
    """Ids with their distances, or None where there is no such node."""
    walk = Walk(graph, sight)
    thing = await walk.thing(node_id)
    if thing is None:
        return None
    found = await walk.near(thing, depth, types, limit)
    return {other.id: distance for other, distance in found.distances}


async def ways(graph, start, end, sight=ALL):
    walk = Walk(graph, sight)
    between = await walk.ways(await look(walk, start), await look(walk, end))
    return [[thing.id for thing in way.things] for way in between.ways]


async def found(graph, text, sight=ALL, types=(), limit=100):
    return [thing.id for thing in (await Walk(graph, sight).found(text, types, limit))[0]]


async def test_a_node_comes_back_as_it_was_put(graph, put):
    node = Node("n", NodeType.PAPER, "Äther", {"year": 2020, "url": "x", "tags": ("b", "a")})
    await put("a", [node])
    thing = await look(Walk(graph, ALL), "n")
    assert (thing.type, thing.name, thing.also) == (NodeType.PAPER, "Äther", ())
    assert thing.properties == {"year": 2020, "url": "x", "tags": ("a", "b")}


async def test_an_edge_tells_where_it_is_known_from(graph, put):
    edge = Edge("x", "y", EdgeType.USES, (Evidence("stm_2", 7), Evidence("stm_1", 3)))
    await put("art", ["x", "y"], [edge], project="proj", artifact="art")
    walk = Walk(graph, ALL)
    ((tie,), cut) = await walk.ties([await look(walk, "y")])
    assert (tie.source, tie.target, tie.type, cut) == ("x", "y", EdgeType.USES, False)
    assert tie.provenance == ((Provenance("art", "proj", "art"), (Evidence("stm_1", 3), Evidence("stm_2", 7))),)


async def test_an_edge_that_two_say_is_one_with_both_provenances(graph, put):
    await put("a", ["x", "y"], [("x", "y")])
    await put("b", ["x", "y"], [("x", "y")])
    walk = Walk(graph, ALL)
    ((tie,), _) = await walk.ties([await look(walk, "x")])
    assert [by.id for by, _ in tie.provenance] == ["a", "b"]


async def test_a_replacement_forgets_what_was_there(graph, put):
    await put("a", ["x", "y", "z"], [("x", "y"), ("y", "z")])
    assert await put("a", ["x", "y"], [("x", "y")], version=2)
    assert await near(graph, "x", 4) == {"y": 1}
    assert await near(graph, "z") is None
    assert await found(graph, "z") == []


async def test_an_older_version_is_ignored_and_the_same_one_is_not(graph, put):
    await put("a", ["x"], version=2)
    assert not await put("a", ["y"], version=1)
    assert await near(graph, "x") == {}
    assert await put("a", ["z"], version=2)
    assert await near(graph, "x") is None
    assert await near(graph, "z") == {}


async def test_what_was_removed_stays_removed(graph, put):
    await put("a", ["x"], version=1)
    assert await graph.remove("t", "a", 3)
    assert not await put("a", ["x"], version=2)
    assert await near(graph, "x") is None


async def test_provenances_do_not_touch_each_other(graph, put):
    await put("a", ["x", "y"], [("x", "y")])
    await put("b", ["x", "z"], [("x", "z")])
    await graph.remove("t", "a", 2)
    assert await near(graph, "x") == {"z": 1}


async def test_parts_that_share_nodes_may_come_at_once(graph, put):
    shared = [f"n{number}" for number in range(12)]
    pairs = list(combinations(shared, 2))
    random = Random(1)
    await gather(*(put(f"p{number}", random.sample(shared, 12), random.sample(pairs, 30)) for number in range(12)))
    assert len(await near(graph, "n0")) == 11


async def test_of_two_versions_at_once_the_newer_stays(graph, put):
    await gather(*(put("a", [f"v{version}"], version=version) for version in (3, 1, 4, 2)))
    assert await found(graph, "v") == ["v4"]


async def test_tenants_do_not_see_each_other(graph, put):
    await put("a", ["x", "y"], [("x", "y")])
    await put("a", ["x", "z"], [("x", "z")], tenant="u")
    assert await near(graph, "x", 4) == {"y": 1}
    assert await near(graph, "x", 4, Sight("u", ("*",))) == {"z": 1}
    assert await found(graph, "z") == []
    await graph.remove("u", "a", 2)
    assert await near(graph, "x", 4) == {"y": 1}


async def test_nothing_hidden_adds_a_node_a_neighbour_a_path_or_a_name(graph, put):
    await put("shown", ["x", "y"], [("x", "y")])
    hidden = [Node("x", NodeType.CONCEPT, "secret name", {"tags": ("secret",)}), Node("h", NodeType.CONCEPT, "h"), "y"]
    await put("hidden", hidden, [("x", "h"), ("h", "y"), ("y", "x")], readers=("team",))
    assert await near(graph, "x", 4) == {"y": 1}
    assert await near(graph, "h") is None
    assert await ways(graph, "x", "y") == [["x", "y"]]
    assert await found(graph, "secret") == []
    assert (await look(Walk(graph, ALL), "x")).properties == {}
    team = Sight("t", ("team",))
    assert await near(graph, "x", 4, team) == {"h": 1, "y": 1}
    assert await found(graph, "secret", team) == ["x"]
    assert await near(graph, "x", 4, Sight("t", ())) is None


async def test_an_edge_to_what_nobody_sees_is_not_there_and_takes_no_room(graph, put):
    await put("a", ["x", "y"], [("x", "y"), *(("x", f"unknown{n}") for n in range(30))])
    await put("b", [f"unknown{n}" for n in range(15)], readers=("team",))
    links = await graph.links(ALL, ["x"], 1)
    assert [link.edge.target for link in links.links] == ["y"]
    assert not links.cut


async def test_an_edge_appears_once_its_other_end_is_known(graph, put):
    await put("a", ["x"], [("x", "y")])
    assert await near(graph, "x") == {}
    await put("b", ["y"])
    assert await near(graph, "x") == {"y": 1}


async def test_readers_follow_a_replacement(graph, put):
    await put("a", ["x"], readers=("team",))
    assert await near(graph, "x") is None
    await put("a", ["x"], version=2)
    assert await near(graph, "x") == {}
    await put("a", ["x"], readers=("team", "usr_1"), version=3)
    assert await near(graph, "x") is None
    assert await near(graph, "x", sight=Sight("t", ("usr_1", "other"))) == {}


async def chain_of(put, *ids):
    await put("chain", ids, list(pairwise(ids)))


async def test_neighbours_are_told_with_their_distance_in_both_directions(graph, put):
    await chain_of(put, "a", "b", "c", "d", "e", "f")
    assert await near(graph, "c", 2) == {"b": 1, "d": 1, "a": 2, "e": 2}
    assert await near(graph, "a", 9) == {"b": 1, "c": 2, "d": 3, "e": 4}


async def test_neighbours_of_one_type_are_found_behind_others(graph, put):
    paper = Node("p", NodeType.PAPER, "P")
    await put("a", ["x", "y", paper], [("x", "y"), ("y", "p")])
    assert await near(graph, "x", 2, types=[NodeType.PAPER]) == {"p": 2}


async def test_neighbours_are_bounded_and_the_answer_says_so(graph, put):
    leaves = [f"n{number:03}" for number in range(150)]
    await put("a", ["x", *leaves], [("x", leaf) for leaf in leaves])
    walk = Walk(graph, ALL)
    start = await look(walk, "x")
    some = await walk.near(start, 1, (), 10)
    assert [thing.id for thing, _ in some.distances] == leaves[:10]
    assert some.cut
    most = await walk.near(start, 4, (), 1000)
    assert len(most.distances) == 100
    assert most.cut
    exact = await walk.near(start, 1, (), 150)
    assert exact.cut
    few = await walk.near(await look(walk, "n000"), 1, (), 10)
    assert not few.cut


async def test_paths_are_the_shortest_first_and_of_four_edges_at_most(graph, put):
    await chain_of(put, "a", "b", "c", "d", "e", "f")
    await put("bridge", ["a", "z", "e"], [("z", "a"), ("e", "z")])
    assert await ways(graph, "a", "e") == [["a", "z", "e"], ["a", "b", "c", "d", "e"]]
    assert await ways(graph, "b", "f") == [["b", "a", "z", "e", "f"], ["b", "c", "d", "e", "f"]]
    assert await ways(graph, "a", "a") == [["a"]]
    await put("island", ["i"])
    assert await ways(graph, "a", "i") == []


async def test_paths_are_bounded_and_the_answer_says_so(graph, put):
    middle = [f"m{number:02}" for number in range(30)]
    await put("a", ["x", "y", *middle], [pair for each in middle for pair in (("x", each), (each, "y"))])
    walk = Walk(graph, ALL)
    some = await walk.ways(await look(walk, "x"), await look(walk, "y"))
    assert [way.things[1].id for way in some.ways] == middle[:MAX_PATHS]
    assert some.cut


async def test_a_path_tells_the_edges_between_its_nodes(graph, put):
    await put("a", ["x", "y"], [("x", "y"), Edge("y", "x", EdgeType.CITES)])
    walk = Walk(graph, ALL)
    (way,) = (await walk.ways(await look(walk, "x"), await look(walk, "y"))).ways
    assert [(tie.source, tie.type) for tie in way.ties[0]] == [("x", EdgeType.ABOUT), ("y", EdgeType.CITES)]


async def test_names_are_found_by_the_beginnings_of_their_words(graph, put):
    names = {
        "1": "Graph Neural Networks",
        "2": "Neural Graph",
        "3": "Grapheme",
        "4": "Théorème de Gödel",
        "5": "100% C++",
    }
    await put("a", [Node(node_id, NodeType.CONCEPT, name) for node_id, name in names.items()])
    assert await found(graph, "neur GRA") == ["2", "1"]
    assert await found(graph, "graph") == ["3", "2", "1"]
    assert await found(graph, "godel theoreme") == ["4"]
    assert await found(graph, "c++") == ["5"]
    assert await found(graph, "raph") == []
    assert await found(graph, "!?*") == []
    assert await found(graph, 'and OR not "x') == []


async def test_the_whole_name_comes_before_longer_ones(graph, put):
    await put("a", [Node("1", NodeType.CONCEPT, "ab cd"), Node("2", NodeType.CONCEPT, "ab")])
    assert await found(graph, "AB") == ["2", "1"]


async def test_a_search_keeps_to_a_type_and_a_number(graph, put):
    await put(
        "a", [Node("1", NodeType.CONCEPT, "ada"), Node("2", NodeType.AUTHOR, "ada"), Node("3", NodeType.VENUE, "ada")]
    )
    assert await found(graph, "ada", types=[NodeType.AUTHOR]) == ["2"]
    things, cut = await Walk(graph, ALL).found("ada", (), 2)
    assert len(things) == 2
    assert cut


async def test_a_project_tells_what_its_provenances_name(graph, put):
    await put("a", ["x", Node("n", NodeType.VENUE, "n")], project="p")
    await put("b", ["y"], project="p", readers=("team",))
    await put("c", ["z"], project="q")
    said = await graph.said_by(ALL, "p", [NodeType.CONCEPT])
    assert [naming.node.id for naming in said] == ["x"]


async def test_an_initial_is_the_full_name_when_nothing_contradicts(graph, put):
    await put("a", [author("j", "J. Smith", "j"), "x"], [("j", "x")])
    await put("b", [author("john", "John Smith", "john", affiliations=("MIT",)), "y"], [("john", "y")])
    for asked in ("j", "john"):
        thing = await look(Walk(graph, ALL), asked)
        assert (thing.id, thing.name, thing.also) == ("john", "John Smith", ("J. Smith",))
        assert await near(graph, asked) == {"x": 1, "y": 1}
    assert await near(graph, "x", 2) == {"john": 1, "y": 2}
    assert await found(graph, "smith") == ["john"]
    assert await ways(graph, "x", "y") == [["x", "john", "y"]]


async def test_an_initial_that_may_be_two_people_stays_alone(graph, put):
    await put("a", [author("j", "J. Smith", "j")])
    await put("b", [author("john", "John Smith", "john")])
    await put("c", [author("jane", "Jane Smith", "jane")])
    assert sorted(await found(graph, "smith")) == ["j", "jane", "john"]


async def test_who_is_hidden_neither_joins_nor_parts_names(graph, put):
    await put("a", [author("j", "J. Smith", "j")])
    await put("b", [author("john", "John Smith", "john")])
    await put("c", [author("jane", "Jane Smith", "jane")], readers=("team",))
    assert await found(graph, "smith") == ["john"]
    assert sorted(await found(graph, "smith", Sight("t", ("*", "team")))) == ["j", "jane", "john"]
    await put("b", [author("john", "John Smith", "john")], readers=("team",), version=2)
    thing = await look(Walk(graph, ALL), "j")
    assert (thing.name, thing.also) == ("J. Smith", ())
    assert await near(graph, "john") is None


async def test_two_whom_one_source_names_side_by_side_are_two(graph, put):
    await put("a", [author("j", "J. Smith", "j"), author("john", "John Smith", "john")])
    assert sorted(await found(graph, "smith")) == ["j", "john"]


async def test_a_middle_name_may_be_missing_and_not_another(graph, put):
    await put("a", [author("jr", "John R. Smith", "john", "r")])
    await put("b", [author("john", "John Smith", "john")])
    assert await found(graph, "smith") == ["jr"]
    await put("c", [author("jq", "John Q. Smith", "john", "q")])
    assert sorted(await found(graph, "smith")) == ["john", "jq", "jr"]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000))
async def test_the_order_of_what_is_said_does_not_matter(graph, seed):
    """Two tenants hear the same parts in different orders, some of them in earlier versions first."""
    random = Random(seed)
    parts = [(_random_part(random, f"p{number % 5}"), number) for number in range(9)]
    seen = []
    for tenant in (f"{seed}-a", f"{seed}-b"):
        random.shuffle(parts)
        for part, version in parts:
            await graph.replace(tenant, part, version)
        for names in (("*",), ("*", "team")):
            sight = Sight(tenant, names)
            walk = Walk(graph, sight)
            things = await walk.things([f"n{number}" for number in range(8)])
            seen.append(
                (names, [(await walk.ties([thing])) for thing in things], things, await found(graph, "smith", sight))
            )
    assert seen[:2] == seen[2:]
    for tenant in (f"{seed}-a", f"{seed}-b"):
        for owner in {part.provenance.id for part, _ in parts}:
            await graph.remove(tenant, owner, 100)


def _random_part(random: Random, owner: str) -> Part:
    given = [("j",), ("john",), ("jane",), ("john", "r"), ("j", "q"), ("james",)]
    ids = random.sample(range(8), 4)
    people = [author(f"n{n}", f"{' '.join(given[n])} Smith", *given[n]) for n in ids if n < 6]
    nodes = [*people, *(Node(f"n{n}", NodeType.PAPER, f"Paper {n}") for n in ids if n >= 6)]
    edges = [Edge(f"n{random.choice(ids)}", f"n{random.randrange(8)}", random.choice(list(EdgeType))) for _ in range(4)]
    distinct = {(edge.source, edge.target, edge.type): edge for edge in edges if edge.source != edge.target}
    readers = random.choice([("*",), ("team",)])
    return Part(Provenance(owner), readers, tuple(nodes), tuple(distinct.values()))
