"""What can be done with a project before it is compiled; `publication` approves and publishes it."""

from typing import Any

from pydantic import BaseModel

from shared.access import Actor, Permission
from shared.domains.accounts.queries import normal_email
from shared.domains.events import queries as events
from shared.domains.events.model import EventStatus
from shared.domains.projects.model import Project, ProjectState, ProjectStatus
from shared.domains.projects.queries import load
from shared.platform.store import Store, create_once, save


async def create(store: Store, actor: Actor, event_id: str, fields: BaseModel, project_id: str = "") -> Project:
    """A new project in `draft`; the team's addresses are kept as accounts keep theirs."""
    event = await events.load(store, actor, event_id)
    actor.require(Permission.CREATE_PROJECT)
    if event.status is EventStatus.ARCHIVED:
        raise ProjectState("The event is archived and takes no more projects.")
    now = store.clock.now()
    project = Project(
        id=project_id or store.clock.new_id("proj"),
        event_id=event.id,
        created_by=actor.id,
        created_at=now,
        updated_at=now,
        **_plain(fields.model_dump(exclude_unset=True)),
    )
    return await create_once(store, project, "ProjectCreated", {"eventId": event.id})


async def edit(store: Store, actor: Actor, project: Project, changes: dict[str, Any]) -> Project:
    """Change fields of a project that is not published; who leaves the team so does not become fit to judge it."""
    if project.status is ProjectStatus.PUBLISHED:
        raise ProjectState("The project is published, and stays as it was approved.")
    status = ProjectStatus(changes.pop("status", project.status))
    if status is not project.status:
        raise ProjectState(f"The project is {project.status}; use its submit, return, approve and publish routes.")
    if not changes:
        return project
    edited = project.with_(**_plain(changes), updated_at=store.clock.now())
    if actor.in_team(project) and not actor.in_team(edited):
        edited = edited.with_(recused=(*edited.recused, actor.email))
    return await save(store, edited, "ProjectUpdated", {"fields": sorted(changes)})


async def submit(store: Store, actor: Actor, project_id: str) -> Project:
    """Ask for review; the drafts of the project follow it."""
    project = await load(store, actor, project_id, Permission.SUBMIT_PROJECT)
    if project.status is not ProjectStatus.DRAFT:
        raise ProjectState(f"The project is {project.status}; only a draft can be submitted.")
    now = store.clock.now()
    submitted = project.with_(status=ProjectStatus.SUBMITTED, submitted_at=now, updated_at=now, feedback="")
    return await save(store, submitted, "ProjectSubmitted", {"eventId": project.event_id})


async def return_(store: Store, actor: Actor, project_id: str, comment: str) -> Project:
    """Give a submitted or approved project back to its team, with words that say what to change."""
    project = await load(store, actor, project_id, Permission.RETURN_PROJECT)
    if project.status not in {ProjectStatus.SUBMITTED, ProjectStatus.APPROVED}:
        raise ProjectState(f"The project is {project.status}; only a submitted or approved one can be returned.")
    returned = project.with_(status=ProjectStatus.DRAFT, feedback=comment, updated_at=store.clock.now())
    return await save(store, returned, "ProjectReturned", {"eventId": project.event_id})


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    if "team" in fields:
        fields["team"] = tuple(dict.fromkeys(map(normal_email, fields["team"])))
    return fields
