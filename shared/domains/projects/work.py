"""Jobs on projects: whose they are, and what they tell of their project."""

from shared.domains.jobs import actions as jobs
from shared.domains.jobs.model import Job, JobType
from shared.domains.projects.model import Project
from shared.platform.store import Store

OF_PROJECT = ("projectId", "eventId")
"""The details that every job on a project has."""


def job_on(store: Store, project: Project, job_type: JobType, *, by: str, job_id: str = "", **details: str) -> Job:
    """A queued job on the project, not yet saved, for its creator and its team to see."""
    known = {"projectId": project.id, "eventId": project.event_id, **details}
    return jobs.new_job(store, job_type, project, by=by, readers=readers_of(project), details=known, job_id=job_id)


def readers_of(project: Project) -> tuple[str, ...]:
    """Who may see what is done on the project: its creator, and its team."""
    return (project.created_by, *project.team)


async def project_of(store: Store, job: Job) -> Project | None:
    return await store.get(Project, job.details.get("projectId", ""))
