"""Projects that have something to do with one: the authors, concepts and technologies that both are known to have."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Literal

from shared.access import Actor, Allowed, Permission
from shared.domains.graph.sight import sight_of
from shared.domains.projects.model import Project
from shared.domains.projects.queries import as_seen_by, visible
from shared.platform.graph import Graph, NodeType, Sight
from shared.platform.graph.walk import Thing, Walk
from shared.platform.store import Store

WEIGHTS = {NodeType.AUTHOR: 3.0, NodeType.CONCEPT: 2.0, NodeType.TECHNOLOGY: 1.0}
"""What one shared thing counts for; the less, the more projects have it."""
MOST_SHARING = 200
"""Provenances of one thing that are looked at: what more have in common says little."""

MAX_RELATED = 50

Viewed = Allowed[Project, Literal[Permission.VIEW_PROJECT]]


@dataclass(frozen=True, slots=True)
class Related:
    """A project, the share of the first one's weight that it has too (0 to 1), and the things that both have."""

    project: Project
    score: float
    shared: tuple[Thing, ...]


async def related(store: Store, graph: Graph, viewed: Viewed, limit: int) -> list[Related]:
    """The projects that the actor may see and that have most in common with this one, best first."""
    sight = sight_of(viewed.actor)
    having = await _having(graph, sight, viewed.thing.id)
    scores = _scores(having, viewed.thing.id)
    known = await graph.named(sight, scores, 1)
    best = sorted({naming.node.id for naming in known}, key=lambda each: (-scores[each], each))[:limit]
    projects = await asyncio.gather(*(_seen(store, viewed.actor, project_id) for project_id in best))
    return [
        Related(project, scores[project.id], tuple(thing for thing, all_ in having if project.id in all_))
        for project in projects
        if project is not None
    ]


async def _having(graph: Graph, sight: Sight, project_id: str) -> list[tuple[Thing, Collection[str]]]:
    """Each thing that the project is known to have, with the projects that have it."""
    said = await graph.said_by(sight, project_id, WEIGHTS)
    things = await Walk(graph, sight).things(naming.node.id for naming in said)
    own = {node_id: thing.id for thing in things for node_id in thing.ids}
    projects: dict[str, set[str]] = defaultdict(set)
    for naming in await graph.named(sight, own, MOST_SHARING):
        projects[own[naming.node.id]].add(naming.by.project_id)
    return [(thing, {project_id, *projects[thing.id]} - {""}) for thing in things]


def _scores(having: Sequence[tuple[Thing, Collection[str]]], but: str) -> Mapping[str, float]:
    scores: dict[str, float] = defaultdict(float)
    for thing, projects in having:
        for project_id in projects:
            scores[project_id] += WEIGHTS[thing.type] / log2(1 + len(projects))
    whole = scores.pop(but, 0.0)
    return {project_id: score / whole for project_id, score in scores.items()}


async def _seen(store: Store, actor: Actor, project_id: str) -> Project | None:
    """The project as the actor sees it now, if they still may."""
    project = await store.get(Project, project_id)
    return as_seen_by(actor, project) if project is not None and visible(actor, project) else None
