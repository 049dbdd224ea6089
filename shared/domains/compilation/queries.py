"""What can be asked about summaries."""

from shared.domains.compilation.model import Summary, summary_id
from shared.domains.jobs.model import Job, JobStatus, JobType
from shared.domains.knowledge.model import Artifact, ArtifactStatus
from shared.domains.knowledge.queries import of_project
from shared.domains.projects.model import Project
from shared.platform.store import Predicate, Store
from shared.platform.store.predicates import all_of, eq, one_of


async def summary_of(store: Store, project: Project) -> Summary | None:
    """The summary of the project's present revision, draft or published."""
    return await store.get(Summary, summary_id(project.id, project.revision), project.id)


async def approved(store: Store, project_id: str) -> tuple[Artifact, ...]:
    """The artifacts that a summary is made of."""
    return await of_project(store, project_id, eq("status", ArtifactStatus.APPROVED))


async def compiling(store: Store, project_id: str) -> bool:
    """Whether a compilation of the project is queued or running."""
    return await store.count(Job, _open(project_id, JobType.COMPILATION)) > 0


async def extracting(store: Store, project_id: str) -> bool:
    """Whether a source of the project is being read; one that was never uploaded does not count."""
    uploaded = eq("awaitingUpload", value=False)
    return await store.count(Job, all_of(_open(project_id, JobType.EXTRACTION), uploaded)) > 0


def _open(project_id: str, job_type: JobType) -> Predicate:
    mine = (eq("projectId", project_id), eq("jobType", job_type))
    return all_of(*mine, one_of("status", (JobStatus.QUEUED, JobStatus.RUNNING)))


def is_current(summary: Summary, artifacts: tuple[Artifact, ...]) -> bool:
    """Whether the summary was made of exactly these artifacts as they are."""
    return summary.sources == {artifact.id: artifact.revision for artifact in artifacts}
