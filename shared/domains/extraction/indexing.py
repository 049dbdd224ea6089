"""What of an artifact can be found: its own text, and the paragraphs of its source."""

from collections.abc import Awaitable, Callable, Iterator

from shared.domains.knowledge.model import Artifact, ArtifactStatus
from shared.domains.knowledge.queries import of_project
from shared.domains.projects.model import Project
from shared.domains.sources import documents
from shared.platform.blobs import Blobs
from shared.platform.changes import Change, Consumer
from shared.platform.embeddings import Embeddings
from shared.platform.readers.document import Document, Span
from shared.platform.search import Entry, EntryKind, SearchIndex
from shared.platform.search.vectors import with_vectors
from shared.platform.store import Store

SHORTEST = 60
"""Characters that a paragraph needs to be worth finding by itself."""
TYPES = frozenset(
    {
        "ArtifactExtracted",
        "ArtifactCorrected",
        "ArtifactSubmitted",
        "ArtifactApproved",
        "ArtifactRejected",
        "ChangesRequested",
        "ProjectUpdated",
        "ProjectPublished",
    }
)

Opened = Callable[[], Awaitable[tuple[SearchIndex, Blobs, Embeddings | None]]]


def artifact_indexing(opened: Opened) -> Consumer:
    """Keeps the index true to the artifacts; it reads the present state, so that a replay does no harm."""

    async def follow(store: Store, change: Change) -> None:
        index, blobs, embeddings = await opened()
        for artifact, project in await _concerned(store, change):
            document = await documents.document_of(blobs, store.tenant, artifact.source_sha256)
            version = _version(artifact, project)
            entries = await with_vectors(embeddings, list(_entries(artifact, project, document)))
            await index.replace(store.tenant, artifact.id, entries, version)

    return Consumer("search", follow, TYPES)


async def _concerned(store: Store, change: Change) -> list[tuple[Artifact, Project]]:
    project_id = change.data.get("projectId") or change.aggregate
    project = await store.get(Project, project_id)
    if project is None:
        return []
    if change.aggregate == project.id:
        return [(artifact, project) for artifact in await of_project(store, project.id)]
    artifact = await store.get(Artifact, change.aggregate)
    return [(artifact, project)] if artifact else []


def _version(artifact: Artifact, project: Project) -> int:
    """Grows with the state that is indexed, in microseconds."""
    return int(max(artifact.updated_at, project.updated_at).timestamp() * 1_000_000)


def _entries(artifact: Artifact, project: Project, document: Document) -> Iterator[Entry]:
    yield _entry(artifact, project, artifact.id, EntryKind.ARTIFACT, _text(artifact))
    if artifact.status is ArtifactStatus.REJECTED:
        return
    for number, span in enumerate(document.paragraphs()):
        text = document.text[span.start : span.end]
        if len(text) >= SHORTEST:
            yield _entry(
                artifact, project, f"{artifact.id}/{number}", EntryKind.PASSAGE, text, _place(artifact, document, span)
            )


def _entry(
    artifact: Artifact,
    project: Project,
    entry_id: str,
    kind: EntryKind,
    text: str,
    passage: dict[str, object] | None = None,
) -> Entry:
    return Entry(
        id=entry_id,
        kind=kind,
        title=artifact.content.title or artifact.file_name,
        text=text,
        project_id=project.id,
        event_id=project.event_id,
        artifact_id=artifact.id,
        source_id=artifact.source_id,
        source_type=artifact.source_type,
        passage=passage,
        public=project.published and artifact.status is ArtifactStatus.APPROVED,
        created_by=project.created_by,
        readers=tuple(member.casefold() for member in project.team),
    )


def _text(artifact: Artifact) -> str:
    content = artifact.content
    words = [*content.keywords, *content.concepts, *content.technologies, *[person.name for person in content.people]]
    return "\n".join([content.abstract, *[statement.text for statement in artifact.supported], ", ".join(words)])


def _place(artifact: Artifact, document: Document, span: Span) -> dict[str, object]:
    section = next((one.heading for one in document.sections if one.start <= span.start < one.end), "")
    return {
        "sourceId": artifact.source_id,
        "start": span.start,
        "end": span.end,
        "section": section,
        "page": document.page_of(span.start),
    }
