"""The change feed: every change goes to the consumers, and a timer finds what the feed missed."""

from collections.abc import Mapping
from functools import partial

import azure.durable_functions as df
import azure.functions as func

from shared.domains.dead_letters import actions as dead_letters
from shared.domains.jobs.watch import end_lost
from shared.domains.reactions import consumers, rebuild
from shared.platform import graph, search, telemetry
from shared.platform.changes.relay import Relay
from shared.platform.opened import platform
from shared.platform.store.backfill import backfill

log = telemetry.logger(__name__)
bp = df.Blueprint()

GOING_ON = {
    df.OrchestrationRuntimeStatus.Pending,
    df.OrchestrationRuntimeStatus.Running,
    df.OrchestrationRuntimeStatus.ContinuedAsNew,
    df.OrchestrationRuntimeStatus.Suspended,
}


@bp.cosmos_db_trigger(
    arg_name="documents",
    connection="COSMOS",
    database_name="%COSMOS_DATABASE%",
    container_name="records",
    lease_container_name="leases",
    feed_poll_delay=500,
    start_from_beginning=True,  # type: ignore[arg-type]  # the SDK annotates it as a time
)
@bp.durable_client_input(client_name="client")
async def relay_changes(documents: func.DocumentList, client: df.DurableOrchestrationClient) -> None:
    """Hand new changes to the consumers."""
    await (await _relay(client)).offer([dict(document) for document in documents])


@bp.timer_trigger(arg_name="timer", schedule="*/15 * * * * *")
@bp.durable_client_input(client_name="client")
async def sweep_changes(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:  # noqa: ARG001 -- the binding's name
    """Try again what a consumer failed, find what the feed missed, and drop what has expired."""
    await (await _relay(client)).sweep()
    await (await platform().stores()).sweep()


@bp.timer_trigger(arg_name="timer", schedule="5,20,35,50 * * * * *")
async def renew_search(timer: func.TimerRequest) -> None:  # noqa: ARG001 -- the binding's name
    """Where the search index is lost, have it made anew from the records."""
    await rebuild(await platform().stores(), search.PROJECTION, await platform().search())


@bp.timer_trigger(arg_name="timer", schedule="10,25,40,55 * * * * *")
async def renew_graph(timer: func.TimerRequest) -> None:  # noqa: ARG001 -- the binding's name
    """Where the graph is lost, have it made anew from the records."""
    await rebuild(await platform().stores(), graph.PROJECTION, await platform().graph())


@bp.timer_trigger(arg_name="timer", schedule="0 * * * * *")
@bp.durable_client_input(client_name="client")
async def report_backlog(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:  # noqa: ARG001 -- the binding's name
    """Tell each minute what alerts ask for: the age of the oldest change not taken, and how much has died."""
    lag = await (await _relay(client)).lag()
    log.info("backlog", lag_seconds=round(lag, 1), dead_letters=await dead_letters.count(await platform().stores()))


@bp.timer_trigger(arg_name="timer", schedule="30 * * * * *")
async def renew_records(timer: func.TimerRequest) -> None:  # noqa: ARG001 -- the binding's name
    """After an upgrade, rewrite what the version before has stored."""
    await backfill(await platform().stores())


@bp.timer_trigger(arg_name="timer", schedule="45 * * * * *")
@bp.durable_client_input(client_name="client")
async def end_lost_jobs(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:  # noqa: ARG001 -- the binding's name
    """End the jobs whose orchestration is gone, which nothing else would end."""
    await end_lost(await platform().stores(), Orchestrations(client))


async def _relay(client: df.DurableOrchestrationClient) -> Relay:
    stores = await platform().stores()
    return Relay(stores, consumers(Orchestrations(client)), partial(dead_letters.park, stores))


class Orchestrations:
    """The durable engine, as the reactions of jobs ask for it."""

    def __init__(self, client: df.DurableOrchestrationClient) -> None:
        self._client = client

    async def start(self, name: str, instance_id: str, given: Mapping[str, object]) -> None:
        """Starting an instance that is running is refused, and one that has ended would run again."""
        if not await self.goes_on(instance_id):
            await self._client.start_new(name, instance_id, given)

    async def stop(self, instance_id: str) -> None:
        if await self.goes_on(instance_id):
            await self._client.terminate(instance_id, "cancelled")

    async def goes_on(self, instance_id: str) -> bool:
        status = await self._client.get_status(instance_id)
        return status is not None and status.runtime_status in GOING_ON
