"""What follows from changes: the search index stays true to the artifacts and their sources."""

from shared.domains.extraction.indexing import entries, version
from shared.domains.knowledge.model import Artifact
from shared.domains.knowledge.queries import of_project
from shared.domains.projects.model import Project
from shared.domains.sources import documents
from shared.platform.changes import Change, Consumer
from shared.platform.opened import platform
from shared.platform.search import PROJECTION
from shared.platform.search.vectors import with_vectors
from shared.platform.store import Store

INDEXED = frozenset(
    {
        "ArtifactExtracted",
        "ArtifactReread",
        "ArtifactCorrected",
        "ArtifactSubmitted",
        "ArtifactApproved",
        "ArtifactRejected",
        "ChangesRequested",
        "ProjectUpdated",
        "ProjectPublished",
    }
)


async def index_artifacts(store: Store, change: Change) -> None:
    """Index the present state of what the change concerns, so that a replay does no harm."""
    here = platform()
    index, blobs, embeddings = await here.search(), await here.blobs(), await here.embeddings()
    for artifact, project in await _concerned(store, change):
        document = await documents.document_of(blobs, store.tenant, artifact.source_sha256, artifact.reader)
        found = await with_vectors(embeddings, list(entries(artifact, project, document)))
        await index.replace(store.tenant, artifact.id, found, version(artifact, project))


async def _concerned(store: Store, change: Change) -> list[tuple[Artifact, Project]]:
    project_id = change.data.get("projectId") or change.aggregate
    project = await store.get(Project, project_id)
    if project is None:
        return []
    if change.aggregate == project.id:
        return [(artifact, project) for artifact in await of_project(store, project.id)]
    artifact = await store.get(Artifact, change.aggregate)
    return [(artifact, project)] if artifact else []


CONSUMERS = (Consumer("search", index_artifacts, INDEXED, projection=PROJECTION),)
