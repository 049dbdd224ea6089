"""The steps of a compilation, each safe to repeat."""

import asyncio
from contextlib import suppress
from typing import Any

from pydantic import BaseModel

from shared.domains.compilation.compiler import ApprovedArtifact, compile_summary
from shared.domains.compilation.model import NothingApproved, Summary, summary_id
from shared.domains.compilation.queries import approved
from shared.domains.jobs.work import Work
from shared.domains.knowledge.model import Artifact, ArtifactStatus
from shared.domains.projects.work import project_of
from shared.platform.store import AlreadyExists, Stale, save


class Gathered(BaseModel):
    """One approved artifact, as it stood when the compilation read it."""

    artifact_id: str
    revision: int
    source: ApprovedArtifact


async def begin(work: Work) -> dict[str, Any]:
    """The ids of the artifacts to fan out over."""
    job = await work.start("gathering", 10)
    artifacts = await approved(work.store, job.details["projectId"])
    if not artifacts:
        raise NothingApproved("Approve at least one artifact of the project, then compile it.")
    return {"artifactIds": [artifact.id for artifact in artifacts]}


async def gather(work: Work, artifact_id: str) -> None:
    """Keep the supported statements of one artifact."""
    await work.job()
    artifact = await work.store.get(Artifact, artifact_id)
    if artifact is None or artifact.status is not ArtifactStatus.APPROVED:
        raise NothingApproved(f"The artifact {artifact_id} is approved no longer; compile again.")
    content = artifact.content.model_copy(update={"statements": artifact.supported})
    source = ApprovedArtifact(artifact_id=artifact.id, source_type=artifact.source_type, content=content)
    gathered = Gathered(artifact_id=artifact.id, revision=artifact.revision, source=source)
    await work.keep(f"{artifact_id}.json", gathered)


async def compile_draft(work: Work, artifact_ids: list[str]) -> dict[str, Any]:
    """Compile what was gathered into the draft of the project's present revision, and end the job."""
    job = await work.progress("compiling", 60)
    gathered = await asyncio.gather(*(work.kept(f"{artifact_id}.json", Gathered) for artifact_id in artifact_ids))
    project = await project_of(work.store, job)
    if project is None:
        raise NothingApproved("The project is gone.")
    compiled = await asyncio.to_thread(compile_summary, [one.source for one in gathered])
    now = work.store.clock.now()
    summary = Summary(
        id=summary_id(project.id, project.revision),
        project_id=project.id,
        revision=project.revision,
        content=compiled,
        sources={one.artifact_id: one.revision for one in gathered},
        job_id=job.id,
        begun_at=job.started_at or now,
        compiled_at=now,
        modified_at=now,
    )
    saved = await _save_draft(work, summary)
    missing = tuple(f"The project has no {kind}." for kind in compiled.missing)
    await work.succeed(missing if saved else (*missing, "A compilation that began later has made the summary."))
    return {"summaryId": summary.id}


async def _save_draft(work: Work, summary: Summary) -> bool:
    """Save the draft, unless a compilation that began later has made one; whether it stands now."""
    facts = {"projectId": summary.project_id, "revision": summary.revision, "jobId": summary.job_id}
    while True:
        there = await work.store.get(Summary, summary.id, summary.project_id)
        if there is not None and there.published_at is not None:
            raise NothingApproved("The project was published meanwhile, and stays as it was approved.")
        if there is not None and there.begun_at > summary.begun_at:
            return False
        with suppress(Stale, AlreadyExists):  # another compilation of the project saves at this moment
            await save(work.store, summary.with_(etag=there.etag if there else ""), "SummaryCompiled", facts)
            return True
