"""Everything that follows from changes: the consumers of each domain."""

from shared.domains.audit import reactions as audit
from shared.domains.compilation import reactions as compilation
from shared.domains.extraction import reactions as extraction
from shared.domains.graph import reactions as graph
from shared.domains.jobs import reactions as jobs
from shared.domains.jobs.engine import Engine
from shared.domains.joining import reactions as joining
from shared.domains.knowledge import reactions as knowledge
from shared.domains.projects import reactions as projects
from shared.domains.purging import reactions as purging
from shared.domains.registrations import reactions as registrations
from shared.domains.sources import reactions as sources
from shared.platform.changes import Consumer
from shared.platform.changes.replay import ask_replay, go_on
from shared.platform.changes.whole import Projection, is_whole, mark_whole
from shared.platform.store import Stores

DOMAINS = (jobs, projects, registrations, sources, knowledge, compilation, extraction, graph, purging, joining, audit)


def consumers(engine: Engine) -> tuple[Consumer, ...]:
    """All of them, with what runs the orchestrations of jobs."""
    return (jobs.orchestrating(engine), *(consumer for domain in DOMAINS for consumer in domain.CONSUMERS))


async def rebuild(stores: Stores, name: str, projection: Projection) -> None:
    """Go on making a projection anew: because it is new itself, or because somebody asked."""
    if not await is_whole(projection):
        await ask_replay(stores, name)
        await mark_whole(projection)
    projecting = [each for domain in DOMAINS for each in domain.CONSUMERS if each.projection == name]
    await go_on(stores, name, projecting)
