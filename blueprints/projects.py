"""Projects over HTTP: from the first draft to the published summary."""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from blueprints.surface import surface
from shared.access import Actor, Permission
from shared.domains.accounts.model import Email
from shared.domains.compilation import actions as compilation
from shared.domains.compilation.model import NotCompiled, NothingApproved, ReviewOpen
from shared.domains.events import queries as events
from shared.domains.events.model import EventNotFound
from shared.domains.jobs import views as jobs
from shared.domains.jobs.views import JobView
from shared.domains.knowledge.model import ConflictOfInterest
from shared.domains.projects import actions, deletion, queries, team
from shared.domains.projects.actions import Editable, Open
from shared.domains.projects.model import (
    DeletedProject,
    NotCreator,
    NotInTeam,
    Project,
    ProjectFields,
    ProjectNotFound,
    ProjectState,
    ProjectStatus,
    Title,
)
from shared.domains.publication import actions as publication
from shared.domains.publication.views import (
    ProjectView,
    RevisionView,
    WholeProjectView,
    revisions,
    shown,
    warned,
    whole,
)
from shared.platform.http import Accepted, Api, Created, Each, Listed, Listing, Order, Selection
from shared.platform.shapes import IfMatch, Input, NewId, Patch, Query
from shared.platform.store import Store, Stores
from shared.platform.store.listing import listed
from shared.platform.store.predicates import all_of, eq

api = Api(surface, "Projects")

LISTING = Listing(
    fields={
        "status": str,
        "title": str,
        "projectType": str,
        "tags": Each(str),
        "createdAt": datetime,
        "publishedAt": datetime,
    },
    orders=(Order("createdAt"), Order("title")),
)
DELETING: tuple[queries.Deletable, ...] = (Permission.DELETE_OWN_PROJECT, Permission.DELETE_ANY_PROJECT)
Comment = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class NewProject(ProjectFields, Input):
    """What a project begins with."""


class ProjectPatch(ProjectFields, Patch):
    """What of a project may change."""

    title: Title = ""
    status: ProjectStatus = ProjectStatus.DRAFT


class Owner(Input):
    """The member of the team who shall own the project."""

    email: Email


class Which(Query):
    """`deleted=true` lists what was deleted and can be restored, to those who may do that."""

    deleted: bool = False


class Return(Input):
    """Why a project goes back to its team."""

    comment: Comment


@api.get("v1/events/{event_id}/projects", allow=Permission.VIEW_PROJECT, raises=(EventNotFound,), listing=LISTING)
async def list_projects(
    event_id: str, query: Which, actor: Actor, store: Store, selection: Selection
) -> Listed[ProjectView]:
    """List the projects of an event: published ones, one's own, and all for those who judge them."""
    event = await events.load(store, actor, event_id, Permission.VIEW_EVENT)
    model: type[Project] = DeletedProject if query.deleted else Project
    mine = queries.restorable_by(actor, store.clock) if query.deleted else queries.visible_to(actor)
    seen = queries.of_what_is_shown(actor, selection)
    page = await listed(store, model, seen, all_of(eq("eventId", event.thing.id), mine))
    return Listed(await shown(store, actor, page.items), page.count, page.after)


@api.post("v1/events/{event_id}/projects", allow=Permission.CREATE_PROJECT, raises=(EventNotFound, ProjectState))
async def create_project(
    event_id: str, body: NewProject, actor: Actor, store: Store, new_id: NewId
) -> Created[WholeProjectView]:
    """Create a project in draft."""
    event: Open = await events.load(store, actor, event_id, Permission.CREATE_PROJECT)
    project = await actions.create(store, event, body, new_id("proj"))
    return Created(await warned(store, actor, project), f"/v1/projects/{project.id}")


@api.get("v1/projects/{project_id}", allow=Permission.VIEW_PROJECT, raises=(ProjectNotFound,), queries=1)
async def get_project(project_id: str, actor: Actor, store: Store) -> WholeProjectView:
    """A project with its artifacts and its published summary."""
    return await whole(store, actor, (await queries.load(store, actor, project_id, Permission.VIEW_PROJECT)).thing)


@api.patch(
    "v1/projects/{project_id}",
    allow=(Permission.EDIT_OWN_PROJECT, Permission.EDIT_ANY_PROJECT),
    raises=(ProjectNotFound, ProjectState),
)
async def edit_project(
    project_id: str, body: ProjectPatch, if_match: IfMatch, actor: Actor, store: Store
) -> WholeProjectView:
    """Change a project that is not published."""
    project: Editable = await queries.load(
        store, actor, project_id, Permission.EDIT_OWN_PROJECT, Permission.EDIT_ANY_PROJECT
    )
    return await warned(store, actor, await actions.edit(store, project, body.changes(), if_match))


@api.post("v1/projects/{project_id}/leave", allow=Permission.VIEW_PROJECT, raises=(ProjectNotFound, ProjectState))
async def leave_project(project_id: str, actor: Actor, store: Store) -> None:
    """Leave a project's team; who owns the project hands it over first."""
    await team.leave(store, await queries.load(store, actor, project_id, Permission.VIEW_PROJECT))


@api.post(
    "v1/projects/{project_id}/owner",
    allow=(Permission.EDIT_OWN_PROJECT, Permission.EDIT_ANY_PROJECT),
    raises=(ProjectNotFound, NotCreator, NotInTeam),
)
async def hand_over_project(
    project_id: str, body: Owner, actor: Actor, store: Store, stores: Stores
) -> WholeProjectView:
    """Make a member of the team the owner of the project; who owned it stays in the team."""
    project: Editable = await queries.load(
        store, actor, project_id, Permission.EDIT_OWN_PROJECT, Permission.EDIT_ANY_PROJECT
    )
    return await whole(store, actor, await team.hand_over(store, stores, project, body.email))


@api.post("v1/projects/{project_id}/submit", allow=Permission.SUBMIT_PROJECT, raises=(ProjectNotFound, ProjectState))
async def submit_project(project_id: str, actor: Actor, store: Store) -> WholeProjectView:
    """Submit a project for review; its draft artifacts follow."""
    project = await actions.submit(store, await queries.load(store, actor, project_id, Permission.SUBMIT_PROJECT))
    return await whole(store, actor, project)


@api.post("v1/projects/{project_id}/return", allow=Permission.RETURN_PROJECT, raises=(ProjectNotFound, ProjectState))
async def return_project(project_id: str, body: Return, actor: Actor, store: Store) -> WholeProjectView:
    """Give a submitted project back to its team, saying what to change."""
    project = await actions.return_(
        store, await queries.load(store, actor, project_id, Permission.RETURN_PROJECT), body.comment
    )
    return await whole(store, actor, project)


@api.post(
    "v1/projects/{project_id}/approve",
    allow=Permission.PUBLISH_PROJECT,
    raises=(ProjectNotFound, ProjectState, ReviewOpen, NothingApproved, ConflictOfInterest),
)
async def approve_project(project_id: str, actor: Actor, store: Store) -> WholeProjectView:
    """Accept a submitted project whose artifacts are all decided."""
    project = await publication.approve(store, await queries.load(store, actor, project_id, Permission.PUBLISH_PROJECT))
    return await whole(store, actor, project)


@api.post(
    "v1/projects/{project_id}/compile",
    allow=Permission.COMPILE_PROJECT,
    raises=(ProjectNotFound, ProjectState, NothingApproved),
)
async def compile_project(project_id: str, actor: Actor, store: Store) -> Accepted[JobView]:
    """Compile the summary of what is approved so far; while a compilation is under way it is the same job."""
    job = await compilation.compile_(store, await queries.load(store, actor, project_id, Permission.COMPILE_PROJECT))
    return Accepted(jobs.shown(job, store.clock.now()), f"/v1/jobs/{job.id}")


@api.post(
    "v1/projects/{project_id}/publish",
    allow=Permission.PUBLISH_PROJECT,
    raises=(ProjectNotFound, ProjectState, ReviewOpen, NothingApproved, NotCompiled, ConflictOfInterest),
)
async def publish_project(project_id: str, actor: Actor, store: Store) -> WholeProjectView:
    """Publish an approved project with the summary of its approved artifacts."""
    project = await publication.publish(store, await queries.load(store, actor, project_id, Permission.PUBLISH_PROJECT))
    return await whole(store, actor, project)


@api.delete("v1/projects/{project_id}", allow=DELETING, raises=(ProjectNotFound,))
async def delete_project(project_id: str, if_match: IfMatch, actor: Actor, store: Store) -> None:
    """Delete a project, published or not, with all that hangs on it; for 30 days it can be restored."""
    await deletion.delete(store, await queries.load(store, actor, project_id, *DELETING), if_match)


@api.post("v1/projects/{project_id}/restore", allow=DELETING, raises=(ProjectNotFound, ProjectState))
async def restore_project(project_id: str, actor: Actor, store: Store) -> WholeProjectView:
    """Bring back a deleted project, as whoever may delete it."""
    project = await deletion.restore(store, await queries.load_deleted(store, actor, project_id))
    return await whole(store, actor, project)


@api.post(
    "v1/projects/{project_id}/unpublish", allow=Permission.UNPUBLISH_PROJECT, raises=(ProjectNotFound, ProjectState)
)
async def unpublish_project(project_id: str, actor: Actor, store: Store) -> WholeProjectView:
    """Begin the next revision of a published project; everybody reads the published one until that is published."""
    project = await publication.unpublish(
        store, await queries.load(store, actor, project_id, Permission.UNPUBLISH_PROJECT)
    )
    return await whole(store, actor, project)


@api.get("v1/projects/{project_id}/revisions", allow=Permission.VIEW_PROJECT, raises=(ProjectNotFound,))
async def list_revisions(project_id: str, actor: Actor, store: Store) -> Listed[RevisionView]:
    """The revisions of a project, the newest first: all for its team and its judges, what is published for others."""
    project = (await queries.load(store, actor, project_id, Permission.VIEW_PROJECT)).thing
    shown_revisions = await revisions(store, actor, project)
    return Listed(shown_revisions, len(shown_revisions))
