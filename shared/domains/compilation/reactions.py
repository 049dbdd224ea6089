"""What follows from changes: the last decision starts a compilation; the search index stays true to the summaries."""

from shared.domains.compilation.actions import compile_when_decided
from shared.domains.compilation.indexing import entry, version
from shared.domains.compilation.queries import summary_of
from shared.domains.projects.model import Project
from shared.platform.changes import Change, Consumer
from shared.platform.opened import platform
from shared.platform.search import PROJECTION
from shared.platform.search.vectors import with_vectors
from shared.platform.store import Store


async def compile_decided(store: Store, change: Change) -> None:
    """Compile when nothing is open any more."""
    await compile_when_decided(store, change.data.get("projectId") or change.aggregate)


async def index_summary(store: Store, change: Change) -> None:
    """Index the summary of the project's present revision."""
    project = await store.get(Project, change.aggregate)
    summary = await summary_of(store, project) if project else None
    if project is not None and summary is not None:
        here = platform()
        entries = await with_vectors(await here.embeddings(), [entry(project, summary)])
        await (await here.search()).replace(store.tenant, project.id, entries, version(project, summary))


CONSUMERS = (
    Consumer("compilation", compile_decided, frozenset({"ArtifactApproved", "ArtifactRejected", "ProjectSubmitted"})),
    Consumer(
        "search-summaries",
        index_summary,
        frozenset({"SummaryCompiled", "ProjectPublished", "ProjectUpdated"}),
        projection=PROJECTION,
    ),
)
