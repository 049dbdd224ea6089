"""What can be asked about summaries."""

from shared.domains.compilation.model import COMPILATION, Summary, summary_id
from shared.domains.jobs.model import Job
from shared.domains.jobs.queries import open_jobs
from shared.domains.knowledge.model import Artifact, ArtifactStatus
from shared.domains.knowledge.queries import of_project
from shared.domains.projects.model import Project
from shared.domains.sources.model import EXTRACTION, UPLOAD
from shared.platform.store import Store
from shared.platform.store.predicates import Not, all_of, eq


async def summary_of(store: Store, project: Project) -> Summary | None:
    """The summary of the project's present revision, draft or published."""
    return await store.get(Summary, summary_id(project.id, project.revision), project.id)


async def approved(store: Store, project_id: str) -> tuple[Artifact, ...]:
    """The artifacts that a summary is made of."""
    return await of_project(store, project_id, eq("status", ArtifactStatus.APPROVED))


async def compiling(store: Store, project: Project) -> bool:
    """Whether a compilation of the project is queued or running."""
    return await store.count(Job, open_jobs(COMPILATION, project.subject)) > 0


async def extracting(store: Store, project: Project) -> bool:
    """Whether a source of the project is being read; one that was never uploaded does not count."""
    uploaded = Not(eq("waitsFor", UPLOAD))
    return await store.count(Job, all_of(open_jobs(EXTRACTION, project.subject), uploaded)) > 0


def is_current(summary: Summary, artifacts: tuple[Artifact, ...]) -> bool:
    """Whether the summary was made of exactly these artifacts as they are."""
    return summary.sources == {artifact.id: artifact.revision for artifact in artifacts}
