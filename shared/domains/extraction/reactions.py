"""What follows from changes: the search index stays true to the artifacts and their sources."""

from collections.abc import Sequence

from shared.domains.extraction.indexing import entries, version
from shared.domains.knowledge.model import Artifact
from shared.domains.knowledge.queries import as_found, of_project
from shared.domains.projects.model import DeletedProject, Project
from shared.domains.sources import documents
from shared.platform.changes import Change, Consumer
from shared.platform.opened import platform
from shared.platform.search import PROJECTION, state_at
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
        "StatementStruck",
        "StatementKept",
        "ProjectUpdated",
        "ProjectPublished",
        "ProjectDeleted",
        "ProjectRestored",
    }
)


async def index_artifacts(store: Store, change: Change) -> None:
    """Index the present state of what the change concerns, so that a replay does no harm."""
    artifacts = await _concerned(store, change)  # before the project: nothing read after its deletion is indexed
    project = await store.get(Project, change.data.get("projectId") or change.aggregate)
    for artifact in artifacts:
        if project is None:
            await _forget(store, artifact, change)
        else:
            await _index(store, artifact, project)


async def _concerned(store: Store, change: Change) -> Sequence[Artifact]:
    if "projectId" not in change.data:
        return await of_project(store, change.aggregate)
    artifact = await store.get(Artifact, change.aggregate)
    return [artifact] if artifact else []


async def _index(store: Store, artifact: Artifact, project: Project) -> None:
    """What is published is found as it was until the next revision is."""
    seen = await as_found(store, artifact, project)
    here = platform()
    index, blobs, embeddings = await here.search(), await here.blobs(), await here.embeddings()
    document = await documents.document_of(blobs, store.tenant, artifact.source_sha256, seen.artifact.reader)
    found = await with_vectors(embeddings, list(entries(*seen, document)))
    await index.replace(store.tenant, artifact.id, found, version(artifact, project))


async def _forget(store: Store, artifact: Artifact, change: Change) -> None:
    deleted = await store.get(DeletedProject, artifact.project_id)
    since = deleted.deleted_at if deleted else change.occurred_at
    await (await platform().search()).remove(store.tenant, artifact.id, state_at(artifact.updated_at, since))


CONSUMERS = (Consumer("search", index_artifacts, INDEXED, projection=PROJECTION),)
