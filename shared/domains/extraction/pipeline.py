"""The steps of an extraction, each safe to repeat; what they hand on are blobs and ids."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from shared.domains.extraction import evaluator, evidence
from shared.domains.extraction.agents import Agent, Partial
from shared.domains.extraction.agents.paper import PaperAgent
from shared.domains.jobs.evaluation import Evaluation
from shared.domains.jobs.model import Job, JobStopped
from shared.domains.jobs.work import Work
from shared.domains.knowledge.actions import check_editable, facts
from shared.domains.knowledge.content import Content, SourceType
from shared.domains.knowledge.model import Artifact, artifact_id
from shared.domains.knowledge.queries import Filed
from shared.domains.projects.model import Project
from shared.domains.sources import documents
from shared.domains.sources.model import Source, UnsupportedFile
from shared.errors import Problem
from shared.platform.readers import ReadError
from shared.platform.readers.document import Document
from shared.platform.store import AlreadyExists, Stale, Store, save

AGENTS: Mapping[SourceType, Agent[Document]] = {SourceType.PAPER: PaperAgent()}
READING, READ, EXTRACTED, MERGED, SAVED = 5, 25, 60, 75, 90
"""Percent done at the start and after each stage."""


class NothingReceived(Problem):
    """There is no file to read."""

    status = 409
    code = "upload.missing"
    title = "The source was never uploaded"


class NothingToExtract(Problem):
    """The file can be read, but there is nothing in it."""

    status = 422
    code = "upload.no_prose"
    title = "There is nothing to extract"


class Turn(BaseModel):
    """One round over all portions: its number from 1, what it shall widen, how many portions there are."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    round: int
    focus: tuple[str, ...] = ()
    portions: int


class Round(BaseModel):
    """What a round came to."""

    content: Content
    evaluation: Evaluation


async def read(work: Work) -> dict[str, Any]:
    """Read the source, unless it was read before; the number of portions to fan out over."""
    job = await work.start("reading", READING)
    source = await _source(work, job)
    if source.source_type not in AGENTS:
        raise UnsupportedFile(f"No reader takes a {source.source_type} here; these can be read: {', '.join(AGENTS)}.")
    try:
        document = await documents.read_once(work.blobs, work.readers, work.store.tenant, source)
    except ReadError as error:
        return {"error": {"code": error.code, "detail": error.detail}}
    portions = await asyncio.to_thread(AGENTS[source.source_type].split, document)
    if not portions:
        raise NothingToExtract("The file has no prose to extract knowledge from, only a few words.")
    await work.progress("extracting", READ)
    return {"portions": len(portions)}


async def extract(work: Work, turn: Turn, portion: int) -> None:
    """Extract from one portion."""
    source, document = await _document(work)
    partial = await asyncio.to_thread(_extract, source, document, portion, turn.focus)
    await work.keep(f"{turn.round}/{portion}.json", partial)


async def merge(work: Work, turn: Turn) -> dict[str, Any]:
    """Merge a round, verify and score it; `focus` is what the next shall widen, empty when this was the last."""
    await work.progress("merging", EXTRACTED)
    source, document = await _document(work)
    names = [f"{turn.round}/{portion}.json" for portion in range(turn.portions)]
    partials = await asyncio.gather(*(work.kept(name, Partial) for name in names))
    merged = await asyncio.to_thread(_merge, source, document, partials, turn, work.settings.evaluation_threshold)
    await work.keep(f"{turn.round}/round.json", merged)
    job = await work.progress("scoring", MERGED, merged.evaluation)
    good = merged.evaluation.score >= work.settings.evaluation_threshold
    last = good or turn.round >= work.settings.evaluation_rounds
    best = max(job.rounds, key=lambda one: (one.score, -one.round))
    return {"focus": [] if last else [*turn.focus, *evaluator.focus(merged.evaluation)], "best": best.round}


async def save_artifact(work: Work, number: int) -> dict[str, Any]:
    """Save a round as a draft: the source's only artifact, however often this runs.

    A draft that an older reader gave is replaced; raises ArtifactState when it is no draft any more.
    """
    source, document = await _document(work)
    best = await work.kept(f"{number}/round.json", Round)
    artifact = _artifact(work, await work.job(), source, document, best)
    try:
        await save(work.store, artifact, "ArtifactExtracted", facts(artifact))
    except AlreadyExists:  # an earlier run of this step, an earlier attempt, or an older reader came as far as here
        await _replace_older(work.store, artifact)
    await work.progress("rendering", SAVED)
    return {"artifactId": artifact.id}


async def render(work: Work, artifact_id: str) -> dict[str, Any]:
    """Draw each page that bears evidence and end the job; a page that cannot be drawn is only a warning."""
    artifact = await work.store.get(Artifact, artifact_id)
    if artifact is None:
        raise NothingReceived("The artifact is gone; retry the job.")
    warnings = artifact.content.warnings
    try:
        await documents.draw_pages(work.blobs, work.readers, work.store.tenant, artifact)
        await _mark_rendered(work.store, artifact)
    except ReadError as error:
        warnings = (*warnings, f"The pages could not be drawn: {error.detail}")
    await work.succeed(warnings, artifactId=artifact_id)
    return {"artifactId": artifact_id}


async def _replace_older(store: Store, artifact: Artifact) -> None:
    older = await store.get(Artifact, artifact.id)
    if older is None or older.reader >= artifact.reader:
        return
    project = await store.get(Project, older.project_id)
    if project is None:
        raise JobStopped(f"the project of {older.id} is gone")
    check_editable(Filed(older, project))
    newer = artifact.with_(
        etag=older.etag, revision=older.revision + 1, created_by=older.created_by, review_comment=older.review_comment
    )
    await save(store, newer, "ArtifactReread", facts(newer))


async def _mark_rendered(store: Store, artifact: Artifact) -> None:
    try:
        await save(store, artifact.with_(pages_rendered=True), "PagesRendered", facts(artifact))
    except Stale:  # somebody corrects the draft already: their edit stands, and it has other evidence
        return


async def _source(work: Work, job: Job) -> Source:
    source = await work.store.get(Source, job.details.get("sourceId", ""))
    if source is None or not source.sha256:
        raise NothingReceived("The file never arrived; ask for an upload address and put it again.")
    return source


async def _document(work: Work) -> tuple[Source, Document]:
    source = await _source(work, await work.job())
    return source, await documents.read_once(work.blobs, work.readers, work.store.tenant, source)


def _extract(source: Source, document: Document, portion: int, focus: tuple[str, ...]) -> Partial:
    agent = AGENTS[source.source_type]
    return agent.extract(document, agent.split(document)[portion], focus)


def _merge(source: Source, document: Document, partials: Sequence[Partial], turn: Turn, threshold: float) -> Round:
    merged = AGENTS[source.source_type].merge(document, partials, turn.focus)
    content = evidence.verify(document, source.id, merged)
    return Round(content=content, evaluation=evaluator.evaluate(document, content, turn.round, threshold))


def _artifact(work: Work, job: Job, source: Source, document: Document, best: Round) -> Artifact:
    now = work.store.clock.now()
    content = best.content
    if best.evaluation.score < work.settings.evaluation_threshold:
        low = ", ".join(best.evaluation.low)
        warning = f"Scored {best.evaluation.score:.1f} of 5 after {best.evaluation.round} rounds; low in {low}."
        content = content.model_copy(update={"warnings": (*content.warnings, warning)})
    return Artifact(
        id=artifact_id(source.id),
        project_id=source.project_id,
        event_id=job.details["eventId"],
        source_id=source.id,
        source_type=source.source_type,
        source_sha256=source.sha256,
        reader=document.reader,
        file_name=source.file_name,
        job_id=job.id,
        content=content,
        evaluation=best.evaluation,
        hidden_text=tuple(
            f"p. {hidden.page} ({hidden.reason}): {hidden.text}"[:500] for hidden in document.hidden[:50]
        ),
        created_by=job.created_by,
        extracted_at=now,
        updated_at=now,
    )
