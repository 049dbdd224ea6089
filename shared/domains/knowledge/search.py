"""What may be found, and by whom: the same law as for artifacts, as a predicate that the search index evaluates."""

import asyncio
from dataclasses import dataclass

from shared.access import Actor, Permission
from shared.domains.knowledge.content import SourceType
from shared.domains.projects import queries as projects
from shared.platform.embeddings import Embeddings, vector_of
from shared.platform.search import MAX_CANDIDATES, Entry, EntryKind, SearchIndex
from shared.platform.search.hits import Hit
from shared.platform.search.query import parse
from shared.platform.store.predicates import ALL, Or, Predicate, all_of, any_of, eq, has, one_of

MAX_RESULTS = 100


@dataclass(frozen=True, slots=True)
class Filters:
    """What the search is narrowed to; None narrows nothing."""

    source_type: SourceType | None = None
    event_id: str | None = None
    project_id: str | None = None

    def predicate(self) -> Predicate:
        chosen = {"sourceType": self.source_type, "eventId": self.event_id, "projectId": self.project_id}
        return all_of(ALL, *(eq(field, str(value)) for field, value in chosen.items() if value is not None))


def visible_to(actor: Actor) -> Predicate:
    """The entries that the actor may find: what is public, their own teams', and by permission what is not public yet.

    Artifacts and their passages follow `view_all_artifacts`; an unpublished project's summary follows the project,
    which those see who may judge it. Documents of spaces are never the hub's.
    """
    hub = eq("spaceId", None)
    if not actor.may(Permission.VIEW_APPROVED_ARTIFACTS):
        return Or(())
    allowed: list[Predicate] = [eq("public", True), eq("createdBy", actor.id), has("readers", actor.email.casefold())]
    if actor.may(Permission.VIEW_ALL_ARTIFACTS):
        allowed.append(one_of("kind", (EntryKind.ARTIFACT.value, EntryKind.PASSAGE.value)))
    if projects.sees_unpublished(actor) and actor.may(Permission.VIEW_PROJECT):
        allowed.append(eq("kind", EntryKind.SUMMARY.value))
    return all_of(hub, any_of(*allowed))


async def passages(
    index: SearchIndex,
    actor: Actor,
    text: str,
    filters: Filters = Filters(),
    limit: int = 20,
    embeddings: Embeddings | None = None,
) -> list[Hit]:
    """The best entries of any kind, several of one artifact where they are the best; with embeddings by meaning."""
    from shared.platform.search.ranker import rank  # it imports numpy, which a cold start can do without

    query = parse(text)
    if query.empty:
        return []
    where = all_of(visible_to(actor), filters.predicate())
    vector = await vector_of(embeddings, text)
    found = await index.candidates(actor.tenant, query, where, vector=vector)
    return await asyncio.to_thread(rank, query, found, limit)


async def search(
    index: SearchIndex,
    actor: Actor,
    text: str,
    filters: Filters = Filters(),
    limit: int = 20,
    embeddings: Embeddings | None = None,
) -> list[Hit]:
    """The best entry of each artifact or summary, best first; nothing for a text that asks nothing."""
    best: dict[str, Hit] = {}
    for hit in await passages(index, actor, text, filters, MAX_CANDIDATES, embeddings):
        if len(best) == min(limit, MAX_RESULTS):
            break
        best.setdefault(result_id(hit.entry), hit)
    return list(best.values())


def result_id(entry: Entry) -> str:
    """What a result leads to: the artifact, or for a summary its project."""
    return entry.artifact_id or entry.project_id or entry.id
