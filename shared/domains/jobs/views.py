"""Jobs as the API shows them."""

from datetime import datetime

from shared.domains.jobs.model import Job, JobError, JobStatus, JobType
from shared.domains.knowledge.content import Evaluation, SourceType
from shared.platform.shapes import View


class JobView(View):
    """A job: where it stands, when it began and should end, what came of it, and the score of each round."""

    job_id: str
    job_type: JobType
    project_id: str
    event_id: str
    source_id: str | None
    source_type: SourceType | None
    file_name: str
    status: JobStatus
    stage: str
    percent: int
    attempt: int
    enqueued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    estimated_completion_time: datetime | None
    error: JobError | None
    rounds: tuple[Evaluation, ...]
    artifact_id: str | None
    warnings: tuple[str, ...]
    created_by: str


def shown(job: Job, now: datetime) -> JobView:
    """The job as it stands; what is late is expected now."""
    fields = {name: getattr(job, name) for name in JobView.model_fields if name not in {"job_id", "enqueued_at"}}
    expected = job.estimated_completion_time
    fields["estimated_completion_time"] = max(expected, now) if expected else None
    return JobView(**fields, job_id=job.id, enqueued_at=job.created_at)
