"""What of a project can be found: its compiled summary."""

from collections.abc import Awaitable, Callable

from shared.domains.compilation.model import Summary, SummaryStatus
from shared.domains.compilation.queries import summary_of
from shared.domains.projects.model import Project
from shared.platform.changes import Change, Consumer
from shared.platform.embeddings import Embeddings
from shared.platform.search import Entry, EntryKind, SearchIndex
from shared.platform.search.vectors import with_vectors
from shared.platform.store import Store

TYPES = frozenset({"SummaryCompiled", "ProjectPublished", "ProjectUpdated"})


Opened = Callable[[], Awaitable[tuple[SearchIndex, Embeddings | None]]]


def summary_indexing(opened: Opened) -> Consumer:
    """Keeps the index true to the summaries."""

    async def follow(store: Store, change: Change) -> None:
        project = await store.get(Project, change.aggregate)
        summary = await summary_of(store, project) if project else None
        if project is not None and summary is not None:
            version = int(max(project.updated_at, summary.modified_at).timestamp() * 1_000_000)
            index, embeddings = await opened()
            entries = await with_vectors(embeddings, [_entry(project, summary)])
            await index.replace(store.tenant, project.id, entries, version)

    return Consumer("search-summaries", follow, TYPES)


def _entry(project: Project, summary: Summary) -> Entry:
    compiled = summary.content
    lines = [compiled.what_is_new, compiled.problem_statement, *compiled.key_methods, *compiled.evidence_and_examples]
    lines += [*compiled.key_insights, *compiled.next_steps, *[f"{one.question} {one.answer}" for one in compiled.faq]]
    return Entry(
        id=summary.id,
        kind=EntryKind.SUMMARY,
        title=project.title,
        text="\n".join([*lines, ", ".join(compiled.keywords)]),
        project_id=project.id,
        event_id=project.event_id,
        public=project.published and summary.status is SummaryStatus.PUBLISHED,
        created_by=project.created_by,
        readers=tuple(member.casefold() for member in project.team),
    )
