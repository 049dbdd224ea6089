"""Who is asked to judge a project, when they looked at it last, and how reviews are shown."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from shared.clock import derived_id
from shared.domains.knowledge.content import SourceType
from shared.domains.knowledge.model import Artifact, ArtifactStatus
from shared.domains.projects.model import ProjectStatus
from shared.errors import NotFound, Unprocessable
from shared.platform.shapes import View
from shared.platform.store.records import Index, Part, Partial, Record


class Assignment(Record):
    """That somebody is asked to judge a project, kept beside it; others may judge it, too."""

    kind: ClassVar[str] = "review_assignment"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("projectId", "assignedAt"),
        Index("reviewer", "assignedAt"),
        Index("eventId", "assignedAt"),
    )

    project_id: str
    event_id: str
    reviewer: str
    due_at: datetime | None = None
    assigned_by: str
    assigned_at: datetime

    @property
    def aggregate_id(self) -> str:
        return self.project_id


class Look(Record):
    """When a judge looked at a project last, kept beside it."""

    kind: ClassVar[str] = "review_look"
    indexes: ClassVar[tuple[Index, ...]] = (Index("reviewer", "projectId"),)

    project_id: str
    reviewer: str
    looked_at: datetime

    @property
    def aggregate_id(self) -> str:
        return self.project_id


def assignment_id(project_id: str, user_id: str) -> str:
    return derived_id("asg", project_id, user_id)


def look_id(project_id: str, user_id: str) -> str:
    return derived_id("look", project_id, user_id)


class Titled(Part):
    title: str = ""


class UnderReview(Partial, of=Artifact):
    """What reviews tell of an artifact."""

    project_id: str
    source_type: SourceType
    file_name: str = ""
    status: ArtifactStatus = ArtifactStatus.DRAFT
    content: Titled
    updated_at: datetime


class ReviewState(StrEnum):
    """`open`: something waits for a judgement; `done`: nothing does, and something was decided."""

    OPEN = "open"
    DONE = "done"
    ALL = "all"


class ReviewerView(View):
    """Somebody asked to judge a project; `warnings` say what might make them partial."""

    project_id: str
    user_id: str
    display_name: str
    email: str
    due_at: datetime | None
    assigned_at: datetime
    assigned_by: str
    warnings: tuple[str, ...] = ()


class Awaiting(View):
    """An artifact that waits for a judgement; `new` when it changed since the caller looked last."""

    id: str
    title: str
    source_type: SourceType
    updated_at: datetime
    new: bool


class ReviewView(View):
    """What of a project awaits somebody; `counts` are its artifacts by status, `new` those changed since they looked.

    `assigned` is false where nobody was asked: then it awaits everyone who may judge it.
    """

    project_id: str
    event_id: str
    title: str
    status: ProjectStatus
    assigned: bool
    due_at: datetime | None
    overdue: bool
    artifacts: tuple[Awaiting, ...]
    counts: dict[ArtifactStatus, int]
    new: int
    last_looked_at: datetime | None


class ProgressView(View):
    """How far the judgement of a project is; `overdue` when something waits after somebody's due date."""

    project_id: str
    title: str
    status: ProjectStatus
    counts: dict[ArtifactStatus, int]
    undecided: int
    reviewers: tuple[ReviewerView, ...]
    overdue: bool


class Shared(View):
    """A project with somebody who is asked to judge it."""

    project_id: str
    title: str
    user_id: str
    display_name: str
    warnings: tuple[str, ...] = ()


class Short(View):
    """A project that has fewer judges than wanted, as nobody else may judge it."""

    project_id: str
    title: str
    reviewers: int
    wanted: int


class Load(View):
    """How many projects of the event somebody is asked to judge."""

    user_id: str
    display_name: str
    projects: int


class SharedOut(View):
    """How the projects of an event are shared out: new assignments, how many were there, which projects are short."""

    dry_run: bool
    assigned: tuple[Shared, ...]
    kept: int
    short: tuple[Short, ...]
    loads: tuple[Load, ...]


class ReviewerNotFound(NotFound):
    """The person is not asked to judge the project."""

    code = "reviewer.not_found"
    title = "No such reviewer"


class NotAReviewer(Unprocessable):
    """There is no such account, or one whose roles judge nothing."""

    code = "reviewer.role"
    title = "Nobody who may judge"


class ReviewerConflict(Unprocessable):
    """The person belongs to the project's team, or took themselves out of it."""

    code = "reviewer.conflict_of_interest"
    title = "The reviewer belongs to the project's team"
