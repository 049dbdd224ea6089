"""Reading a source again that an older reader has read: its draft is replaced, what people have decided on stays."""

from typing import Literal

from shared.access import Allowed, Permission
from shared.clock import derived_id
from shared.domains.jobs import actions as jobs
from shared.domains.jobs.model import Job
from shared.domains.knowledge.actions import check_editable
from shared.domains.knowledge.queries import Filed
from shared.domains.sources.model import ReadAlready, Source
from shared.domains.sources.uploads import job_for
from shared.platform import readers
from shared.platform.store import Store

Extractable = Allowed[Filed, Literal[Permission.EXTRACT_KNOWLEDGE]]


async def reread(store: Store, filed: Extractable) -> Job:
    """The job, at most one for each version of the readers, that extracts an artifact's source again."""
    artifact, project = filed.thing
    source = await store.get(Source, artifact.source_id)
    if source is None or artifact.reader >= readers.READER:
        raise ReadAlready(f"Version {artifact.reader} of the readers has read this source, and there is no newer one.")
    check_editable(filed.thing)
    again = source.with_(job_id=derived_id("job", source.id, str(readers.READER)), created_by=filed.actor.id)
    return await jobs.request(store, job_for(store, project, again).with_(waits_for=""))
