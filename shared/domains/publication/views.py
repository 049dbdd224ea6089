"""Projects as the API shows them, with what was published of them."""

from asyncio import gather
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.access import Actor
from shared.domains.compilation.content import Compiled
from shared.domains.compilation.model import Summary, SummaryStatus
from shared.domains.compilation.queries import summary_of
from shared.domains.knowledge.queries import counted, ids_of
from shared.domains.projects.model import Author, Project, ProjectStatus, ProjectType, PublishedFields, Revision
from shared.domains.projects.queries import as_seen_by, knows_addresses, knows_team, namesakes, sees_revision
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
    authors: tuple[Author, ...]
    authors_corrected: bool
    deleted_at: datetime | None = None


class WholeProjectView(ProjectView):
    """A project by itself: its artifacts, what is published of it, and for its team and judges the draft of that."""

    knowledge_artifact_ids: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    published_summary: SummaryView | None = None
    draft_summary: SummaryView | None = None


class RevisionView(View):
    """A revision of a project: what it says, its artifacts and, once it is compiled, its summary."""

    revision: int
    status: ProjectStatus
    title: str
    abstract: str
    description: str
    keywords: tuple[str, ...]
    artifacts: tuple[str, ...]
    summary: SummaryView | None
    updated_at: datetime
    submitted_at: datetime | None
    approved_at: datetime | None
    published_at: datetime | None


async def shown(store: Store, actor: Actor, projects: Sequence[Project]) -> tuple[ProjectView, ...]:
    """The projects with the number of artifacts of each that the caller sees."""
    counts = await counted(store, actor, projects)
    return tuple(ProjectView(**_fields(actor, project), artifacts=counts.get(project.id, 0)) for project in projects)


async def whole(store: Store, actor: Actor, project: Project) -> WholeProjectView:
    """The project with all that belongs to it and that the caller sees."""
    ids, (published, present) = await gather(ids_of(store, actor, project), _summaries(store, actor, project))
    shows = published is not None and published.status is SummaryStatus.PUBLISHED
    drafted = present is not None and present.status is SummaryStatus.DRAFT and sees_revision(actor, project)
    return WholeProjectView(
        **_fields(actor, project),
        artifacts=len(ids),
        knowledge_artifact_ids=ids,
        published_summary=_summary(published) if published and shows else None,
        draft_summary=_summary(present) if present and drafted else None,
    )


async def warned(store: Store, actor: Actor, project: Project) -> WholeProjectView:
    """The same, with what may be wrong with it."""
    view, same = await gather(whole(store, actor, project), namesakes(store, actor, project))
    warnings = tuple(f"Your team has a project of this title in the event already: {other.id}." for other in same)
    return view.model_copy(update={"warnings": warnings})


async def _summaries(store: Store, actor: Actor, project: Project) -> tuple[Summary | None, Summary | None]:
    """Of what everybody reads, and of what the caller does: mostly the same."""
    public, seen = project.as_published(), as_seen_by(actor, project)
    published = await summary_of(store, public)
    return published, published if seen.revision == public.revision else await summary_of(store, seen)


async def revisions(store: Store, actor: Actor, project: Project) -> tuple[RevisionView, ...]:
    """The revisions, the newest first: all of them for the team and its judges, what is published for others."""
    page = await store.query(Summary, aggregate=project.id, limit=1000)
    summaries = {summary.revision: summary for summary in page.items}
    present = as_seen_by(actor, project)
    ids = await ids_of(store, actor, project)
    shown = [_revision(present.kept(dict.fromkeys(ids, 0)), present.status, summaries)]
    if sees_revision(actor, project):
        kept = await store.query(Revision, aggregate=project.id, limit=1000)
        earlier = sorted((each.was for each in kept.items), key=lambda was: -was.revision)
        shown += [_revision(was, ProjectStatus.PUBLISHED, summaries) for was in earlier]
    return tuple(shown)


def _revision(was: PublishedFields, status: ProjectStatus, summaries: Mapping[int, Summary]) -> RevisionView:
    summary = summaries.get(was.revision)
    known = {**dict(was), "artifacts": tuple(was.artifacts), "status": status}
    if status is not ProjectStatus.PUBLISHED:
        known["published_at"] = None
    return RevisionView(**known, summary=_summary(summary) if summary else None)


def _summary(summary: Summary) -> SummaryView:
    return SummaryView(**{**dict(summary.content), **{name: getattr(summary, name) for name in _OF_SUMMARY}})


_OF_SUMMARY = ("status", "revision", "compiled_at", "published_at", "modified_at")


def _fields(actor: Actor, project: Project) -> dict[str, Any]:
    seen = as_seen_by(actor, project)
    shown_to_all = {**dict(seen), "etag": seen.etag}
    feedback = seen.feedback if sees_revision(actor, project) else ""
    team = project.team if knows_team(actor, project) else ()
    authors = seen.known_authors
    if not knows_addresses(actor, project):
        authors = tuple(map(_without_address, authors))
    corrected = seen.authors is not None
    return {**shown_to_all, "feedback": feedback, "team": team, "authors": authors, "authors_corrected": corrected}


def _without_address(author: Author) -> Author:
    return author.model_copy(update={"email": None})
