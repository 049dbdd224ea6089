"""What follows from changes: the last decision on a submitted project's artifacts starts its compilation."""

from shared.domains.compilation.actions import compile_when_decided
from shared.platform.changes import Change, Consumer
from shared.platform.store import Store


async def compile_decided(store: Store, change: Change) -> None:
    """Compile when nothing is open any more."""
    await compile_when_decided(store, change.data.get("projectId") or change.aggregate)


COMPILE_DECIDED = Consumer(
    "compilation", compile_decided, frozenset({"ArtifactApproved", "ArtifactRejected", "ProjectSubmitted"})
)
