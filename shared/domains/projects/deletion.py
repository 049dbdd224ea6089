"""Deleting projects, alone or with their event, and bringing them back."""

from contextlib import suppress
from datetime import timedelta

from shared.access import Allowed
from shared.domains.events.model import DeletedEvent, Event
from shared.domains.jobs import actions as jobs
from shared.domains.projects.model import DeletedProject, Project, ProjectState
from shared.domains.projects.queries import Deletable
from shared.platform.shapes import IfMatch
from shared.platform.store import Stale, Store, every, save
from shared.platform.store.predicates import all_of, eq

_AFTER = timedelta(microseconds=1)


async def delete(store: Store, allowed: Allowed[Project, Deletable], if_match: IfMatch) -> None:
    """Take a project away for everyone, in whatever state it is; its artifacts are reached through it alone."""
    if_match.check(allowed.thing)
    await _put_away(store, allowed.thing, allowed.actor.id)


async def restore(store: Store, restorable: Allowed[DeletedProject, Deletable]) -> Project:
    """Bring a deleted project back as it was."""
    deleted = restorable.thing
    if await store.get(Event, deleted.event_id) is None:
        raise ProjectState("The project's event is deleted; it comes back with the event.")
    return await _bring_back(store, deleted)


async def follow_event(store: Store, event_id: str) -> None:
    """Let the projects of an event go and come back with it, as it is now; again is no harm."""
    deleted = await store.get(DeletedEvent, event_id)
    if deleted is not None:
        async for project in every(store, Project, eq("eventId", event_id)):
            await _take_along(store, project, deleted)
    elif await store.get(Event, event_id) is not None:
        gone = all_of(eq("eventId", event_id), eq("deletedWith", event_id))
        async for project in every(store, DeletedProject, gone):
            with suppress(Stale):  # somebody else brings it back, too
                await _bring_back(store, project)


async def follow(store: Store, project_id: str) -> None:
    """Stop the jobs of a project that is deleted; one that came into a deleted event goes too."""
    project = await store.get(Project, project_id)
    if project is not None:
        await follow_event(store, project.event_id)
    elif (deleted := await store.get(DeletedProject, project_id)) is not None:
        await jobs.cancel_all(store, f"{Project.kind}/{deleted.id}")


async def _take_along(store: Store, project: Project | None, event: DeletedEvent) -> None:
    while project is not None:
        with suppress(Stale):
            await _put_away(store, project, event.deleted_by, event.id)
            return
        project = await store.get(Project, project.id)  # as somebody has changed it meanwhile


async def _put_away(store: Store, project: Project, by: str, event_id: str = "") -> None:
    deleted = DeletedProject(**dict(project), deleted_at=store.clock.now(), deleted_by=by, deleted_with=event_id)
    facts = {"eventId": project.event_id, "status": project.status}
    await save(store, deleted, "ProjectDeleted", facts, subject=project.subject)


async def _bring_back(store: Store, deleted: DeletedProject) -> Project:
    """What was indexed until it was deleted is older than what is indexed from now on."""
    now = max(store.clock.now(), deleted.deleted_at + _AFTER)
    project = Project(**dict(deleted)).with_(updated_at=now)
    return await save(store, project, "ProjectRestored", {"eventId": project.event_id, "status": project.status})
