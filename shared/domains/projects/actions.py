"""What can be done with a project before it is compiled; `publication` approves and publishes it."""

from typing import Any, Literal

from pydantic import BaseModel

from shared.access import Allowed, Permission
from shared.domains.accounts.queries import normal_email
from shared.domains.events.model import Event, EventStatus
from shared.domains.projects.model import COUNTED, Project, ProjectState, ProjectStatus
from shared.platform.changes.difference import difference
from shared.platform.shapes import IfMatch
from shared.platform.store import Store, create_once, save

Open = Allowed[Event, Literal[Permission.CREATE_PROJECT]]
Editable = Allowed[Project, Literal[Permission.EDIT_OWN_PROJECT, Permission.EDIT_ANY_PROJECT]]


async def create(store: Store, event: Open, fields: BaseModel, project_id: str = "") -> Project:
    """A new project in `draft`; the team's addresses are kept as accounts keep theirs."""
    if event.thing.status is EventStatus.ARCHIVED:
        raise ProjectState("The event is archived and takes no more projects.")
    now = store.clock.now()
    project = Project(
        id=project_id or store.clock.new_id("proj"),
        event_id=event.thing.id,
        created_by=event.actor.id,
        created_at=now,
        updated_at=now,
        **_plain(fields.model_dump(exclude_unset=True)),
    )
    return await create_once(store, project, "ProjectCreated", {"eventId": event.thing.id})


async def edit(store: Store, allowed: Editable, changes: dict[str, Any], if_match: IfMatch) -> Project:
    """Change fields of a project that is not published; who leaves the team so does not become fit to judge it."""
    actor, project = allowed.actor, allowed.thing
    if_match.check(project)
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
    return await save(store, edited, "ProjectUpdated", {"fields": difference(project, edited, changes, COUNTED)})


async def submit(store: Store, allowed: Allowed[Project, Literal[Permission.SUBMIT_PROJECT]]) -> Project:
    """Ask for review; the drafts of the project follow it."""
    project = allowed.thing
    if project.status is not ProjectStatus.DRAFT:
        raise ProjectState(f"The project is {project.status}; only a draft can be submitted.")
    now = store.clock.now()
    submitted = project.with_(status=ProjectStatus.SUBMITTED, submitted_at=now, updated_at=now, feedback="")
    return await save(store, submitted, "ProjectSubmitted", moved(project, submitted))


async def return_(store: Store, allowed: Allowed[Project, Literal[Permission.RETURN_PROJECT]], comment: str) -> Project:
    """Give a submitted or approved project back to its team, with words that say what to change."""
    project = allowed.thing
    if project.status not in {ProjectStatus.SUBMITTED, ProjectStatus.APPROVED}:
        raise ProjectState(f"The project is {project.status}; only a submitted or approved one can be returned.")
    returned = project.with_(status=ProjectStatus.DRAFT, feedback=comment, updated_at=store.clock.now())
    return await save(store, returned, "ProjectReturned", moved(project, returned))


def moved(before: Project, after: Project) -> dict[str, Any]:
    """What a change tells of a project that goes from one state to another."""
    fields = difference(before, after, ("status", "revision"))
    return {"eventId": after.event_id, "revision": after.revision, "fields": fields}


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    if "team" in fields:
        fields["team"] = tuple(dict.fromkeys(map(normal_email, fields["team"])))
    return fields
