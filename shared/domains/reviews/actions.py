"""What is done about reviews: somebody is asked to judge, asked no more, or looks at what there is to judge."""

from datetime import datetime
from typing import Literal

from shared.access import Allowed, Permission
from shared.domains.events.model import Event
from shared.domains.projects.model import Project, ProjectState, ProjectStatus
from shared.domains.reviews.judges import check_apart, judge
from shared.domains.reviews.model import Assignment, Look, ReviewerNotFound, assignment_id, look_id
from shared.platform.store import AlreadyExists, Store, Write, save

Assignable = Allowed[Project, Literal[Permission.ASSIGN_REVIEWERS]]
Asking = Allowed[Project | Event, Literal[Permission.ASSIGN_REVIEWERS]]
"""Of a project, or of the event of which its projects are shared out."""


async def assign(store: Store, allowed: Assignable, user_id: str, due_at: datetime | None) -> Assignment:
    """Ask somebody to judge a project; whoever is asked already is asked once, and until the date that is given."""
    project = allowed.thing
    reviewer = await judge(store, user_id)
    check_apart(reviewer, project)
    if project.status is ProjectStatus.PUBLISHED:
        raise ProjectState("The project is published, and was judged before.")
    there = await store.get(Assignment, assignment_id(project.id, user_id), project.id)
    if there is None:
        return await ask(store, allowed, project, user_id, due_at)
    if due_at is None or due_at == there.due_at:
        return there
    return await save(store, there.with_(due_at=due_at), "ReviewDueChanged", _facts(there), subject=project.subject)


async def ask(store: Store, allowed: Asking, project: Project, user_id: str, due_at: datetime | None) -> Assignment:
    """Save an assignment, or find the one that somebody saves at this moment."""
    asked = Assignment(
        id=assignment_id(project.id, user_id),
        project_id=project.id,
        event_id=project.event_id,
        reviewer=user_id,
        due_at=due_at,
        assigned_by=allowed.actor.id,
        assigned_at=store.clock.now(),
    )
    try:
        return await save(store, asked, "ReviewerAssigned", _facts(asked), subject=project.subject)
    except AlreadyExists:
        return await store.get(Assignment, asked.id, project.id) or asked


async def unassign(store: Store, allowed: Assignable, user_id: str) -> None:
    """Ask somebody no more; what they have decided stays."""
    project = allowed.thing
    there = await store.get(Assignment, assignment_id(project.id, user_id), project.id)
    if there is None:
        raise ReviewerNotFound(f"{user_id} is not asked to judge this project.")
    write = Write(project.id).delete(there)
    await store.commit(write.change("ReviewerUnassigned", project.subject, _facts(there)))


async def look(store: Store, allowed: Allowed[Project, Literal[Permission.VIEW_REVIEWS]]) -> Look:
    """Remember that the actor has looked at the project now; nothing else follows from it."""
    project, actor = allowed.thing, allowed.actor
    looked = Look(
        id=look_id(project.id, actor.id), project_id=project.id, reviewer=actor.id, looked_at=store.clock.now()
    )
    await store.commit(Write(project.id).put(looked))
    return looked


def _facts(assignment: Assignment) -> dict[str, object]:
    return {
        "projectId": assignment.project_id,
        "eventId": assignment.event_id,
        "userId": assignment.reviewer,
        "dueAt": assignment.due_at,
    }
