"""Projects as the API shows them, with what was published of them."""

from asyncio import gather
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.access import Actor
from shared.domains.compilation.content import Compiled
from shared.domains.compilation.model import Summary, SummaryStatus
from shared.domains.compilation.queries import summary_of
from shared.domains.knowledge.model import ArtifactId
from shared.domains.knowledge.queries import counted, project_scope, sees_all
from shared.domains.projects.model import Project, ProjectStatus, ProjectType
from shared.domains.projects.queries import knows_team
from shared.platform.shapes import View
from shared.platform.store import Store


class SummaryView(Compiled):
    """A compiled summary with its dates; `published_at` is empty in a draft."""

    status: SummaryStatus
    revision: int
    compiled_at: datetime
    published_at: datetime | None
    modified_at: datetime


class ProjectView(View):
    """A project, as in a list; `artifacts` counts those that the caller sees, `team` is for the team and its judges."""

    id: str
    event_id: str
    title: str
    abstract: str
    description: str
    project_type: ProjectType
    team: tuple[str, ...]
    tags: tuple[str, ...]
    keywords: tuple[str, ...]
    research_area: str
    session_ids: tuple[str, ...]
    status: ProjectStatus
    revision: int
    feedback: str
    artifacts: int
    created_by: str
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    approved_at: datetime | None
    published_at: datetime | None
    deleted_at: datetime | None = None


class WholeProjectView(ProjectView):
    """A project by itself: its artifacts, what is published of it, and for its team and judges the draft of that."""

    knowledge_artifact_ids: tuple[str, ...]
    published_summary: SummaryView | None = None
    draft_summary: SummaryView | None = None


async def shown(store: Store, actor: Actor, projects: Sequence[Project]) -> tuple[ProjectView, ...]:
    """The projects with the number of artifacts of each that the caller sees."""
    counts = await counted(store, actor, projects)
    return tuple(ProjectView(**_fields(actor, project), artifacts=counts.get(project.id, 0)) for project in projects)


async def whole(store: Store, actor: Actor, project: Project) -> WholeProjectView:
    """The project with all that belongs to it and that the caller sees."""
    scope = project_scope(actor, project)
    page, summary = await gather(store.query(ArtifactId, scope, limit=1000), summary_of(store, project))
    ids = tuple(artifact.id for artifact in page.items)
    view = WholeProjectView(**_fields(actor, project), artifacts=len(ids), knowledge_artifact_ids=ids)
    if summary is None:
        return view
    if summary.status is SummaryStatus.PUBLISHED:
        return view.model_copy(update={"published_summary": _summary(summary)})
    return view.model_copy(update={"draft_summary": _summary(summary)}) if sees_all(actor, project) else view


def _summary(summary: Summary) -> SummaryView:
    return SummaryView(**{**dict(summary.content), **{name: getattr(summary, name) for name in _OF_SUMMARY}})


_OF_SUMMARY = ("status", "revision", "compiled_at", "published_at", "modified_at")


def _fields(actor: Actor, project: Project) -> dict[str, Any]:
    shown_to_all = {**dict(project), "etag": project.etag}
    feedback = project.feedback if sees_all(actor, project) else ""
    team = project.team if knows_team(actor, project) else ()
    return {**shown_to_all, "feedback": feedback, "team": team}
