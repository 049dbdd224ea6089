"""Chat answers: whether questions about papers find the right paper and sentence, and whether foreign ones are refused.

python -m evals.chat FOLDER…      every second PDF below the folders is published, the others' questions have no answer

Questions are made by rule from what each paper's own statements say: a third of the words is left out, numbers always,
others lose or change their endings, and the order is turned. "first" is the share of answers whose first source is the
right paper, "sentence" of those that cite the very sentence, "refused" of unanswerable questions that get no answer.
The baseline takes the best passage that the search finds, and answers always.
"""

import asyncio
import hashlib
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from shared.access import Actor, Role
from shared.clock import Clock
from shared.domains.chat.answering import answer
from shared.domains.chat.asker import Asker, Scope
from shared.domains.chat.model import Thread
from shared.domains.extraction.agents.paper import PaperAgent
from shared.domains.extraction.evidence import verify
from shared.domains.extraction.indexing import entries, version
from shared.domains.knowledge.content import SourceType, Statement, StatementKind
from shared.domains.knowledge.model import Artifact, ArtifactStatus
from shared.domains.knowledge.search import passages
from shared.domains.language.words import STOP_WORDS, content_roots, overlap, words
from shared.domains.projects.model import Project, ProjectStatus
from shared.platform.opened import Platform
from shared.platform.readers import ReadError
from shared.platform.readers.document import Document
from shared.platform.readers.sandbox import read
from shared.platform.store import save
from shared.settings import Settings

TENANT, NOW = "default", datetime(2026, 1, 1, tzinfo=UTC)
MOST = 6
"""Questions of a paper's statements."""
ASKING = {
    StatementKind.PROBLEM: "What problem is there with {}?",
    StatementKind.CLAIM: "What is said about {}?",
    StatementKind.METHOD: "How did they go about {}?",
    StatementKind.RESULT: "What did they find about {}?",
    StatementKind.LIMITATION: "What limits {}?",
    StatementKind.FUTURE_WORK: "What is planned for {}?",
}
_ENDINGS = re.compile(r"(?:ing|ed|es|s)$")


class Asked(NamedTuple):
    """A question; `quotation` is the sentence that answers it, empty for one about the work as a whole."""

    text: str
    artifact: str
    quotation: str


class Paper(NamedTuple):
    artifact: Artifact
    document: Document


def paraphrased(statement: Statement) -> str:
    """The statement's content words as somebody might ask for them, none of its numbers."""
    content = [word for word in words(statement.text) if word not in STOP_WORDS and not any(map(str.isdigit, word))]
    kept = [word for at, word in enumerate(dict.fromkeys(content)) if at % 3 != _number(statement.text) % 3]
    inflected = [_ENDINGS.sub("", word) if len(word) > 7 and at % 2 else word for at, word in enumerate(kept)]
    half = len(inflected) // 2
    return " ".join([*inflected[half:], *inflected[:half]][:9])


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])


def questions(paper: Paper) -> Iterator[Asked]:
    """Of some statements of each kind in turn, and of the work as a whole."""
    supported = [one for one in paper.artifact.supported if len(words(one.text)) >= 8]
    chosen = sorted(
        supported, key=lambda one: sum(one.kind is other.kind for other in supported[: supported.index(one)])
    )
    for statement in chosen[:MOST]:
        asked = ASKING[statement.kind].format(paraphrased(statement))
        yield Asked(asked, paper.artifact.id, statement.evidence[0].quotation)
    title = paper.artifact.content.title
    if title and any(one.kind is StatementKind.LIMITATION for one in supported):
        yield Asked(f"What are the limitations of {title}?", paper.artifact.id, "")
    if title and paper.artifact.content.people:
        yield Asked(f"Who wrote {title}?", paper.artifact.id, "")


def _place(statement: Statement, among: Sequence[Statement]) -> int:
    """How many of its kind come before it."""
    return sum(one.kind is statement.kind for one in among[: among.index(statement)])


def extracted(document: Document, number: int) -> Paper:
    agent, source = PaperAgent(), f"src_{number}"
    merged = agent.merge(document, [agent.extract(document, portion) for portion in agent.split(document)])
    artifact = Artifact(
        id=f"art_{number}", project_id=f"proj_{number}", event_id="evt_1", source_id=source, job_id="job_1",
        source_type=SourceType.PAPER, source_sha256="0" * 64, status=ArtifactStatus.APPROVED, created_by="usr_2",
        content=verify(document, source, merged), extracted_at=NOW, updated_at=NOW,
    )  # fmt: skip
    return Paper(artifact, document)


async def read_all(folders: Sequence[Path]) -> list[Paper]:
    papers: list[Paper] = []
    for path in sorted(
        path for folder in folders for path in ([folder] if folder.is_file() else folder.rglob("*.pdf"))
    ):
        try:
            papers.append(extracted(await read(path), len(papers)))
        except ReadError as error:
            print(f"{path.name}: {error.detail}")
    return papers


async def published(platform: Platform, papers: Sequence[Paper]) -> Asker:
    """A hub in which these papers are published, asked by an attendee."""
    store, index = (await platform.stores()).open(TENANT), await platform.search()
    for artifact, document in papers:
        project = Project(
            id=artifact.project_id, event_id="evt_1", title=artifact.content.title[:300] or "A paper",
            status=ProjectStatus.PUBLISHED, published_at=NOW, created_by="usr_2", created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        await save(store, project, "ProjectPublished")
        await save(store, artifact, "ArtifactApproved")
        found = list(entries(artifact, project, document))
        await index.replace(TENANT, artifact.id, found, version(artifact, project))
    return Asker(Actor("usr_1", TENANT, "ada@example.org", frozenset({Role.USER})), store, index)


class Figures:
    """Counts over questions; each figure is a share."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.missed: list[str] = []

    def add(self, asked: Asked, sources: Sequence[str], quotations: Sequence[str]) -> None:
        self.counts["asked"] += 1
        self.counts["first"] += list(sources[:1]) == [asked.artifact]
        self.counts["right"] += asked.artifact in sources
        if asked.quotation:
            cited = any(_same(asked.quotation, one) for one in quotations)
            self.counts["quoting"] += 1
            self.counts["sentence"] += cited
            if not cited:
                self.missed.append(f"{asked.text}\n   wanted  {asked.quotation[:150]}\n   got     {quotations[:2]}")

    def refused(self, asked: Asked, quotations: Sequence[str]) -> None:
        self.counts["foreign"] += 1
        self.counts["refused"] += not quotations
        if quotations:
            self.missed.append(f"FOREIGN {asked.text}\n   got     {quotations[0][:200]}")

    def __str__(self) -> str:
        count = self.counts
        shares = {"first": "asked", "right": "asked", "sentence": "quoting", "refused": "foreign"}
        told = (f"{name} {100 * count[name] / max(1, count[of]):5.1f}%" for name, of in shares.items())
        return f"{'  '.join(told)}   of {count['asked']} and {count['foreign']} questions"


def _same(wanted: str, quoted: str) -> bool:
    return wanted in quoted or quoted in wanted or overlap(content_roots(wanted), content_roots(quoted)) >= 0.8


async def measure(papers: Sequence[Paper], *, worst: bool) -> None:
    known, foreign = (papers[::2], papers[1::2]) if len(papers) > 1 else (papers, [])
    ours, baseline, seconds = Figures(), Figures(), list[float]()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(hosting="local", jwt_secret="x" * 32, data_dir=Path(folder))
        platform = Platform(settings, Clock())
        asker = await published(platform, known)
        for paper in papers:
            for asked in questions(paper):
                began = time.process_time()
                found = await answer(asker, asked.text, Scope(), Thread())
                seconds.append(time.process_time() - began)
                hits = (await passages(asker.search, asker.actor, asked.text, limit=1))[:1]
                best = [hit.entry.artifact_id or "" for hit in hits], [hit.entry.text for hit in hits]
                quotations = [one.quotation for one in found.citations]
                if paper in foreign:
                    ours.refused(asked, quotations)
                    baseline.refused(asked, best[1])
                else:
                    ours.add(asked, found.sources, quotations)
                    baseline.add(asked, *best)
        await platform.close()
    print(*(ours.missed if worst else ()), sep="\n")
    print(f"{len(known)} papers published, {len(foreign)} not")
    print(f"ours           {ours}")
    print(f"best passage   {baseline}")
    print(f"{1000 * sorted(seconds)[len(seconds) // 2]:.0f} ms of the processor for an answer (median)")


def main() -> None:
    folders = [Path(each) for each in sys.argv[1:] if not each.startswith("-")]
    papers = asyncio.run(read_all(folders))
    asyncio.run(measure(papers, worst="--worst" in sys.argv))


if __name__ == "__main__":
    main()
