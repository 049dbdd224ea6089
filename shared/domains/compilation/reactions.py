"""What follows from changes: the last decision on a submitted project's artifacts starts its compilation."""

from shared.clock import derived_id
from shared.domains.compilation.actions import compile_when_decided
from shared.platform.changes import Change, Consumer
from shared.platform.store import Store


async def compile_decided(store: Store, change: Change) -> None:
    """Compile when nothing is open any more; the change gives the job its id, so that it starts once."""
    project_id = change.data.get("projectId") or change.aggregate
    await compile_when_decided(store, project_id, derived_id("job", change.event_id))


COMPILE_DECIDED = Consumer(
    "compilation", compile_decided, frozenset({"ArtifactApproved", "ArtifactRejected", "ProjectSubmitted"})
)
