"""Search quality: nDCG@10 and MAP of the whole path (index, candidates, ranker), beside plain baselines.

python -m evals.search FOLDER      with docs.jsonl, queries.jsonl and qrels.tsv, as BEIR shapes them
"""

import asyncio
import json
import math
import re
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path

from shared.clock import Clock
from shared.platform.search import Entry, EntryKind
from shared.platform.search.query import parse
from shared.platform.search.ranker import rank
from shared.platform.search.sqlite import SqliteSearch, open_search
from shared.settings import Settings

Documents = dict[str, tuple[str, str]]
Judged = dict[str, dict[str, int]]
Engine = Callable[[str, int], Awaitable[list[str]]]

DEPTH = 200
"""Results that MAP looks at; nDCG looks at ten, and the time is that of asking for ten."""


def read(folder: Path) -> tuple[Documents, dict[str, str], Judged]:
    """Documents as (title, text), queries, and the grades of judged documents by query."""
    documents = {row["id"]: (row.get("title", ""), row["text"]) for row in _lines(folder / "docs.jsonl")}
    queries = {row["id"]: row["text"] for row in _lines(folder / "queries.jsonl")}
    judged: Judged = defaultdict(dict)
    for line in (folder / "qrels.tsv").read_text().splitlines()[1:]:
        query, document, grade = line.split("\t")
        judged[query][document] = int(grade)
    return documents, queries, judged


def _lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def ndcg(ranked: list[str], grades: dict[str, int], depth: int = 10) -> float:
    gain = sum(max(grades.get(found, 0), 0) / math.log2(place + 2) for place, found in enumerate(ranked[:depth]))
    best = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:depth]
    return gain / sum(grade / math.log2(place + 2) for place, grade in enumerate(best))


def average_precision(ranked: list[str], grades: dict[str, int]) -> float:
    relevant = {document for document, grade in grades.items() if grade > 0}
    hits = [place for place, found in enumerate(ranked, 1) if found in relevant]
    return sum(number / place for number, place in enumerate(hits, 1)) / len(relevant)


async def hub(documents: Documents, folder: Path) -> tuple[SqliteSearch, Engine]:
    """The app's own search, each document an artifact."""
    index = await open_search(Settings(hosting="local", jwt_secret="x" * 32, data_dir=folder), Clock())
    for document, (title, text) in documents.items():
        entry = Entry(id=document, kind=EntryKind.ARTIFACT, title=title, text=text, public=True)
        await index.replace("eval", document, [entry], 1)

    async def search(text: str, depth: int) -> list[str]:
        query = parse(text)
        return [hit.entry.id for hit in rank(query, await index.candidates("eval", query), depth)]

    return index, search


def baseline(documents: Documents, tokenizer: str) -> Engine:
    """FTS5 by itself: any of the words, ranked by its own bm25()."""
    db = sqlite3.connect(":memory:")
    db.execute(f"CREATE VIRTUAL TABLE documents USING fts5(id UNINDEXED, text, tokenize='{tokenizer}')")
    db.executemany("INSERT INTO documents VALUES (?, ?)", [(key, f"{a}\n{b}") for key, (a, b) in documents.items()])

    async def search(text: str, depth: int) -> list[str]:
        words = " OR ".join(f'"{word}"' for word in dict.fromkeys(re.findall(r"\w+", text.lower())))
        found = db.execute("SELECT id FROM documents WHERE documents MATCH ? ORDER BY rank LIMIT ?", (words, depth))
        return [key for (key,) in found]

    return search


async def measure(name: str, search: Engine, queries: dict[str, str], judged: Judged) -> None:
    gains, precisions, times = [], [], []
    for query, grades in judged.items():
        ranked = await search(queries[query], DEPTH)
        started = time.perf_counter()
        await search(queries[query], 10)
        times.append(1000 * (time.perf_counter() - started))
        gains.append(ndcg(ranked, grades))
        precisions.append(average_precision(ranked, grades))
    slow = statistics.quantiles(times, n=20)[-1]
    print(
        f"{name:28} nDCG@10 {statistics.mean(gains):.4f}   MAP {statistics.mean(precisions):.4f}   "
        f"{statistics.median(times):6.1f} ms median   {slow:6.1f} ms p95"
    )


async def main(folder: Path) -> None:
    documents, queries, judged = read(folder)
    print(f"{folder.name}: {len(documents)} documents, {len(judged)} judged queries")
    with tempfile.TemporaryDirectory() as scratch:
        index, search = await hub(documents, Path(scratch))
        await measure("hub", search, queries, judged)
        await index.close()
    await measure("FTS5 bm25, porter", baseline(documents, "porter unicode61"), queries, judged)
    await measure("FTS5 bm25, no stemming", baseline(documents, "unicode61"), queries, judged)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
