"""What a question about content can be answered from: approved artifacts that the asker sees, and found passages."""

from asyncio import gather
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.access import Permission
from shared.domains.chat.asker import Asker, Scope
from shared.domains.chat.model import Subject
from shared.domains.chat.question import Topic
from shared.domains.knowledge import queries as knowledge
from shared.domains.knowledge import search
from shared.domains.knowledge.model import Artifact, ArtifactId, ArtifactNotFound, ArtifactStatus
from shared.domains.knowledge.queries import Filed, Seen
from shared.domains.knowledge.search import Filters
from shared.domains.projects import queries as projects
from shared.domains.projects.model import ProjectNotFound
from shared.errors import Forbidden
from shared.platform.search import Entry, EntryKind
from shared.platform.search.hits import Hit
from shared.platform.store.predicates import all_of, eq

MOST_HITS = 80
MOST_ARTIFACTS = 8
"""Artifacts that one answer looks into."""
MOST_PASSAGES = 40


@dataclass(frozen=True, slots=True)
class Material:
    """Artifacts, the best first, the passages of them that were found, and how much each stem of the topic tells."""

    artifacts: tuple[Artifact, ...]
    authors: Mapping[str, tuple[str, ...]]
    """Who made each artifact's work, as its team says, or else as the source does."""
    passages: tuple[Entry, ...]
    weights: Mapping[str, float]


async def gathered(asker: Asker, topic: Topic, scope: Scope) -> Material:
    """Look for the topic within the scope; without a topic, all that the scope names."""
    hits = await _hits(asker, topic, scope)
    named = await _named(asker, scope)
    loaded = await gather(*(_approved(asker, each) for each in (named or _best(hits))[:MOST_ARTIFACTS]))
    filed = [each for each in loaded if each is not None]
    artifacts = tuple(each.artifact for each in filed)
    ids = {artifact.id for artifact in artifacts}
    passages = [hit.entry for hit in hits if hit.entry.kind is EntryKind.PASSAGE and hit.entry.artifact_id in ids]
    known = hits[0].weights if hits else {}
    unknown = max(known.values(), default=1.0)
    weights = {stem: known.get(stem, unknown) for stem in topic.stems}
    authors = {each.artifact.id: _authors(each) for each in filed}
    return Material(_by_hits(artifacts, hits), authors, tuple(passages[:MOST_PASSAGES]), weights)


async def _hits(asker: Asker, topic: Topic, scope: Scope) -> list[Hit]:
    if not topic:
        return []
    filters = Filters(event_id=scope.event_id, project_id=scope.project_id)
    return await search.passages(asker.search, asker.actor, topic.text, filters, MOST_HITS, asker.embeddings)


async def _named(asker: Asker, scope: Scope) -> list[str]:
    """The artifacts that the scope names; none when it names none."""
    artifacts = [thing.id for thing in scope.things if thing.kind is Subject.ARTIFACT]
    ids = [thing.id for thing in scope.things if thing.kind is Subject.PROJECT]
    if scope.project_id and not artifacts:
        ids.append(scope.project_id)
    for found in await gather(*(_of_project(asker, each) for each in dict.fromkeys(ids))):
        artifacts += found
    return artifacts


async def _of_project(asker: Asker, project_id: str) -> list[str]:
    try:
        project = (await projects.load_for_artifacts(asker.store, asker.actor, project_id)).thing
    except (ProjectNotFound, Forbidden):
        return []
    if knowledge.is_kept_from(asker.actor, project):
        return list((await knowledge.ids_of(asker.store, asker.actor, project))[:MOST_ARTIFACTS])
    where = all_of(knowledge.project_scope(asker.actor, project), eq("status", ArtifactStatus.APPROVED))
    return [each.id for each in (await asker.store.query(ArtifactId, where, limit=MOST_ARTIFACTS)).items]


def _best(hits: Iterable[Hit]) -> list[str]:
    """The artifacts that were found, in order, what everybody sees before what is not public yet."""
    entries = sorted((hit.entry for hit in hits), key=lambda entry: not entry.public)
    return list(dict.fromkeys(entry.artifact_id for entry in entries if entry.artifact_id))


async def _approved(asker: Asker, artifact_id: str) -> Filed | None:
    """The artifact as the asker sees it; None unless it is approved."""
    try:
        filed: Seen = await knowledge.load(
            asker.store, asker.actor, artifact_id, Permission.VIEW_APPROVED_ARTIFACTS, Permission.VIEW_ALL_ARTIFACTS
        )
    except (ArtifactNotFound, Forbidden):
        return None
    artifact = knowledge.as_seen(filed)
    return Filed(artifact, filed.thing.project) if artifact.status is ArtifactStatus.APPROVED else None


def _authors(filed: Filed) -> tuple[str, ...]:
    corrected = filed.project.authors
    return tuple(one.name for one in (filed.artifact.content.people if corrected is None else corrected))


def _by_hits(artifacts: Sequence[Artifact], hits: Sequence[Hit]) -> tuple[Artifact, ...]:
    order = {
        artifact_id: place for place, artifact_id in enumerate(dict.fromkeys(hit.entry.artifact_id for hit in hits))
    }
    return tuple(sorted(artifacts, key=lambda artifact: order.get(artifact.id, len(order))))
