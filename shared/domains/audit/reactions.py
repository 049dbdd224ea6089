"""What the audit hears of: every change, and every refusal."""

from shared.domains.audit.facts import of_change
from shared.domains.audit.refusals import Refusal, record_refusal
from shared.domains.audit.together import together
from shared.platform.changes import Change, Consumer
from shared.platform.opened import Platform, platform
from shared.platform.store import Store


async def put_down(store: Store, change: Change) -> None:  # noqa: ARG001 -- as every consumer is called
    """Have the change written into its tenant's chain."""
    await together(await platform().queues()).send(of_change(change))


async def refused(on: Platform, refusal: Refusal) -> None:
    """For the HTTP surface's hook of that name."""
    await record_refusal(await on.queues(), on.clock, refusal)


CONSUMERS = (Consumer("audit", put_down, from_start=True),)
