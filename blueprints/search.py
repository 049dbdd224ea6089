"""Search over HTTP."""

from typing import Annotated, Any

from pydantic import Field

from blueprints.surface import surface
from shared.access import Actor, Permission
from shared.domains.knowledge.content import SourceType
from shared.domains.knowledge.search import Filters, result_id, search
from shared.platform.http import Api
from shared.platform.opened import Platform
from shared.platform.search.hits import Hit
from shared.platform.shapes import Query, View

api = Api(surface, "Search")


class Asked(Query):
    """What is searched for: words, "exact phrases", -exclusions; and what to narrow it to."""

    q: Annotated[str, Field(max_length=1000, examples=["forecasts of free seats"])]
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    source_type: SourceType | None = None
    event_id: str | None = None
    project_id: str | None = None


class Result(View):
    """A find; `relevance_score` from 0 to 1 means the same across queries; highlights are offsets into the excerpt."""

    id: str
    title: str
    excerpt: str
    highlights: list[tuple[int, int]]
    relevance_score: float
    source_type: str | None
    project_id: str | None
    event_id: str | None
    kind: str
    passage: dict[str, Any] | None


class Results(View):
    """The best finds, best first."""

    results: list[Result]


@api.get("v1/knowledge/search", allow=Permission.VIEW_APPROVED_ARTIFACTS)
async def search_knowledge(query: Asked, actor: Actor, platform: Platform) -> Results:
    """Search artifacts, the passages of their sources, and summaries, as far as the caller may see them."""
    filters = Filters(query.source_type, query.event_id, query.project_id)
    index, embeddings = await platform.search(), await platform.embeddings()
    hits = await search(index, actor, query.q, filters, query.limit, embeddings)
    return Results(results=[_result(hit) for hit in hits])


def _result(hit: Hit) -> Result:
    entry = hit.entry
    return Result(
        id=result_id(entry),
        title=entry.title,
        excerpt=hit.excerpt.text,
        highlights=list(hit.excerpt.highlights),
        relevance_score=round(hit.relevance, 4),
        source_type=entry.source_type,
        project_id=entry.project_id,
        event_id=entry.event_id,
        kind=entry.kind,
        passage=entry.passage,
    )
