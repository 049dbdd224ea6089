"""A world in each of its states, with a person of each kind to try what they may there."""

from shared.access import Role
from shared.domains.events.model import Event, EventStatus
from shared.domains.knowledge.model import Artifact, ArtifactStatus, PublishedArtifact
from shared.domains.projects.model import Project, ProjectStatus
from shared.platform.store import Record, Store, Write
from shared.platform.store.predicates import one_of
from shared.platform.store.records import MODELS
from tests.hub import Hub, Person
from tests.world import World, a_world

STATES = {
    "draft": (EventStatus.LIVE, ProjectStatus.DRAFT, ArtifactStatus.DRAFT),
    "changes requested": (EventStatus.LIVE, ProjectStatus.SUBMITTED, ArtifactStatus.CHANGES_REQUESTED),
    "in review": (EventStatus.LIVE, ProjectStatus.SUBMITTED, ArtifactStatus.REVIEW),
    "rejected": (EventStatus.LIVE, ProjectStatus.SUBMITTED, ArtifactStatus.REJECTED),
    "approved": (EventStatus.LIVE, ProjectStatus.APPROVED, ArtifactStatus.APPROVED),
    "published": (EventStatus.ARCHIVED, ProjectStatus.PUBLISHED, ArtifactStatus.APPROVED),
    "under revision": (EventStatus.LIVE, ProjectStatus.DRAFT, ArtifactStatus.APPROVED),
    "hidden": (EventStatus.DRAFT, ProjectStatus.DRAFT, ArtifactStatus.DRAFT),
}


class Scene:
    """A world in one state, into which it can be put again after every act."""

    def __init__(self, world: World, records: list[Record], people: dict[str, tuple[Person, bool]]) -> None:
        self.world = world
        self.people = people
        self._records = records

    async def restore(self) -> None:
        store = await self.world.hub.store()
        for record in self._records:
            await store.commit(Write(record.aggregate_id).put(record))


async def things(store: Store, world: World) -> list[Record]:
    """The records of all that the world has ids for."""
    ids = tuple(world.ids.values())
    pages = [await store.query(model, one_of("id", ids)) for model in MODELS.values()]
    return [record for page in pages for record in page.items]


async def a_scene(hub: Hub, state: str) -> Scene:
    member, judge = await hub.person(Role.PRESENTER), await hub.person(*Role)
    team = [member.user.email, judge.user.email]
    world = await a_world(hub, team=team)
    event_status, project_status, artifact_status = STATES[state]
    store, now = await hub.store(), hub.clock.now()
    event = await store.get(Event, world.ids["event_id"])
    project = await store.get(Project, world.ids["project_id"])
    artifact = await store.get(Artifact, world.ids["artifact_id"])
    assert event
    assert project
    assert artifact
    there = await things(store, world)
    published = now if project_status is ProjectStatus.PUBLISHED or state == "under revision" else None
    changed: list[Record] = [
        event.with_(status=event_status),
        project.with_(status=project_status, published_at=published),
        artifact.with_(status=artifact_status),
    ]
    if state == "under revision":
        changed[1] = project.with_(published_at=now, last_published=project.kept({artifact.id: artifact.revision}))
        changed.append(PublishedArtifact.kept(artifact.with_(status=artifact_status), project.revision))
    records = [*there, *changed]
    strangers = {str(role): (await hub.person(role), False) for role in Role}
    owners = {
        "creator": (await hub.the(Role.PRESENTER), True),
        "member": (member, True),
        "judge in the team": (judge, True),
    }
    scene = Scene(world, records, strangers | owners)
    await scene.restore()
    return scene
