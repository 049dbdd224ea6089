"""What the app is made of, a line each; `shared/domains/reactions.py` lists what follows from changes."""

from importlib import import_module

from blueprints.surface import surface
from shared.platform.http import unmatched

RESOURCES = (
    "accounts",
    "agenda",
    "audit",
    "chat",
    "dead_letters",
    "docs",
    "events",
    "graph",
    "health",
    "jobs",
    "joining",
    "keys",
    "knowledge",
    "projects",
    "registrations",
    "reviews",
    "search",
    "sessions",
    "sources",
)
"""What is called over HTTP, with the queues and timers of the same subject: all on the blueprint of its `api`."""
TRIGGERS = (
    "blueprints.changes",
    "orchestrators.attempts",
    "orchestrators.compilation",
    "orchestrators.extraction",
)
"""What has no routes, on its `bp`: the change feed, and the workflows."""
BLUEPRINTS = (
    *(import_module(f"blueprints.{name}").api.blueprint for name in RESOURCES),
    *(import_module(name).bp for name in TRIGGERS),
    unmatched(surface),
)
