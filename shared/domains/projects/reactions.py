"""What follows from changes: projects go with their event, and jobs with their project and its team."""

from shared.domains.jobs import actions as jobs
from shared.domains.projects import deletion
from shared.domains.projects.model import Project
from shared.domains.projects.work import readers_of
from shared.platform.changes import Change, Consumer
from shared.platform.store import Store


async def share_jobs(store: Store, change: Change) -> None:
    """Give the project's jobs its present team."""
    project = await store.get(Project, change.aggregate)
    if project is not None and "team" in change.data["fields"]:
        await jobs.share(store, project, readers_of(project))


async def go_with_event(store: Store, change: Change) -> None:
    """Let projects follow their event, and their jobs follow them."""
    if change.subject.startswith("event/"):
        await deletion.follow_event(store, change.aggregate)
    else:
        await deletion.follow(store, change.aggregate)


CONSUMERS = (
    Consumer("job-teams", share_jobs, frozenset({"ProjectUpdated"})),
    Consumer(
        "deletion",
        go_with_event,
        frozenset({"EventDeleted", "EventRestored", "ProjectCreated", "ProjectDeleted", "ProjectRestored"}),
    ),
)
