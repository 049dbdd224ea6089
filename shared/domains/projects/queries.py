"""What can be asked about projects, by those who may see them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Literal

from shared.access import Actor, Allowed, P, Permission, allow, shared_with
from shared.clock import Clock
from shared.domains.events.model import RESTORABLE
from shared.domains.events.queries import restorable
from shared.domains.projects.model import DeletedProject, Project, ProjectNotFound, ProjectState
from shared.platform.store import ALL, Predicate, Sort, Store, every
from shared.platform.store.listing import Listed, Selection, listed
from shared.platform.store.predicates import all_of, eq, has_any, renamed

Browsable = Allowed[Project, Literal[Permission.VIEW_APPROVED_ARTIFACTS, Permission.VIEW_ALL_ARTIFACTS]]
"""A project whose artifacts the actor may list, as far as they see them."""


def sees_unpublished(actor: Actor) -> bool:
    """Reviewers, organizers and administrators: those whom the table lets approve."""
    return actor.may(Permission.APPROVE_ARTIFACT)


def visible_to(actor: Actor) -> Predicate:
    """Published projects are everyone's; others their team's, and whose task is to judge them."""
    if sees_unpublished(actor):
        return ALL
    return has_any("readers", actor.names)


def restorable_by(actor: Actor, clock: Clock) -> Predicate:
    """Who may delete a project may see it among the deleted ones, and restore it; raises Forbidden for others."""
    actor.require(Permission.DELETE_OWN_PROJECT, Permission.DELETE_ANY_PROJECT)
    still = restorable(clock)
    return still if actor.may(Permission.DELETE_ANY_PROJECT) else all_of(still, has_any("readers", actor.names))


def visible(actor: Actor, project: Project) -> bool:
    return project.public or sees_unpublished(actor) or actor.owns(project)


def sees_revision(actor: Actor, project: Project) -> bool:
    """Whether the actor sees the revision that is under way: its team does, and those who judge it."""
    return sees_unpublished(actor) or actor.owns(project)


def as_seen_by(actor: Actor, project: Project) -> Project:
    """The project as it stands for its team and its judges, as it was published last for others."""
    return project if sees_revision(actor, project) else project.as_published()


_SHOWN = {"title": "shownTitle", "status": "shownStatus", "projectType": "shownType", "tags": "shownTags"}


def of_what_is_shown(actor: Actor, selection: Selection) -> Selection:
    """The selection by what the actor sees of projects: a list must not tell of a title that is not published yet."""
    if sees_unpublished(actor):
        return selection
    order = tuple(Sort(_SHOWN.get(sort.field, sort.field), sort.descending) for sort in selection.order)
    return replace(selection, where=renamed(selection.where, _SHOWN), order=order)


def knows_team(actor: Actor, project: Project) -> bool:
    """Whether the actor sees the addresses of the team: its members do, and those who judge it."""
    return sees_revision(actor, project)


def knows_addresses(actor: Actor, project: Project) -> bool:
    """Whether the actor sees the authors' addresses: its team does, and who may edit any project."""
    return actor.owns(project) or actor.may(Permission.EDIT_ANY_PROJECT)


async def load(store: Store, actor: Actor, project_id: str, *permissions: P) -> Allowed[Project, P]:
    """A project that the actor may see, with the proof that they may do one of these to it.

    Raises ProjectNotFound or Forbidden.
    """
    project = await store.get(Project, project_id)
    if project is None or not visible(actor, project):
        raise ProjectNotFound(f"There is no project {project_id} that you may see.")
    return allow(actor, project, *permissions, of=project)


async def load_for_artifacts(store: Store, actor: Actor, project_id: str) -> Browsable:
    """A project whose artifacts the actor may list; whoever sees all artifacts needs not see the project itself."""
    if actor.may(Permission.VIEW_ALL_ARTIFACTS):
        project = await store.get(Project, project_id)
        if project is not None:
            return allow(actor, project, Permission.VIEW_ALL_ARTIFACTS)
    project = (await load(store, actor, project_id, Permission.VIEW_PROJECT)).thing
    return allow(actor, project, Permission.VIEW_APPROVED_ARTIFACTS)


async def of_event(store: Store, actor: Actor, event_id: str, limit: int) -> tuple[Project, ...]:
    """The first projects of an event by title, as the actor sees them."""
    order = of_what_is_shown(actor, Selection(order=(Sort("title"),))).order
    page = await store.query(Project, all_of(eq("eventId", event_id), visible_to(actor)), order=order, limit=limit)
    return tuple(as_seen_by(actor, project) for project in page.items)


async def page_of_event(store: Store, actor: Actor, event_id: str, selection: Selection) -> Listed[Project]:
    """A page of an event's projects that the actor sees, each as they see it."""
    mine = all_of(eq("eventId", event_id), visible_to(actor))
    page = await listed(store, Project, of_what_is_shown(actor, selection), mine)
    return page.map(lambda project: as_seen_by(actor, project))


async def matching(store: Store, actor: Actor, where: Predicate) -> AsyncIterator[Project]:
    """All projects that match and that the actor sees, each as they see it."""
    shown = of_what_is_shown(actor, Selection(where=where)).where
    async for project in every(store, Project, all_of(shown, visible_to(actor))):
        yield as_seen_by(actor, project)


async def namesakes(store: Store, actor: Actor, project: Project) -> tuple[Project, ...]:
    """Other projects of the event that share their title with this one, and somebody of the team."""
    same = all_of(eq("eventId", project.event_id), eq("titleKey", project.title_key))
    mine = set(shared_with(project.created_by, project.team))
    page = await store.query(Project, same, limit=20)
    others = (other for other in page.items if other.id != project.id and visible(actor, other))
    own = actor.owns(project)
    return tuple(
        other
        for other in others
        if (own and actor.owns(other)) or mine & set(shared_with(other.created_by, other.team))
    )


Deletable = Literal[Permission.DELETE_OWN_PROJECT, Permission.DELETE_ANY_PROJECT]


async def load_deleted(store: Store, actor: Actor, project_id: str) -> Allowed[DeletedProject, Deletable]:
    """A deleted project that the actor may restore; raises ProjectNotFound, ProjectState or Forbidden."""
    deleted = await store.get(DeletedProject, project_id)
    if deleted is None:
        await load(store, actor, project_id, Permission.DELETE_OWN_PROJECT, Permission.DELETE_ANY_PROJECT)
        raise ProjectState("The project is not deleted.")
    mine = actor.may(Permission.DELETE_ANY_PROJECT) or actor.owns(deleted)
    if not mine or store.clock.now() >= deleted.deleted_at + RESTORABLE:
        raise ProjectNotFound(f"There is no project {project_id} that you may see.")
    return allow(actor, deleted, Permission.DELETE_OWN_PROJECT, Permission.DELETE_ANY_PROJECT, of=deleted)
