"""The audit: the queue that writes the chain, and what administrators may ask of it."""

from datetime import datetime

import azure.functions as func
from azurefunctions.extensions.http.fastapi import Response

from blueprints.surface import surface
from shared.access import Actor, Permission, allow
from shared.domains.audit import actions, queries
from shared.domains.audit.completeness import complete
from shared.domains.audit.export import TooManyEntries, exported
from shared.domains.audit.model import AuditEntry
from shared.domains.audit.queries import Auditor, Verification
from shared.domains.audit.retention import retire_everywhere
from shared.platform.blobs import Blobs
from shared.platform.http import Api, Listed, Listing, Order, Selection
from shared.platform.opened import platform
from shared.platform.queues import Queue, Queues
from shared.platform.store import Store
from shared.settings import Settings

api = Api(surface, "Audit")

LISTING = Listing(
    fields={
        "actor": str,
        "action": str,
        "subject": str,
        "outcome": str,
        "correlationId": str,
        "at": datetime,
    },
    orders=(Order("-at"),),
)


@api.blueprint.queue_trigger(arg_name="message", queue_name=Queue.AUDIT_WRITES.value, connection="AzureWebJobsStorage")
async def write_audit(message: func.QueueMessage) -> None:
    """Append a message's facts to their tenants' chains."""
    here = platform()
    await actions.write(await here.stores(), await here.blobs(), message.get_body().decode())


@api.blueprint.timer_trigger(arg_name="timer", schedule="0 30 3 * * *")
async def retire_audit(timer: func.TimerRequest) -> None:  # noqa: ARG001 -- the binding's name
    """Each night, remove what the retention no longer wants."""
    here = platform()
    await retire_everywhere(await here.stores(), here.settings.audit_retention_days)


@api.blueprint.timer_trigger(arg_name="timer", schedule="0 */5 * * * *")
async def complete_audit(timer: func.TimerRequest) -> None:  # noqa: ARG001 -- the binding's name
    """Send again what should have become an entry and did not."""
    here = platform()
    await complete(await here.stores(), await here.queues(), here.settings.audit_retention_days)


@api.get("v1/admin/audit/logs", allow=Permission.VIEW_AUDIT, listing=LISTING)
async def list_audit(actor: Actor, store: Store, selection: Selection) -> Listed[AuditEntry]:
    """What was done in the tenant, newest first unless asked otherwise."""
    return await queries.entries(store, allow(actor, None, Permission.VIEW_AUDIT), selection)


@api.get(
    "v1/admin/audit/logs.csv",
    allow=Permission.VIEW_AUDIT,
    raises=(TooManyEntries,),
    listing=LISTING,
    produces=("text/csv",),
)
async def export_audit(actor: Actor, store: Store, queues: Queues, selection: Selection) -> Response:
    """The same as a table, oldest first; pages do not apply. The export itself is audited."""
    auditor: Auditor = allow(actor, None, Permission.VIEW_AUDIT)
    return Response(await exported(store, auditor, queues, selection.where), media_type="text/csv")


@api.get("v1/admin/audit/verify", allow=Permission.VIEW_AUDIT)
async def verify_audit(actor: Actor, store: Store, blobs: Blobs, settings: Settings) -> Verification:
    """Whether the chain is what was written; every fault with its place, up to the last anchor."""
    auditor: Auditor = allow(actor, None, Permission.VIEW_AUDIT)
    return await queries.verify(store, auditor, blobs, settings.audit_retention_days)
