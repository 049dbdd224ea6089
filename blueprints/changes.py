"""The change feed: every change goes to the consumers, and a timer finds what the feed missed."""

from collections.abc import Sequence

import azure.durable_functions as df
import azure.functions as func

from shared.domains.audit.reactions import AUDIT
from shared.domains.compilation.indexing import summary_indexing
from shared.domains.compilation.reactions import COMPILE_DECIDED
from shared.domains.extraction.indexing import artifact_indexing
from shared.domains.jobs.model import Job, JobStatus
from shared.domains.knowledge.reactions import SUBMIT_DRAFTS
from shared.domains.projects.reactions import SHARE_JOBS
from shared.domains.sources.duplicates import END_DUPLICATES
from shared.platform.blobs import Blobs
from shared.platform.changes import Change, Consumer
from shared.platform.changes.relay import Relay
from shared.platform.embeddings import Embeddings
from shared.platform.opened import Platform, platform
from shared.platform.search import SearchIndex
from shared.platform.store import Store

bp = df.Blueprint()


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


async def _relay(client: df.DurableOrchestrationClient) -> Relay:
    base = platform()
    return Relay(await base.stores(), consumers(base, client))


def consumers(base: Platform, client: df.DurableOrchestrationClient) -> Sequence[Consumer]:
    """Everything that follows from changes."""

    async def index_and_blobs() -> tuple[SearchIndex, Blobs, Embeddings | None]:
        return await base.search(), await base.blobs(), await base.embeddings()

    async def index() -> tuple[SearchIndex, Embeddings | None]:
        return await base.search(), await base.embeddings()

    return (
        Consumer("jobs", _Orchestrations(client).follow, frozenset({"JobRequested", "JobCancelled"})),
        SHARE_JOBS,
        END_DUPLICATES,
        SUBMIT_DRAFTS,
        COMPILE_DECIDED,
        artifact_indexing(index_and_blobs),
        summary_indexing(index),
        AUDIT,
    )


class _Orchestrations:
    """Starts a job's orchestration when it is requested, and stops it when it is cancelled."""

    def __init__(self, client: df.DurableOrchestrationClient) -> None:
        self._client = client

    async def follow(self, store: Store, change: Change) -> None:
        job = await store.get(Job, change.aggregate)
        if job is None:
            return
        if change.event_type == "JobCancelled":
            await self._stop(f"{job.id}-{change.data['attempt']}")
        elif job.status is JobStatus.QUEUED and job.attempt == change.data["attempt"]:
            await self._start(job, change)

    async def _start(self, job: Job, change: Change) -> None:
        """Starting an instance that is running is refused, and one that has ended would run again: hence `queued`."""
        given = {
            "tenant": change.tenant_id,
            "jobId": job.id,
            "attempt": job.attempt,
            "correlationId": change.correlation_id,
            "causationId": change.event_id,
        }
        if not await self._goes_on(job.instance_id):
            await self._client.start_new(job.type.orchestration, job.instance_id, given)

    async def _stop(self, instance_id: str) -> None:
        if await self._goes_on(instance_id):
            await self._client.terminate(instance_id, "cancelled")

    async def _goes_on(self, instance_id: str) -> bool:
        status = await self._client.get_status(instance_id)
        return status.runtime_status in (df.OrchestrationRuntimeStatus.Running, df.OrchestrationRuntimeStatus.Pending)
