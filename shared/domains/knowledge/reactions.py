"""What follows from changes: the drafts of a submitted project go to review; sources name authors."""

from contextlib import suppress

from shared.domains.knowledge import authors
from shared.domains.knowledge.actions import submit
from shared.domains.knowledge.model import EDITABLE, ArtifactState
from shared.domains.knowledge.queries import of_project
from shared.domains.projects.model import Project, ProjectStatus
from shared.platform.changes import Change, Consumer
from shared.platform.store import Store
from shared.platform.store.predicates import one_of


async def submit_drafts(store: Store, change: Change) -> None:
    """Submit each draft of the project, those too whose extraction ends after the project was submitted."""
    project_id = change.data.get("projectId") or change.aggregate
    project = await store.get(Project, project_id)
    if project is None or project.status is not ProjectStatus.SUBMITTED:
        return
    for artifact in await of_project(store, project_id, one_of("status", tuple(EDITABLE))):
        with suppress(ArtifactState):
            await submit(store, artifact)


async def propose_authors(store: Store, change: Change) -> None:
    """Let the project have the authors that its sources name."""
    await authors.propose(store, change.data.get("projectId") or change.aggregate)


CONSUMERS = (
    Consumer("review", submit_drafts, frozenset({"ProjectSubmitted", "ArtifactExtracted"})),
    Consumer(
        "authors",
        propose_authors,
        frozenset({"ArtifactExtracted", "ArtifactReread", "ArtifactRejected", "ProjectUnpublished"}),
    ),
)
