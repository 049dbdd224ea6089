"""What follows from changes: the graph stays true to events, sessions, projects and artifacts.

Whatever happens to one of them, what it says now replaces what it said: a replay does no harm, and the graph is what a
rebuild would make of the records.
"""

from collections.abc import AsyncIterator
from datetime import datetime

from shared.domains.events.model import DeletedEvent, Event
from shared.domains.graph.parts import of_artifact, of_event, of_project, of_session
from shared.domains.knowledge import queries as knowledge
from shared.domains.knowledge.model import Artifact
from shared.domains.projects.model import DeletedProject, Project
from shared.domains.sessions.model import Session
from shared.platform.changes import Change, Consumer
from shared.platform.graph import Part, Provenance
from shared.platform.opened import platform
from shared.platform.store import Store, every

Versioned = tuple[Part, int]


async def draw(store: Store, change: Change) -> None:
    """Replace what the thing says that the change is about, and what hangs on it."""
    kind, _, thing_id = change.subject.partition("/")
    said = _SAID.get(kind)
    if said is None:
        return
    graph = await platform().graph()
    async for part, version in said(store, change, thing_id):
        await graph.replace(store.tenant, part, version)


async def _event(store: Store, change: Change, event_id: str) -> AsyncIterator[Versioned]:
    event = await store.get(Event, event_id)
    if event is None:
        gone = await _gone(store, DeletedEvent, event_id, change)
        yield _nothing(event_id, gone)
        async for session in every(store, Session, aggregate=event_id):
            yield _nothing(session.id, session.updated_at, gone)
        return
    yield of_event(event), _version(event.updated_at)
    async for session in every(store, Session, aggregate=event_id):
        yield of_session(session, event), _version(session.updated_at, event.updated_at)


async def _session(store: Store, change: Change, session_id: str) -> AsyncIterator[Versioned]:
    session = await store.get(Session, session_id, change.aggregate)
    event = await store.get(Event, change.aggregate)
    if session is None:
        yield _nothing(session_id, change.occurred_at, change.occurred_at)
    elif event is None:
        yield _nothing(session_id, session.updated_at, await _gone(store, DeletedEvent, change.aggregate, change))
    else:
        yield of_session(session, event), _version(session.updated_at, event.updated_at)


async def _project(store: Store, change: Change, project_id: str) -> AsyncIterator[Versioned]:
    artifacts = await knowledge.of_project(store, project_id)  # before the project, which may go meanwhile
    project = await store.get(Project, project_id)
    if project is None:
        gone = await _gone(store, DeletedProject, project_id, change)
        yield _nothing(project_id, gone)
        for artifact in artifacts:
            yield _nothing(artifact.id, artifact.updated_at, gone)
        return
    yield of_project(project.as_published()), _version(project.updated_at)
    for artifact in artifacts:
        yield await _found(store, artifact, project)


async def _artifact(store: Store, change: Change, artifact_id: str) -> AsyncIterator[Versioned]:
    artifact = await store.get(Artifact, artifact_id)
    project = await store.get(Project, artifact.project_id) if artifact else None
    if artifact is None:
        yield _nothing(artifact_id, change.occurred_at, change.occurred_at)
    elif project is None:
        gone = await _gone(store, DeletedProject, artifact.project_id, change)
        yield _nothing(artifact_id, artifact.updated_at, gone)
    else:
        yield await _found(store, artifact, project)


async def _found(store: Store, artifact: Artifact, project: Project) -> Versioned:
    found = await knowledge.as_found(store, artifact, project)
    return of_artifact(*found), _version(artifact.updated_at, project.updated_at)


async def _gone(store: Store, deleted: type[DeletedEvent | DeletedProject], thing_id: str, change: Change) -> datetime:
    """Since when a thing is deleted: it comes back with a later time."""
    found = await store.get(deleted, thing_id)
    return found.deleted_at if found else change.occurred_at


def _version(*moments: datetime) -> int:
    """Grows with any of the records that a part is made of: the sum of their times, in microseconds."""
    return sum(int(moment.timestamp() * 1_000_000) for moment in moments)


def _nothing(thing_id: str, *moments: datetime) -> Versioned:
    """What a thing says that is gone, at the times of as many records as it was made of."""
    return Part(Provenance(thing_id), ()), _version(*moments)


_SAID = {"event": _event, "session": _session, "project": _project, "artifact": _artifact}

CONSUMERS = (Consumer("graph", draw, from_start=True),)
