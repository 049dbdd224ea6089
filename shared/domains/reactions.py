"""Everything that follows from changes: the consumers of each domain."""

from shared.domains.audit import reactions as audit
from shared.domains.compilation import reactions as compilation
from shared.domains.extraction import reactions as extraction
from shared.domains.graph import reactions as graph
from shared.domains.jobs import reactions as jobs
from shared.domains.jobs.engine import Engine
from shared.domains.knowledge import reactions as knowledge
from shared.domains.projects import reactions as projects
from shared.domains.sources import reactions as sources
from shared.platform.changes import Consumer

DOMAINS = (jobs, projects, sources, knowledge, compilation, extraction, graph, audit)


def consumers(engine: Engine) -> tuple[Consumer, ...]:
    """All of them, with what runs the orchestrations of jobs."""
    return (jobs.orchestrating(engine), *(consumer for domain in DOMAINS for consumer in domain.CONSUMERS))
