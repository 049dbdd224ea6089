"""What of an artifact can be found: its own text, and the paragraphs of its source."""

from collections.abc import Iterator

from shared.domains.knowledge.model import Artifact, ArtifactStatus
from shared.domains.projects.model import Project
from shared.platform.readers.document import Document, Span
from shared.platform.search import Entry, EntryKind, state_at

SHORTEST = 60
"""Characters that a paragraph needs to be worth finding by itself: less is a label or a line of a formula."""


def version(artifact: Artifact, project: Project) -> int:
    """Grows with the state that is indexed, in microseconds."""
    return state_at(artifact.updated_at, project.updated_at)


def entries(artifact: Artifact, project: Project, document: Document) -> Iterator[Entry]:
    """The artifact as an entry, then each paragraph of its source that is worth finding by itself."""
    yield _entry(artifact, project, artifact.id, EntryKind.ARTIFACT, _text(artifact, project))
    if artifact.status is ArtifactStatus.REJECTED:
        return
    shown = _without_struck(artifact, document.text)
    for number, span in enumerate(document.paragraphs()):
        text = shown[span.start : span.end]
        if len(text.strip()) >= SHORTEST:
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


def _without_struck(artifact: Artifact, text: str) -> str:
    """The source with blanks for what only struck statements quote, so that every place stays where it is."""
    struck = [one for one in artifact.content.statements if one.struck]
    kept = {(one.passage.start, one.passage.end) for each in artifact.supported for one in each.evidence if one.passage}
    for passage in (one.passage for each in struck for one in each.evidence if one.passage):
        if (passage.start, passage.end) not in kept:
            text = text[: passage.start] + " " * (passage.end - passage.start) + text[passage.end :]
    return text


def _text(artifact: Artifact, project: Project) -> str:
    content = artifact.content
    people = content.people if project.authors is None else project.authors
    words = [*content.keywords, *content.concepts, *content.technologies, *[person.name for person in people]]
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
