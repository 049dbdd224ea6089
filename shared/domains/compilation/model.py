"""A compiled summary: what is published of one revision of a project."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from shared.clock import derived_id
from shared.domains.compilation.content import Compiled
from shared.errors import Conflict
from shared.platform.store.records import Record


class SummaryStatus(StrEnum):
    """A `draft` until its revision is published."""

    DRAFT = "draft"
    PUBLISHED = "published"


class Summary(Record):
    """The account of one revision of a project, kept beside it; `sources` are the revisions of the artifacts used."""

    kind: ClassVar[str] = "summary"

    project_id: str
    revision: int
    status: SummaryStatus = SummaryStatus.DRAFT
    content: Compiled
    sources: dict[str, int]
    job_id: str
    compiled_at: datetime
    published_at: datetime | None = None
    modified_at: datetime

    @property
    def aggregate_id(self) -> str:
        return self.project_id


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
