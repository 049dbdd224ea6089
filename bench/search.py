"""What a search costs as the index grows, and when 16 ask at once.

    python -m bench.search [ENTRIES…]

Fills an index for each size (1,000, 16,000 and 64,000 entries of the tenant that is searched, and half as many of
others), asks it what people ask, as people of every kind of access, and prints milliseconds and ratios to FTS5's own
`bm25()` on the same entries and the same questions, which decides no access. A search here is the whole of it: parse,
candidates, ranks, twenty results with excerpts. Processor time, of all threads, is steadier than the clock.
"""

import asyncio
import random
import re
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

from shared.access import Actor, Role
from shared.clock import Clock
from shared.domains.knowledge.search import search
from shared.platform.search import Entry, EntryKind, SearchIndex
from shared.platform.search.sqlite import open_search
from shared.settings import Settings

SIZES = (1_000, 16_000, 64_000)
PASSAGES = 40
"""Of each artifact; a project has three artifacts and a summary."""
VOCABULARY = 60_000
QUESTIONS = 240
CLIENTS = 16
ROUNDS = 7
"""Of one client and then of all, as the load of the machine moves their ratio; the median is shown."""
TENANT = "searched"
PEOPLE = [
    Actor("usr_7", TENANT, "usr_7@example.org", frozenset({Role.USER}), None),
    Actor("usr_8", TENANT, "usr_8@example.org", frozenset({Role.USER, Role.PRESENTER}), None),
    Actor("usr_9", TENANT, "usr_9@example.org", frozenset({Role.ADMIN}), None),
]
_SYLLABLES = [first + second for first in "bcdfglmnprstv" for second in ("a", "e", "i", "o", "u", "ea", "or", "an")]
_ENDINGS = ["", "s", "ing", "ed", "ation", "er", "al", "ness"]
_SMALL = ["the", "of", "and", "to", "in", "a", "is", "that", "for", "we", "with", "as", "on", "are", "this", "by"]

Ask = Callable[[Actor, str], Awaitable[object]]


class Language:
    """Made-up words by Zipf's law, a third of a text small ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        made: dict[str, None] = {}
        while len(made) < VOCABULARY:
            stem = "".join(self.random.choices(_SYLLABLES, k=self.random.randint(2, 4)))
            made.update(dict.fromkeys(stem + ending for ending in self.random.sample(_ENDINGS, 3)))
        self.words = list(made)[:VOCABULARY]
        self.random.shuffle(self.words)
        self._weights = list(accumulate(1 / (rank + 8) for rank in range(VOCABULARY)))

    def text(self, length: int) -> str:
        small = length // 3
        words = self.random.choices(self.words, cum_weights=self._weights, k=length - small)
        words += self.random.choices(_SMALL, k=small)
        self.random.shuffle(words)
        return " ".join(words)

    def entries(self, number: int) -> Iterator[tuple[str, list[Entry]]]:
        """Owners with their entries: artifact after artifact, each third a project's last, with its summary."""
        made = owner = 0
        while made < number:
            project, place = divmod(owner, 3)
            access = self._access(project, owner)
            entries = [self._entry(f"a{owner}", EntryKind.ARTIFACT, 160, access)]
            entries += [self._entry(f"a{owner}/{n}", EntryKind.PASSAGE, 90, access) for n in range(PASSAGES)]
            yield f"a{owner}", entries[: number - made]
            made, owner = made + len(entries), owner + 1
            if place == 2 and made < number:
                access = {**access, "artifactId": None}
                yield f"p{project}", [self._entry(f"s{project}", EntryKind.SUMMARY, 200, access)]
                made += 1

    def _access(self, project: int, owner: int) -> dict[str, Any]:
        team = [f"usr_{(project * 5 + n) % 400}@example.org" for n in range(3)]
        return {
            "projectId": f"p{project}",
            "eventId": f"e{project // 40}",
            "artifactId": f"a{owner}",
            "sourceId": f"src{owner}",
            "sourceType": ("paper", "talk", "repository")[owner % 3],
            "public": self.random.random() < 0.6,
            "createdBy": f"usr_{project % 400}",
            "readers": team,
        }

    def _entry(self, entry_id: str, kind: EntryKind, length: int, access: dict[str, Any]) -> Entry:
        length = self.random.randint(length // 2, length * 3 // 2)
        return Entry.model_validate(
            {"id": entry_id, "kind": kind, "title": self.text(10), "text": self.text(length), **access}
        )

    def questions(self, texts: list[str]) -> list[str]:
        """One word, some words, the commonest, a sentence, a phrase, an exclusion, a beginning: in equal parts."""
        common, known, rare = self.words[:30], self.words[30:2_000], self.words[2_000:20_000]
        pick = self.random.choice
        kinds: list[Callable[[], str]] = [
            lambda: pick(rare),
            lambda: pick(common),
            lambda: f"{pick(known)} {pick(known)}",
            lambda: f"{pick(common)} {pick(common)} {pick(common)}",
            lambda: f"{pick(known)} {pick(common)} {pick(rare)}",
            lambda: " ".join(pick(texts).split()[:14]),
            lambda: '"' + " ".join([each for each in pick(texts).split() if each not in _SMALL][3:5]) + '"',
            lambda: f"{pick(common)} {pick(known)} -{pick(known)}",
            lambda: f"{pick(known)[:4]}* {pick(known)}",
        ]
        return [kinds[number % len(kinds)]() for number in range(QUESTIONS)]


class Plain:
    """FTS5 by itself: any of the words, ranked by its own `bm25()`, with its own snippets."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.execute("CREATE VIRTUAL TABLE entries USING fts5(id UNINDEXED, title, text, tokenize='porter')")

    def add(self, entries: list[Entry]) -> None:
        self._db.executemany("INSERT INTO entries VALUES (?, ?, ?)", [(one.id, one.title, one.text) for one in entries])
        self._db.commit()

    async def ask(self, _: Actor, text: str) -> object:
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", text) if word not in _SMALL)
        sql = "SELECT id, title, snippet(entries, 2, '', '', '...', 40) FROM entries WHERE entries MATCH ?"
        return self._db.execute(f"{sql} ORDER BY rank LIMIT 20", (words,)).fetchall()


def asking(index: SearchIndex) -> Ask:
    async def ask(actor: Actor, text: str) -> object:
        return [hit.excerpt for hit in await search(index, actor, text)]

    return ask


async def fill(index: SearchIndex, plain: Plain, number: int) -> tuple[list[str], float, float]:
    """Texts of some entries, and the seconds that either index took to take them all."""
    texts, ours, theirs = [], 0.0, 0.0
    for tenant, count, seed in ((TENANT, number, 1), ("another", number // 2, 2)):
        for owner, entries in Language(seed).entries(count):
            began = time.perf_counter()
            await index.replace(tenant, owner, entries, 1)
            between = time.perf_counter()
            if tenant == TENANT:
                plain.add(entries)
                theirs += time.perf_counter() - between
                texts.append(entries[0].text)
            ours += (between - began) * (tenant == TENANT)
    return texts, ours, theirs


async def one_by_one(ask: Ask, questions: list[str]) -> tuple[list[float], list[float]]:
    """Milliseconds of each search by the clock, and of the processor."""
    clock, processor = [], []
    for number, question in enumerate(questions):
        before, spent = time.perf_counter(), time.process_time()
        await ask(PEOPLE[number % len(PEOPLE)], question)
        clock.append(1000 * (time.perf_counter() - before))
        processor.append(1000 * (time.process_time() - spent))
    return clock, processor


async def throughput(ask: Ask, questions: list[str], clients: int) -> float:
    """Searches in a second, when so many people ask, each again once answered."""
    waiting = iter(enumerate(questions))

    async def client() -> None:
        for number, question in waiting:
            await ask(PEOPLE[number % len(PEOPLE)], question)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return len(questions) / (time.perf_counter() - began)


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


async def measure(number: int, first: float | None) -> float:
    """Prints a line; the p95 of this size, in processor time, for the ratio of larger ones to the first."""
    with tempfile.TemporaryDirectory() as folder:
        index = await open_search(Settings(hosting="local", jwt_secret="x" * 32, data_dir=Path(folder)), Clock())
        plain = Plain(Path(folder) / "plain.db")
        texts, ours, theirs = await fill(index, plain, number)
        questions = Language(1).questions(texts)
        ask = asking(index)
        await one_by_one(ask, questions[:40])
        clock, processor = await one_by_one(ask, questions)
        bare, _ = await one_by_one(plain.ask, questions)
        rounds = [
            (await throughput(ask, questions, 1), await throughput(ask, questions, CLIENTS)) for _ in range(ROUNDS)
        ]
        alone, together = (statistics.median(each) for each in zip(*rounds, strict=True))
        ratio = statistics.median(many / one for one, many in rounds)
        await index.close()
    slow = p95(processor)
    print(
        f"{number:8,}{statistics.median(clock):8.1f}{p95(clock):8.1f}{statistics.median(processor):8.1f}{slow:8.1f}"
        f"{slow / (first or slow):8.1f}{p95(bare):8.1f}{p95(clock) / p95(bare):8.2f}"
        f"{alone:9.0f}{together:9.0f}{ratio:8.2f}{1e6 * ours / number:9.0f}{ours / theirs:8.1f}",
        flush=True,
    )
    return slow


async def main(sizes: list[int]) -> None:
    print("           the clock, ms   processor, ms  p95 to  FTS5's  p95 to   searches a second    taking in")
    print(" entries     p50     p95     p50     p95   first     p95    FTS5    alone    of 16  ratio µs each to FTS5")
    first = None
    for number in sizes:
        slow = await measure(number, first)
        first = first or slow


if __name__ == "__main__":
    asyncio.run(main([int(each.replace(",", "")) for each in sys.argv[1:]] or list(SIZES)))
