"""Artifacts as the API shows them: plain lists of their texts, and beside them the statements with their evidence."""

from collections.abc import Sequence
from datetime import datetime

from shared.access import Actor
from shared.domains.jobs.evaluation import Evaluation
from shared.domains.knowledge.content import Cited, Person, SourceType, Statement, StatementKind, Summary
from shared.domains.knowledge.model import Artifact, ArtifactStatus, ArtifactSummary, PublishedSummary
from shared.domains.knowledge.queries import as_seen_by
from shared.domains.projects.model import Project
from shared.platform.shapes import View

LONGEST_TEXT = 2000
"""Characters of `extractedText` in an artifact: its abstract, or its summary where there is none."""


class ArtifactView(View):
    """An artifact; `claims`, `methods` and the others are the texts of its supported statements."""

    id: str
    project_id: str
    event_id: str
    source_id: str
    source_type: SourceType
    source_url: str
    file_name: str
    title: str
    authors: tuple[Person, ...]
    venue: str
    year: int | None
    abstract: str
    extracted_text: str
    summary: Summary
    problem: tuple[str, ...]
    claims: tuple[str, ...]
    methods: tuple[str, ...]
    evidence: tuple[str, ...]
    limitations: tuple[str, ...]
    future_work: tuple[str, ...]
    keywords: tuple[str, ...]
    concepts: tuple[str, ...]
    technologies: tuple[str, ...]
    references: tuple[Cited, ...]
    confidence: float
    warnings: tuple[str, ...]
    hidden_text: tuple[str, ...]
    status: ArtifactStatus
    revision: int
    job_id: str
    evaluation: Evaluation | None
    reviewed_at: datetime | None
    review_comment: str
    pages_rendered: bool
    created_by: str
    extracted_at: datetime
    updated_at: datetime
    statements: tuple[Statement, ...] | None = None


def shown(actor: Actor, artifact: Artifact | ArtifactSummary | PublishedSummary, project: Project) -> ArtifactView:
    """The artifact as this caller may see it, with its statements unless it is its summary."""
    seen = as_seen_by(actor, artifact, project)
    return ArtifactView(
        **{name: getattr(seen, name) for name in _OF_ARTIFACT},
        **{name: getattr(seen.content, name) for name in _OF_CONTENT},
        **{name: tuple(seen.texts(kind)) for name, kind in _OF_KIND.items()},
        authors=seen.content.people,
        extracted_text=(seen.content.abstract or seen.content.summary.paragraph)[:LONGEST_TEXT],
        statements=seen.content.statements if isinstance(seen, Artifact) else None,
    )


_OF_KIND = {
    "problem": StatementKind.PROBLEM,
    "claims": StatementKind.CLAIM,
    "methods": StatementKind.METHOD,
    "evidence": StatementKind.RESULT,
    "limitations": StatementKind.LIMITATION,
    "future_work": StatementKind.FUTURE_WORK,
}
_OF_CONTENT: Sequence[str] = (
    "title", "venue", "year", "abstract", "summary", "keywords", "concepts", "technologies", "references", "confidence",
    "warnings",
)  # fmt: skip
_OF_ARTIFACT: Sequence[str] = (
    "id", "etag", "project_id", "event_id", "source_id", "source_type", "source_url", "file_name", "hidden_text",
    "status", "revision", "job_id", "evaluation", "reviewed_at", "review_comment", "pages_rendered",
    "created_by", "extracted_at", "updated_at",
)  # fmt: skip
