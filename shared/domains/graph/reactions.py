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
from shared.platform.graph import PROJECTION, Part, Provenance
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
    sessions = [session async for session in every(store, Session, aggregate=event_id)]
    event = await store.get(Event, event_id)
    deleted = None if event else await store.get(DeletedEvent, event_id)
    since = deleted.deleted_at if deleted else change.occurred_at
    yield (of_event(event), _version(event.updated_at)) if event else _nothing(event_id, since)
    for session in sessions:
        yield _told(session, event, since)


async def _session(store: Store, change: Change, session_id: str) -> AsyncIterator[Versioned]:
    session = await store.get(Session, session_id, change.aggregate)
    event = await store.get(Event, change.aggregate)
    deleted = None if event else await store.get(DeletedEvent, change.aggregate)
    since = deleted.deleted_at if deleted else change.occurred_at
    yield _told(session, event, since) if session else _nothing(session_id, change.occurred_at, change.occurred_at)


def _told(session: Session, event: Event | None, since: datetime) -> Versioned:
    if event is None:
        return _nothing(session.id, session.updated_at, since)
    return of_session(session, event), _version(session.updated_at, event.updated_at)


async def _project(store: Store, change: Change, project_id: str) -> AsyncIterator[Versioned]:
    artifacts = await knowledge.of_project(store, project_id)  # before the project: its deletion is seen last
    project, since = await _present(store, project_id, change)
    if project is None:
        yield _nothing(project_id, since)
    else:
        yield of_project(project.as_published()), _version(project.updated_at)
    for artifact in artifacts:
        yield await _read(store, artifact, project, since)


async def _artifact(store: Store, change: Change, artifact_id: str) -> AsyncIterator[Versioned]:
    artifact = await store.get(Artifact, artifact_id)
    if artifact is None:
        yield _nothing(artifact_id, change.occurred_at, change.occurred_at)
    else:
        yield await _read(store, artifact, *await _present(store, artifact.project_id, change))


async def _present(store: Store, project_id: str, change: Change) -> tuple[Project | None, datetime]:
    """The project, and since when there is none."""
    project = await store.get(Project, project_id)
    deleted = None if project else await store.get(DeletedProject, project_id)
    return project, deleted.deleted_at if deleted else change.occurred_at


async def _read(store: Store, artifact: Artifact, project: Project | None, since: datetime) -> Versioned:
    """What an artifact says: as it was published last, while the next revision is under way."""
    if project is None:
        return _nothing(artifact.id, artifact.updated_at, since)
    version = _version(artifact.updated_at, project.updated_at)
    return of_artifact(*await knowledge.as_found(store, artifact, project)), version


def _version(*moments: datetime) -> int:
    """Grows with any of the records that a part is made of: the sum of their times, in microseconds."""
    return sum(int(moment.timestamp() * 1_000_000) for moment in moments)


def _nothing(thing_id: str, *moments: datetime) -> Versioned:
    """What a thing says that is gone."""
    return Part(Provenance(thing_id), ()), _version(*moments)


_SAID = {"event": _event, "session": _session, "project": _project, "artifact": _artifact}

CONSUMERS = (Consumer("graph", draw, projection=PROJECTION),)
