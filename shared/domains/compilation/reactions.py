"""What follows from changes: the last decision starts a compilation; the search index stays true to the summaries."""

from shared.domains.compilation.actions import compile_when_decided
from shared.domains.compilation.indexing import entry, version
from shared.domains.compilation.queries import summary_of
from shared.domains.projects.model import DeletedProject, Project
from shared.platform.changes import Change, Consumer
from shared.platform.opened import platform
from shared.platform.search import PROJECTION, state_at
from shared.platform.search.vectors import with_vectors
from shared.platform.store import Store


async def compile_decided(store: Store, change: Change) -> None:
    """Compile when nothing is open any more."""
    await compile_when_decided(store, change.data.get("projectId") or change.aggregate)


async def index_summary(store: Store, change: Change) -> None:
    """Index the summary that is published, else that of the present revision; none of a project that is deleted."""
    project = await store.get(Project, change.aggregate)
    seen = project.as_published() if project else None
    summary = await summary_of(store, seen) if seen else None
    here = platform()
    index = await here.search()
    if project is None or seen is None:
        await index.remove(store.tenant, change.aggregate, await _gone(store, change))
    elif summary is not None:
        entries = await with_vectors(await here.embeddings(), [entry(seen, summary)])
        await index.replace(store.tenant, project.id, entries, version(project, summary))


async def _gone(store: Store, change: Change) -> int:
    deleted = await store.get(DeletedProject, change.aggregate)
    return state_at(deleted.deleted_at if deleted else change.occurred_at)


INDEXED = frozenset({"SummaryCompiled", "ProjectPublished", "ProjectUpdated", "ProjectDeleted", "ProjectRestored"})
DECIDED = frozenset({"ArtifactApproved", "ArtifactRejected", "StatementStruck", "StatementKept", "ProjectSubmitted"})
CONSUMERS = (
    Consumer("compilation", compile_decided, DECIDED),
    Consumer("search-summaries", index_summary, INDEXED, projection=PROJECTION),
)
