"""An artifact: its content, its states, its versions, and what people say of it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, Field, StringConstraints

from shared.clock import derived_id
from shared.domains.jobs.evaluation import Evaluation
from shared.domains.knowledge.content import (
    Content,
    ContentSummary,
    Evidence,
    Person,
    SourceType,
    Statement,
    StatementKind,
    StatementText,
)
from shared.errors import Conflict, Forbidden, NotFound, Unprocessable
from shared.platform.store.records import Index, Part, Partial, Record

Comment = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class ArtifactStatus(StrEnum):
    """`draft` → `review` → `approved` | `rejected` | `changes_requested`, which the next edit makes a draft again."""

    DRAFT = "draft"
    REVIEW = "review"
    APPROVED = "approved"
    REJECTED = "rejected"
    CHANGES_REQUESTED = "changes_requested"


EDITABLE = frozenset({ArtifactStatus.DRAFT, ArtifactStatus.CHANGES_REQUESTED})
UNDECIDED = (ArtifactStatus.DRAFT, ArtifactStatus.REVIEW, ArtifactStatus.CHANGES_REQUESTED)


class ArtifactFields(BaseModel):
    """What is known of an artifact; `content` holds all its statements, the unsupported ones too."""

    project_id: str
    event_id: str
    source_id: str
    source_type: SourceType
    source_sha256: str
    reader: int = 1
    """The version of the readers whose document the passages are in."""
    source_url: str = ""
    file_name: str = ""
    job_id: str
    status: ArtifactStatus = ArtifactStatus.DRAFT
    content: ContentSummary
    evaluation: Evaluation | None = None
    hidden_text: tuple[str, ...] = ()
    revision: int = 1
    pages_rendered: bool = False
    created_by: str
    extracted_at: datetime
    updated_at: datetime
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    review_comment: str = ""

    @property
    def supported(self) -> tuple[StatementText, ...]:
        """The statements that are knowledge: those whose evidence is verified, and that no judge has struck."""
        return tuple(statement for statement in self.content.statements if statement.stands)

    def texts(self, *kinds: StatementKind) -> list[str]:
        return [statement.text for statement in self.supported if statement.kind in kinds]


class Artifact(ArtifactFields, Record):
    """What was extracted from one source, with its evidence."""

    kind: ClassVar[str] = "artifact"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("projectId", "extractedAt"),
        Index("projectId", "status", "extractedAt"),
        Index("status", "extractedAt"),
    )

    content: Content

    @property
    def supported(self) -> tuple[Statement, ...]:
        return tuple(statement for statement in self.content.statements if statement.stands)

    def evidence(self, n: int) -> tuple[Statement, Evidence] | None:
        """The evidence of a number, with the statement that it bears."""
        for statement in self.content.statements:
            for evidence in statement.evidence:
                if evidence.n == n:
                    return statement, evidence
        return None


class ArtifactSummary(ArtifactFields, Partial, of=Artifact):
    """An artifact as lists show it."""


class ArtifactId(Partial, of=Artifact):
    """That there is such an artifact."""


class PublishedArtifact(Artifact):
    """An artifact of a published revision as it stood then, kept beside it while the next revision is made."""

    kind: ClassVar[str] = "published_artifact"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("projectId", "publishedIn", "extractedAt"),
        Index("projectId", "publishedIn", "status", "extractedAt"),
    )

    of: str
    published_in: int
    tag: str

    @property
    def aggregate_id(self) -> str:
        return self.of

    @classmethod
    def kept(cls, artifact: Artifact, revision: int) -> Self:
        known = {**dict(artifact), "etag": "", "id": published_id(artifact.id)}
        return cls(**known, of=artifact.id, published_in=revision, tag=artifact.etag)


class PublishedSummary(ArtifactFields, Partial, of=PublishedArtifact):
    """A published artifact as lists show it."""

    of: str
    tag: str


class People(Part):
    people: tuple[Person, ...] = ()


class ArtifactPeople(Partial, of=Artifact):
    """Whom the source of an artifact names."""

    content: People


def published_id(artifact_id: str) -> str:
    """The id of an artifact as it was published last."""
    return derived_id("pub", artifact_id)


def artifact_id(source_id: str) -> str:
    """The id of the artifact that a source gives, known before it is extracted."""
    return derived_id("art", source_id)


class Feedback(Record):
    """What somebody says of an artifact, or of one of its statements; kept beside the artifact."""

    kind: ClassVar[str] = "feedback"
    indexes: ClassVar[tuple[Index, ...]] = (Index("createdAt"),)

    artifact_id: str
    statement_id: str | None = None
    text: Comment
    rating: int | None = Field(default=None, ge=1, le=5)
    created_by: str
    created_at: datetime

    @property
    def aggregate_id(self) -> str:
        return self.artifact_id


class ArtifactNotFound(NotFound):
    """No such artifact, or one that the caller may not know of."""

    code = "artifact.not_found"
    title = "No such artifact"


class EvidenceNotFound(NotFound):
    """The artifact has no evidence of that number."""

    code = "evidence.not_found"
    title = "No such evidence"


class StatementNotFound(NotFound):
    """The artifact has no statement of that id."""

    code = "statement.not_found"
    title = "No such statement"


class ArtifactState(Conflict):
    """The artifact's state forbids it."""

    code = "artifact.state"
    title = "The artifact's state does not allow this"


class NothingSupported(Conflict):
    """No statement that stands has verified evidence."""

    code = "artifact.unsupported"
    title = "Text without verified evidence cannot be approved"


class ConflictOfInterest(Forbidden):
    """Nobody judges their own project."""

    code = "review.conflict_of_interest"
    title = "You are in the project's team"


class BadCorrection(Unprocessable):
    """A correction names what is not there."""

    code = "artifact.correction"
    title = "The correction cannot be applied"


class CommentMissing(Unprocessable):
    """A rejection needs its reason."""

    code = "review.comment_missing"
    title = "Say what is wrong"
