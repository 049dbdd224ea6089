"""How fast the graph answers: 10,000 nodes and 50,000 edges, of which a third is hidden from who asks.

    python -m bench.graph

Neighbours at depths of one to four, beside a plain table of edges without access, names and provenance, walked by one
recursive query with the same limit. `NEO4J_TEST_URI` names a Neo4j to measure as well. The ratios are within this run.
"""

import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from shared.clock import Clock
from shared.platform.graph import Edge, EdgeType, Graph, Node, NodeType, Part, Provenance, Sight
from shared.platform.graph.walk import Walk
from shared.settings import Settings

PAPERS, AUTHORS, CONCEPTS, TECHNOLOGIES, VENUES = 2_000, 3_000, 2_600, 300, 100
QUESTIONS = 150
LIMIT = 50
CLIENTS = 16
"""Parts that are taken in at once."""
TENANT = uuid4().hex
NAMES = ("artifact:*", "artifact:usr_1", "artifact:ada@example.org", "project:*", "event:*")
SIGHT = Sight(TENANT, NAMES)
_PLAIN = """
WITH RECURSIVE near(id, depth) AS (
    SELECT ?, 0 UNION
    SELECT other, depth + 1 FROM near CROSS JOIN edges ON node = near.id WHERE depth < ? LIMIT ?
)
SELECT id, min(depth) FROM near GROUP BY id
"""

Ask = Callable[[str, int], Awaitable[int]]


def papers() -> Iterator[Part]:
    """Papers with their authors, concepts, technologies and references; a few of each kind are everywhere."""
    random = Random(1)
    weights = {size: list(accumulate(1 / (rank + 20) for rank in range(size))) for size in (AUTHORS, CONCEPTS, VENUES)}

    def some(kind: NodeType, size: int, number: int) -> list[Node]:
        chosen = random.choices(range(size), cum_weights=weights.get(size), k=number)
        return [Node(f"{kind}{each}", kind, f"{kind} {each}") for each in dict.fromkeys(chosen)]

    for number in range(PAPERS):
        paper = Node(f"paper{number}", NodeType.PAPER, f"Paper {number}")
        artifact = Node(f"art{number}", NodeType.ARTIFACT, f"Paper {number}")
        ends = {
            EdgeType.ABOUT: some(NodeType.CONCEPT, CONCEPTS, 11),
            EdgeType.USES: some(NodeType.TECHNOLOGY, TECHNOLOGIES, 4),
            EdgeType.PUBLISHED_IN: some(NodeType.VENUE, VENUES, 1),
        }
        authors = some(NodeType.AUTHOR, AUTHORS, 4)
        edges = [Edge(paper.id, node.id, kind) for kind, nodes in ends.items() for node in nodes]
        edges += [Edge(author.id, paper.id, EdgeType.AUTHORED) for author in authors]
        edges += [Edge(paper.id, f"paper{random.randrange(PAPERS)}", EdgeType.CITES) for _ in range(5)]
        edges.append(Edge(artifact.id, paper.id, EdgeType.DERIVED_FROM))
        readers = ("artifact:*",) if random.random() < 2 / 3 else (f"artifact:usr_{number}", "artifact:all")
        nodes = (paper, artifact, *authors, *(node for found in ends.values() for node in found))
        by = Provenance(artifact.id, f"proj{number // 3}", artifact.id)
        yield Part(by, readers, nodes, tuple({(one.source, one.target): one for one in edges}.values()))


class Plain:
    """A table of edges, each under both ends, and nothing else."""

    def __init__(self, path: Path, parts: list[Part]) -> None:
        self._db = sqlite3.connect(path)
        self._db.execute("CREATE TABLE edges (node TEXT, other TEXT, PRIMARY KEY (node, other)) WITHOUT ROWID")
        pairs = [(edge.source, edge.target) for part in parts for edge in part.edges]
        self._db.executemany("INSERT OR IGNORE INTO edges VALUES (?, ?)", [*pairs, *((b, a) for a, b in pairs)])
        self._db.commit()

    async def ask(self, node_id: str, depth: int) -> int:
        return len(self._db.execute(_PLAIN, (node_id, depth, LIMIT + 1)).fetchall()) - 1


def asking(graph: Graph) -> Ask:
    async def ask(node_id: str, depth: int) -> int:
        walk = Walk(graph, SIGHT)
        start = await walk.thing(node_id)
        return len((await walk.near(start, depth, (), LIMIT)).distances) if start else 0

    return ask


async def one_by_one(ask: Ask, depth: int, asked: list[str]) -> tuple[list[float], list[float], int]:
    """Milliseconds by the clock, and of the processor, and how many neighbours were found."""
    clock, processor, found = [], [], 0
    for node_id in asked:
        before, spent = time.perf_counter(), time.process_time()
        found += await ask(node_id, depth)
        clock.append(1000 * (time.perf_counter() - before))
        processor.append(1000 * (time.process_time() - spent))
    return clock, processor, found


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


async def measure(name: str, graph: Graph, plain: Plain, parts: list[Part]) -> None:
    began = time.perf_counter()
    for start in range(0, len(parts), CLIENTS):
        await asyncio.gather(*(graph.replace(TENANT, part, 1) for part in parts[start : start + CLIENTS]))
    print(f"{name}: took in {len(parts):,} parts, {1000 * (time.perf_counter() - began) / len(parts):.1f} ms each")
    ids = sorted({node.id for part in parts for node in part.nodes})
    asked = Random(2).sample(ids, QUESTIONS)
    ask = asking(graph)
    await one_by_one(ask, 1, asked[:20])
    print("          clock, ms       processor, ms   plain table     p50 to  found, mean")
    print("depth     p50     p95     p50     p95     p50     p95     plain  graph  plain")
    for depth in range(1, 5):
        clock, processor, found = await one_by_one(ask, depth, asked)
        bare, _, whole = await one_by_one(plain.ask, depth, asked)
        middle, bare_middle = statistics.median(clock), statistics.median(bare)
        mean, bare_mean = found / QUESTIONS, whole / QUESTIONS
        print(
            f"{depth:5}{middle:8.2f}{p95(clock):8.2f}{statistics.median(processor):8.2f}{p95(processor):8.2f}"
            f"{bare_middle:8.3f}{p95(bare):8.3f}{middle / bare_middle:10.1f}{mean:7.1f}{bare_mean:7.1f}",
            flush=True,
        )


async def main() -> None:
    parts = list(papers())
    nodes = {node.id for part in parts for node in part.nodes}
    print(f"{len(nodes):,} nodes, {sum(len(part.edges) for part in parts):,} edges, at most {LIMIT} neighbours")
    with tempfile.TemporaryDirectory() as folder:
        plain = Plain(Path(folder) / "plain.db", parts)
        given: dict[str, Any] = {"hosting": "local", "jwt_secret": "x" * 32, "data_dir": Path(folder)}
        from shared.platform.graph.sqlite import open_graph

        graph = await open_graph(Settings(**given), Clock())
        await measure("SQLite", graph, plain, parts)
        await graph.close()
        if address := os.environ.get("NEO4J_TEST_URI"):
            from shared.platform.graph.neo4j import open_graph as open_neo4j

            server = await open_neo4j(Settings(**given, graph="neo4j", neo4j_uri=address), Clock())
            await measure("Neo4j", server, plain, parts)
            for part in parts:
                await server.remove(TENANT, part.provenance.id, 2)
            await server.close()


if __name__ == "__main__":
    asyncio.run(main())
