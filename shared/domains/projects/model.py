"""A project: its states, and what may be wrong with it."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, Field, StringConstraints, computed_field

from shared.access import EVERYBODY, shared_with
from shared.clock import derived_id
from shared.domains.accounts.model import Email
from shared.errors import Conflict, Forbidden, NotFound, Unprocessable
from shared.platform.shapes import Piece
from shared.platform.store.records import Index, Part, Record, Restricted

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


class Author(Piece):
    """Who wrote it, in the words of its readers' guess or of its team; the e-mail is for the team."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    affiliation: Line = ""
    email: Email | None = None


Authors = Annotated[tuple[Author, ...], Field(max_length=100)]
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
    authors: Authors | None = None


class PublishedFields(ProjectFields, Part):
    """A revision as it was published; `artifacts` are the revisions of those it was made of, `tag` its ETag."""

    revision: int
    proposed_authors: Authors = ()
    artifacts: dict[str, int]
    tag: str
    updated_at: datetime
    submitted_at: datetime | None = None
    approved_at: datetime | None = None
    published_at: datetime | None = None


class Project(ProjectFields, Restricted):
    """A submission to an event.

    While a new revision of a published project is under way, `last_published` is what everybody reads: the `shown_…`
    fields are what lists are filtered and ordered by for those who may not see more.
    """

    kind: ClassVar[str] = "project"
    version: ClassVar[int] = 3
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("eventId", "createdAt"),
        Index("eventId", "title"),
        Index("eventId", "status", "createdAt"),
        Index("eventId", "titleKey"),
        Index("eventId", "shownTitle"),
        Index("eventId", "shownStatus", "createdAt"),
    )

    event_id: str
    status: ProjectStatus = ProjectStatus.DRAFT
    revision: int = 1
    proposed_authors: Authors = ()
    """Those whom its sources name; `authors` are those whom people name, and stay whatever is read."""
    recused: tuple[str, ...] = ()
    """Who left the team by their own hand: they stay unfit to judge it."""
    feedback: str = ""
    created_by: str
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None = None
    approved_at: datetime | None = None
    published_at: datetime | None = None
    last_published: PublishedFields | None = None

    @computed_field  # type: ignore[prop-decorator]  # mypy takes no decorator on a property
    @property
    def readers(self) -> tuple[str, ...]:
        """Everybody once it is published, its creator and its team before."""
        return (EVERYBODY,) if self.public else shared_with(self.created_by, self.team)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def title_key(self) -> str:
        """The title without case, accents, signs and spaces: two with the same are called the same."""
        plain = unicodedata.normalize("NFKD", self.title.casefold())
        return "".join(one for one in plain if one.isalnum()) or self.title

    @computed_field  # type: ignore[prop-decorator]
    @property
    def shown_title(self) -> str:
        return (self.last_published or self).title

    @computed_field  # type: ignore[prop-decorator]
    @property
    def shown_type(self) -> ProjectType:
        return (self.last_published or self).project_type

    @computed_field  # type: ignore[prop-decorator]
    @property
    def shown_tags(self) -> tuple[str, ...]:
        return (self.last_published or self).tags

    @computed_field  # type: ignore[prop-decorator]
    @property
    def shown_status(self) -> ProjectStatus:
        return ProjectStatus.PUBLISHED if self.last_published else self.status

    @property
    def known_authors(self) -> Authors:
        return self.proposed_authors if self.authors is None else self.authors

    @property
    def public(self) -> bool:
        """Whether everybody may see it, as it stands or as it was published last."""
        return self.published_at is not None

    @property
    def published(self) -> bool:
        """Whether everybody may see it as it stands."""
        return self.public and self.last_published is None

    def as_published(self) -> Self:
        """The project as everybody sees it: itself, unless a new revision is under way."""
        last = self.last_published
        if last is None:
            return self
        was = {name: value for name, value in last if name in type(self).model_fields and name != "team"}
        return self.with_(**was, status=ProjectStatus.PUBLISHED, feedback="", last_published=None, etag=last.tag)

    def kept(self, artifacts: Mapping[str, int]) -> PublishedFields:
        """What is published now, to be kept while the next revision is made."""
        return PublishedFields(**{**dict(self), "artifacts": dict(artifacts), "tag": self.etag})


class Revision(Record):
    """A revision that was published once, kept beside its project when the next one begins."""

    kind: ClassVar[str] = "revision"

    project_id: str
    was: PublishedFields

    @property
    def aggregate_id(self) -> str:
        return self.project_id


def revision_id(project_id: str, number: int) -> str:
    return derived_id("rev", project_id, str(number))


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


COUNTED = frozenset({"team", "authors"})
"""Fields of which changes tell only how many they are: they hold people's addresses."""


class NotCreator(Forbidden):
    """Only who owns a project hands it over."""

    code = "project.not_creator"
    title = "The project is not yours to hand over"


class NotInTeam(Unprocessable):
    """Who shall own the project is not in its team, or cannot own it."""

    code = "project.not_in_team"
    title = "Nobody of the team who can own it"


class ProjectNotFound(NotFound):
    """No such project, or one that the caller may not know of."""

    code = "project.not_found"
    title = "No such project"


class ProjectState(Conflict):
    """The project's state forbids it."""

    code = "project.state"
    title = "The project's state does not allow this"
