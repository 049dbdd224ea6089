"""What the app is made of, each part listed once; `shared/domains/reactions.py` lists what follows from changes."""

from blueprints import (
    accounts,
    audit,
    changes,
    dead_letters,
    docs,
    events,
    health,
    jobs,
    knowledge,
    projects,
    search,
    sessions,
    sources,
)
from blueprints.surface import surface
from orchestrators import attempts, compilation, extraction
from shared.platform.http import unmatched

RESOURCES = (
    accounts,
    audit,
    dead_letters,
    docs,
    events,
    health,
    jobs,
    knowledge,
    projects,
    search,
    sessions,
    sources,
)
"""What is called over HTTP, with the queues and timers of the same subject: all on the blueprint of its `api`."""
TRIGGERS = (changes, attempts, compilation, extraction)
"""What has no routes: the change feed, and the workflows."""
BLUEPRINTS = (
    *(resource.api.blueprint for resource in RESOURCES),
    *(trigger.bp for trigger in TRIGGERS),
    unmatched(surface),
)
