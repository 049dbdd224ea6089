"""A compiled summary: what is published of one revision of a project."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from shared.clock import derived_id
from shared.domains.compilation.content import Compiled
from shared.domains.jobs.model import Job, JobType, register
from shared.domains.projects.model import ProjectStatus
from shared.domains.projects.work import OF_PROJECT, project_of
from shared.errors import Conflict
from shared.platform.store import Store
from shared.platform.store.records import Record


class SummaryStatus(StrEnum):
    """A `draft` until its revision is published."""

    DRAFT = "draft"
    PUBLISHED = "published"


class Summary(Record):
    """The account of one revision of a project, kept beside it; `sources` are the revisions of the artifacts used.

    `begun_at` is when the compilation began to look at them: of two, the one that began later stands.
    """

    kind: ClassVar[str] = "summary"
    version: ClassVar[int] = 2

    project_id: str
    revision: int
    status: SummaryStatus = SummaryStatus.DRAFT
    content: Compiled
    sources: dict[str, int]
    job_id: str
    begun_at: datetime
    compiled_at: datetime
    published_at: datetime | None = None
    modified_at: datetime

    @property
    def aggregate_id(self) -> str:
        return self.project_id

    @classmethod
    def upgraded(cls, document: dict[str, Any], version: int) -> dict[str, Any]:  # noqa: ARG003 -- only 1 came before
        return {**document, "begunAt": document["compiledAt"]}


def summary_id(project_id: str, revision: int) -> str:
    """The id of the summary of a revision."""
    return derived_id("sum", project_id, str(revision))


class NothingApproved(Conflict):
    """A summary is made of approved artifacts, and there is none."""

    code = "project.nothing_approved"
    title = "The project has no approved artifact"


class ReviewOpen(Conflict):
    """Some artifact is not decided yet."""

    code = "project.review_open"
    title = "The review is not finished"


class NotCompiled(Conflict):
    """There is no summary of what is approved now."""

    code = "project.not_compiled"
    title = "The project's summary is not compiled"


async def closed(store: Store, job: Job) -> str:
    """Why a compilation cannot be tried again; "" when it can."""
    project = await project_of(store, job)
    if project is None or project.status is ProjectStatus.PUBLISHED:
        return "The project is published, and stays as it was approved."
    return ""


COMPILATION = register(JobType("compilation", details=OF_PROJECT, closed=closed))
"""The job that makes a project's summary."""
