"""Jobs as the API shows them."""

from datetime import datetime

from pydantic import ConfigDict

from shared.domains.jobs.evaluation import Evaluation
from shared.domains.jobs.model import Job, JobError, JobStatus
from shared.platform.shapes import View


class JobView(View):
    """A job: where it stands, when it began and should end, what came of it, and the score of each round.

    Beside these stand the details of its type: an extraction's `projectId`, `eventId`, `sourceId`, `sourceType`,
    `fileName` and `artifactId`, a compilation's `projectId` and `eventId`; texts, or null while there is none.
    """

    model_config = ConfigDict(extra="allow")

    job_id: str
    job_type: str
    subject: str
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
    warnings: tuple[str, ...]
    created_by: str


_NAMED_OTHERWISE = {"job_id", "enqueued_at", "subject"}


def shown(job: Job, now: datetime) -> JobView:
    """The job as it stands; what is late is expected now."""
    details = {name: job.details.get(name) for name in job.type.details}
    fields = {name: getattr(job, name) for name in JobView.model_fields if name not in _NAMED_OTHERWISE}
    expected = job.estimated_completion_time
    fields["estimated_completion_time"] = max(expected, now) if expected else None
    return JobView(**details, **fields, job_id=job.id, subject=job.about, enqueued_at=job.created_at)
