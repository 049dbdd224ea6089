"""Who may see what in the graph: the law of artifacts, projects and events, as names that parts are shared under.

A name says of what kind of thing it is a reader: who may read approved artifacts is no reader of events for that.
"""

from collections.abc import Iterable

from shared.access import EVERYBODY, Actor, Permission, shared_with
from shared.domains.events.model import Event
from shared.domains.knowledge.model import Artifact, ArtifactStatus
from shared.domains.projects.model import Project
from shared.domains.projects.queries import sees_unpublished
from shared.platform.graph import Sight

ALL = "all"
"""The name of those who see every thing of a kind."""


def sight_of(actor: Actor) -> Sight:
    """What the actor sees: public things, their own teams', and by permission what is not public yet."""
    names: list[str] = []
    if actor.may(Permission.VIEW_APPROVED_ARTIFACTS):
        names += _of("artifact", actor.names)
    if actor.may(Permission.VIEW_ALL_ARTIFACTS):
        names += _of("artifact", [ALL])
    if actor.may(Permission.VIEW_PROJECT):
        names += _of("project", [*actor.names, *([ALL] if sees_unpublished(actor) else [])])
    if actor.may(Permission.VIEW_EVENT):
        names += _of("event", [EVERYBODY, *([ALL] if actor.may(Permission.EDIT_EVENT) else [])])
    return Sight(actor.tenant, tuple(names))


def readers_of_artifact(artifact: Artifact, project: Project) -> tuple[str, ...]:
    """Everybody once it is approved and its project is published; before, the team and who sees all artifacts."""
    public = project.published and artifact.status is ArtifactStatus.APPROVED
    return _of("artifact", [EVERYBODY] if public else [*shared_with(project.created_by, project.team), ALL])


def readers_of_project(project: Project) -> tuple[str, ...]:
    return _of("project", [*project.readers, ALL])


def readers_of_event(event: Event) -> tuple[str, ...]:
    return _of("event", [*event.readers, ALL])


def _of(kind: str, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{kind}:{name}" for name in names)
