"""What follows from changes: who joins or leaves a project's team gains or loses its jobs."""

from shared.domains.jobs import actions as jobs
from shared.domains.projects.model import Project
from shared.domains.projects.work import readers_of
from shared.platform.changes import Change, Consumer
from shared.platform.store import Store


async def share_jobs(store: Store, change: Change) -> None:
    """Give the project's jobs its present team."""
    project = await store.get(Project, change.aggregate)
    if project is not None and "team" in change.data["fields"]:
        await jobs.share(store, project, readers_of(project))


CONSUMERS = (Consumer("job-teams", share_jobs, frozenset({"ProjectUpdated"})),)
