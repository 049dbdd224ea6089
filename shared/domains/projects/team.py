"""Who leaves a project's team, and who comes to own the project."""

from typing import Literal

from shared.access import Actor, Allowed, Permission
from shared.domains.accounts.directory import places
from shared.domains.accounts.model import User
from shared.domains.accounts.queries import actor_of, normal_email
from shared.domains.projects.actions import Editable
from shared.domains.projects.model import COUNTED, NotCreator, NotInTeam, Project, ProjectState
from shared.errors import Fault
from shared.platform.changes.difference import difference
from shared.platform.store import Store, Stores, save

OF_TEAM = ("team", "created_by")


async def leave(store: Store, allowed: Allowed[Project, Literal[Permission.VIEW_PROJECT]]) -> Project:
    """Take the actor out of the team, in whatever state the project is; they stay unfit to judge it."""
    actor, project = allowed.actor, allowed.thing
    if project.created_by == actor.id:
        raise ProjectState("The project is yours: hand it over to a member of its team, then leave.")
    if not actor.in_team(project):
        raise ProjectState("You are not in the project's team.")
    mine = actor.email.casefold()
    others = tuple(member for member in project.team if member.casefold() != mine)
    return await _save(store, project, team=others, recused=(*project.recused, actor.email))


async def hand_over(store: Store, stores: Stores, allowed: Editable, email: str) -> Project:
    """Make a member of the team the owner; who owned the project stays as a member."""
    actor, project = allowed.actor, allowed.thing
    if project.created_by != actor.id and not actor.may(Permission.EDIT_ANY_PROJECT):
        raise NotCreator("Ask who owns the project, or an organizer.")
    heir = await _heir(store, stores, project, normal_email(email))
    owner = await store.get(User, project.created_by)
    members = [normal_email(member) for member in (*([owner.email] if owner else ()), *project.team)]
    team = tuple(dict.fromkeys(member for member in members if member != normal_email(heir.email)))
    return await _save(store, project, team=team, created_by=heir.id)


async def _heir(store: Store, stores: Stores, project: Project, email: str) -> Actor:
    """The member's account; what it lacks is told alike, whether there is one or not."""
    account = next((place.user for place in await places(stores, email) if place.tenant == store.tenant), "")
    heir = await actor_of(store, account) if account else None
    in_team = email in {normal_email(member) for member in project.team}
    if heir is None or not in_team or not heir.may(Permission.EDIT_OWN_PROJECT):
        detail = "Name a member of the project's team who has an account that may edit projects of their own."
        raise NotInTeam(detail, errors=[Fault("/email", "no such member")])
    return heir


async def _save(store: Store, project: Project, **fields: object) -> Project:
    edited = project.with_(**fields, updated_at=store.clock.now())
    return await save(store, edited, "ProjectUpdated", {"fields": difference(project, edited, OF_TEAM, COUNTED)})
