"""A project: its states, and what may be wrong with it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field, StringConstraints, computed_field

from shared.access import EVERYBODY, shared_with
from shared.domains.accounts.model import Email
from shared.errors import Conflict, NotFound
from shared.platform.store.records import Index, Restricted

Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
    Field(examples=["Forecasting free seats"]),
]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Words = Annotated[
    tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)], ...],
    Field(max_length=50),
]
Team = Annotated[tuple[Email, ...], Field(max_length=50)]


class ProjectStatus(StrEnum):
    """`draft` → `submitted` → `approved` → `published`; a request for changes goes back to `draft`."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PUBLISHED = "published"


class ProjectType(StrEnum):
    """What the project shows at the event."""

    PAPER = "paper"
    POSTER = "poster"
    DEMO = "demo"
    TALK = "talk"


class ProjectFields(BaseModel):
    """What people say of a project. `team` are e-mail addresses; whoever has one of them owns it with its creator."""

    title: Title
    abstract: Prose = ""
    description: Prose = ""
    project_type: ProjectType = ProjectType.PAPER
    team: Team = ()
    tags: Words = ()
    keywords: Words = ()
    research_area: Line = ""
    session_ids: Words = ()


class Project(ProjectFields, Restricted):
    """A submission to an event."""

    kind: ClassVar[str] = "project"
    version: ClassVar[int] = 2
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("eventId", "createdAt"),
        Index("eventId", "title"),
        Index("eventId", "status", "createdAt"),
    )

    event_id: str
    status: ProjectStatus = ProjectStatus.DRAFT
    revision: int = 1
    recused: tuple[str, ...] = ()
    """Who left the team by their own hand: they stay unfit to judge it."""
    feedback: str = ""
    created_by: str
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None = None
    approved_at: datetime | None = None
    published_at: datetime | None = None

    @computed_field  # type: ignore[prop-decorator]  # mypy takes no decorator on a property
    @property
    def readers(self) -> tuple[str, ...]:
        """Everybody once it is published, its creator and its team before."""
        return (EVERYBODY,) if self.published else shared_with(self.created_by, self.team)

    @property
    def published(self) -> bool:
        return self.published_at is not None


class DeletedProject(Project):
    """A deleted project, in the place of the project; `deleted_with` names the event that took it along."""

    kind: ClassVar[str] = "deleted_project"

    deleted_at: datetime
    deleted_by: str
    deleted_with: str = ""

    @computed_field  # type: ignore[prop-decorator]  # mypy takes no decorator on a property
    @property
    def readers(self) -> tuple[str, ...]:
        """Its creator and its team, published or not."""
        return shared_with(self.created_by, self.team)


class ProjectNotFound(NotFound):
    """No such project, or one that the caller may not know of."""

    code = "project.not_found"
    title = "No such project"


class ProjectState(Conflict):
    """The project's state forbids it."""

    code = "project.state"
    title = "The project's state does not allow this"
