"""A whole hub in one process: every endpoint, the change feed, the real orchestrations, blobs and queues in memory."""

import json
from collections.abc import AsyncIterator, Callable, Generator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure.durable_functions as df
import azure.functions as func
import httpx
import pytest

from blueprints.changes import Orchestrations
from orchestrators.attempts import RETRY
from registry import BLUEPRINTS
from shared.access import Role
from shared.domains.accounts.model import User
from shared.domains.dead_letters.actions import bury, park
from shared.domains.dead_letters.model import DeadLetter
from shared.domains.extraction.evidence import verify
from shared.domains.joining.model import Registration
from shared.domains.knowledge.content import Content, Evidence, SourceType, Statement, StatementKind
from shared.domains.knowledge.model import Artifact, ArtifactStatus, artifact_id
from shared.domains.projects.model import Project
from shared.domains.reactions import consumers
from shared.domains.sources.documents import _document_name, _pack
from shared.domains.sources.model import Source, SourceStatus
from shared.platform.blobs import Container
from shared.platform.changes import Consumer
from shared.platform.changes.relay import Relay
from shared.platform.queues import Queue
from shared.platform.readers.document import Document
from shared.platform.store import Change, Store, save
from shared.platform.store.cosmos import CosmosStore
from shared.platform.store.sqlite import SqliteStore
from tests.application import Application, running
from tests.factories import a_document
from tests.fake_storage import MemoryBlobs, MemoryQueues

PAPER = Path(__file__).parent.parent / "samples" / "paper.pdf"
PLACELESS = a_document().model_copy(update={"lines": (), "pages": ()})
"""A paper without places on pages, so that nothing is drawn, and no process started for it."""

Json = dict[str, Any]


def _functions() -> dict[str, Callable[..., Any]]:
    """The functions of all triggers, orchestrations as their generators."""
    app = func.FunctionApp()
    for blueprint in BLUEPRINTS:
        app.register_functions(blueprint)
    plain = {str(function.get_function_name()): function.get_user_function() for function in app.get_functions()}
    return {name: getattr(function, "orchestrator_function", function) for name, function in plain.items()}


FUNCTIONS = _functions()
ENDED = (df.OrchestrationRuntimeStatus.Completed, df.OrchestrationRuntimeStatus.Terminated)


@dataclass
class Task:
    """An activity to call, or several to await."""

    calls: list[tuple[str, Json]]
    joined: bool = False


class Context:
    """What an orchestration asks for."""

    def __init__(self, given: Json) -> None:
        self._given = given

    def get_input(self) -> Json:
        return self._given

    def call_activity_with_retry(self, name: str, retry: df.RetryOptions, given: Json) -> Task:
        assert retry is RETRY
        return Task([(name, given)])

    def task_all(self, tasks: list[Task]) -> Task:
        assert tasks, "the SDK's fails without any"
        return Task([call for task in tasks for call in task.calls], joined=True)


class Instance:
    """One orchestration; `step` carries out what it waits for, and hands it the result."""

    def __init__(self, name: str, given: Json) -> None:
        self.name = name
        self.status = df.OrchestrationRuntimeStatus.Running
        self.output: Any = None
        self._generator: Generator[Task, Any, Any] = FUNCTIONS[name](Context(_small(given)))
        self._waits = next(self._generator)

    @property
    def goes_on(self) -> bool:
        return self.status not in ENDED

    @property
    def waits_for(self) -> list[str]:
        return [name for name, _ in self._waits.calls]

    async def step(self) -> None:
        try:
            results = [await _activity(name, given) for name, given in self._waits.calls]
        except Exception as error:  # noqa: BLE001 -- whatever an activity raises reaches its orchestration
            self._resume(self._generator.throw, error)
        else:
            self._resume(self._generator.send, results if self._waits.joined else results[0])

    def _resume(self, resume: Callable[[Any], Task], value: Any) -> None:
        try:
            self._waits = resume(value)
        except StopIteration as end:
            self.status, self.output = df.OrchestrationRuntimeStatus.Completed, end.value


async def _activity(name: str, given: Json) -> Any:
    """As often as the orchestrations' retries say, without the waiting between."""
    tries = RETRY.max_number_of_attempts
    for last in [*[False] * (tries - 1), True]:
        try:
            return _small(await FUNCTIONS[name](_small(given)))
        except Exception:
            if last:
                raise
    return None


def _small(value: Any) -> Any:
    """The value as it comes out of JSON, which may have 4 KB."""
    text = json.dumps(value)
    assert len(text) < 4096, "ids and blob names only, never text"
    return json.loads(text)


class Durable:
    """The durable client, and the engine behind it, which runs when it is told to."""

    def __init__(self) -> None:
        self.instances: dict[str, Instance] = {}
        self.started: list[str] = []

    async def start_new(self, name: str, instance_id: str, given: Json) -> str:
        assert instance_id not in self.instances or not self.instances[instance_id].goes_on
        self.instances[instance_id] = Instance(name, given)
        self.started.append(instance_id)
        return instance_id

    async def get_status(self, instance_id: str) -> Any:
        known = self.instances.get(instance_id)
        return SimpleNamespace(runtime_status=known.status if known else None)

    async def terminate(self, instance_id: str, _: str) -> None:
        self.instances[instance_id].status = df.OrchestrationRuntimeStatus.Terminated

    async def run(self) -> bool:
        """One step of everything that goes on; whether there was anything."""
        going = [each for each in self.instances.values() if each.goes_on]
        for each in going:
            await each.step()
        return bool(going)


class Person:
    """Somebody signed in. Each verb asserts the status that is expected, and gives the JSON of the answer."""

    def __init__(self, client: httpx.AsyncClient, user: User, headers: dict[str, str]) -> None:
        self._client = client
        self.user = user
        self.headers = headers

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """The whole answer; a header `if_match` is sent as If-Match, a body that is text as CSV."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, str):
            sent = {"Content-Type": "text/csv", **sent}
            return await self._client.request(method, path, content=body.encode(), headers={**self.headers, **sent})
        return await self._client.request(method, path, json=body, headers={**self.headers, **sent})

    async def get(self, path: str, status: int = 200, **parameters: Any) -> Any:
        asked = {name.replace("_", "$", 1): value for name, value in parameters.items()}
        return _told(await self._client.get(path, params=asked or None, headers=self.headers), status)

    async def post(self, path: str, body: Any = None, status: int | None = None, **headers: str) -> Any:
        return _told(await self.ask("POST", path, body, **headers), status)

    async def patch(self, path: str, body: Any, status: int = 200, **headers: str) -> Any:
        return _told(await self.ask("PATCH", path, body, **headers), status)


def _told(answer: httpx.Response, status: int | None) -> Any:
    expected = answer.is_success if status is None else answer.status_code == status
    assert expected, f"{answer.status_code} for {answer.request.method} {answer.request.url}: {answer.text}"
    return answer.json() if answer.content else None


class Hub:
    """The app with everything behind it; `settle` lets all follow that follows from what was done."""

    def __init__(self, app: Application, blobs: MemoryBlobs, queues: MemoryQueues) -> None:
        self.app = app
        self.clock = app.clock
        self.blobs = blobs
        self.queues = queues
        self.durable = Durable()
        self._position: str | None = None
        self._people: dict[tuple[Role, str], Person] = {}

    async def store(self, tenant: str = "default") -> Store:
        return await self.app.store(tenant)

    async def person(self, *roles: Role, email: str = "", tenant: str = "default") -> Person:
        """A new account of these roles, without a password: its token is made here."""
        user = await self.app.user(*roles, email=email, tenant=tenant, password=None)
        return Person(self.app.client, user, self.app.bearer(user, tenant))

    async def the(self, role: Role, tenant: str = "default") -> Person:
        """The one account of this role that a test keeps to."""
        if (role, tenant) not in self._people:
            self._people[role, tenant] = await self.person(role, tenant=tenant)
        return self._people[role, tenant]

    async def event(self, tenant: str = "default", **fields: Any) -> Json:
        """A live event."""
        organizer = await self.the(Role.ORGANIZER, tenant)
        body = {"displayName": "Open Days", "startDate": "2026-05-04", "endDate": "2026-05-05", **fields}
        made = await organizer.post("/v1/events", body)
        published: Json = await organizer.post(f"/v1/events/{made['id']}/publish")
        return published

    async def project(self, event_id: str = "", tenant: str = "default", **fields: Any) -> Json:
        """A draft of the presenter's, in a new event unless one is named."""
        presenter = await self.the(Role.PRESENTER, tenant)
        event_id = event_id or (await self.event(tenant, displayName=f"Event {self.clock.token()}"))["id"]
        body = {"title": "Seats", **fields}
        made: Json = await presenter.post(f"/v1/events/{event_id}/projects", body)
        return made

    async def artifact(self, project_id: str, *statements: Statement, tenant: str = "default", **fields: Any) -> str:
        """A draft artifact of `a_document`, its statements verified there; with its source, as extraction leaves it.

        `said` are other members of its content.
        """
        store = await self.store(tenant)
        project = await store.get(Project, project_id)
        assert project is not None
        document = fields.pop("document", PLACELESS)
        return (await _extracted(self, store, project, statements, document, **fields)).id

    async def put(self, name: str, data: bytes, **metadata: str) -> None:
        """Put a file among the uploads, as somebody with the storage account's key does, and let the trigger see it."""
        await self.blobs.put(Container.UPLOADS, name, data, metadata=metadata)
        await self.receive(name)

    async def receive(self, name: str) -> None:
        """What the blob trigger does about an upload."""
        await FUNCTIONS["receive_upload"](SimpleNamespace(container_name="uploads", blob_name=name))

    async def reconcile(self) -> None:
        """What the timer does about uploads, once the feed has brought what was done by then."""
        while await self.deliver():
            pass
        await FUNCTIONS["reconcile_uploads"](None)

    async def upload(self, project_id: str, data: bytes, file_name: str = "paper.pdf", size: int | None = None) -> Json:
        """Ask for an address, put the file there, and let the trigger see it; the answer with the address."""
        presenter = await self.the(Role.PRESENTER)
        body = {"fileName": file_name, "size": len(data) if size is None else size}
        address: Json = await presenter.post(f"/v1/projects/{project_id}/uploads", body, status=201)
        await self.put(uploaded_name(address), data)
        return address

    async def readable(self, data: bytes, document: Document, tenant: str = "default") -> None:
        """Let these bytes count as read already, so that no process is started for them."""
        name = _document_name(tenant, sha256(data).hexdigest(), document.reader)
        await self.blobs.put(Container.EVIDENCE, name, _pack(document))

    async def dead_letter(self, tenant: str = "default") -> str:
        """A message that died before anybody could read it; its id."""
        await bury(await self.app.platform.stores(), tenant, Queue.AUDIT_WRITES, '{"facts": []}', "Broken: it is")
        (letter,) = (await (await self.store(tenant)).query(DeadLetter)).items
        return letter.id

    async def registration(self, tenant: str = "default") -> str:
        """Somebody who waits for an account; its id."""
        store, email = await self.store(tenant), f"{self.clock.token(9)}@example.org"
        registration = Registration(
            id=self.clock.new_id("reg"), email=email, display_name="Ada", password_hash="-", token_hash="-",
            created_at=self.clock.now(), expires_at=self.clock.now() + timedelta(days=3),
        )  # fmt: skip
        await save(store, registration, "RegistrationAsked")
        return registration.id

    async def settle(self) -> None:
        """Let the change feed, the orchestrations and the audit do all they have to."""
        while await self._moved():
            pass

    async def deliver(self) -> bool:
        """Hand the consumers what they have not seen; whether there was anything."""
        log = (await self.app.platform.stores()).log
        documents, position = await log.read(self._position, 500)
        await self.relay.offer(documents)
        await self.relay.settled()
        self._position = position
        return bool(documents)

    async def again(self) -> None:
        """Deliver every change of all time once more, as if no consumer remembered any."""
        stores = await self.app.platform.stores()
        documents, _ = await stores.log.read(None, 10_000)
        for document in documents:
            change = Change.restored(dict(document), "")
            for consumer in self.consumers:
                if consumer.name != "audit" and consumer.wants(change):
                    await consumer.handle(stores.open(change.tenant_id), change)
        await self.settle()

    async def sweep(self) -> None:
        """What the timer does about changes, once the feed had its time and failures theirs."""
        self.clock.advance(minutes=5)
        await self.relay.sweep()
        await self.relay.settled()
        await self.settle()

    @property
    def relay(self) -> Relay:
        stores = self.app.platform._open["stores"]
        return Relay(stores, self.consumers, partial(park, stores))

    @property
    def consumers(self) -> Sequence[Consumer]:
        client: Any = self.durable
        return consumers(Orchestrations(client))

    async def _moved(self) -> bool:
        delivered = await self.deliver()
        await self._audit(self.queues.take(Queue.AUDIT_WRITES))
        return await self.durable.run() or delivered

    async def _audit(self, texts: list[str]) -> None:
        for at, text in enumerate(texts):
            try:
                await FUNCTIONS["write_audit"](func.QueueMessage(body=text.encode()))
            except Crash:
                for left in texts[at:]:
                    await self.queues.send(Queue.AUDIT_WRITES, left)
                raise


class Crash(Exception):
    """The process died here."""


class CrashAt:
    """Fails the call of this number (from 0) that changes something in the store or the blobs, after its effect."""

    def __init__(self, at: int) -> None:
        self._left = at
        self.happened = False

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for store in (SqliteStore, CosmosStore):
            monkeypatch.setattr(store, "commit", self._failing(store.commit))
        for name in ("put", "download", "upload", "delete"):
            monkeypatch.setattr(MemoryBlobs, name, self._failing(getattr(MemoryBlobs, name)))

    def _failing(self, function: Callable[..., Any]) -> Callable[..., Any]:
        async def called(*given: Any, **named: Any) -> Any:
            self._left -= 1
            crash = self._left == -1
            result = await function(*given, **named)
            if crash:
                self.happened = True
                raise Crash
            return result

        return called


def uploaded_name(address: Json) -> str:
    """The blob's name in an upload address."""
    return httpx.URL(address["uploadUrl"]).path.removeprefix("/uploads/")


def quoting(kind: StatementKind, text: str, *quotations: str, statement_id: str = "") -> Statement:
    """A statement with these quotations, or with its own words for one."""
    cited = tuple(Evidence(n=0, quotation=quotation) for quotation in quotations or (text,))
    return Statement(id=statement_id or f"{kind}-{abs(hash(text)) % 10_000}", kind=kind, text=text, evidence=cited)


CLAIM = quoting(
    StatementKind.CLAIM,
    "SeatSense achieves an accuracy of 92.5% on LibBadge.",
    "SeatSense achieves an accuracy of 92.5% on LibBadge",
    statement_id="stm_claim",
)
METHOD = quoting(
    StatementKind.METHOD,
    "The network is trained with Adam for 40 epochs with a learning rate of 0.001.",
    statement_id="stm_method",
)
INVENTED = quoting(
    StatementKind.RESULT, "SeatSense halves the noise in every reading room.", statement_id="stm_invented"
)
"""What the document does not say."""


async def _extracted(
    hub: Hub, store: Store, project: Project, statements: tuple[Statement, ...], document: Document, **fields: Any
) -> Artifact:
    now = store.clock.now()
    digest = fields.pop("source_sha256", store.clock.token().ljust(64, "0"))
    source = Source(
        id=store.clock.new_id("src"), project_id=project.id, source_type=SourceType.PAPER, file_name="paper.pdf",
        upload="", sha256=digest, status=SourceStatus.RECEIVED, created_by=project.created_by, created_at=now,
    )  # fmt: skip
    await save(store, source, "SourceReceived", {"projectId": project.id})
    name = _document_name(store.tenant, digest, document.reader)
    await hub.blobs.put(Container.EVIDENCE, name, _pack(document))
    said = {"title": "SeatSense", "keywords": ("seats",), **fields.pop("said", {})}
    given = Content(**said, statements=statements or (CLAIM, METHOD, INVENTED))
    made = Artifact(
        **{
            "id": artifact_id(source.id), "project_id": project.id, "event_id": project.event_id,
            "source_id": source.id, "source_type": SourceType.PAPER, "source_sha256": digest, "reader": document.reader,
            "file_name": "paper.pdf", "job_id": store.clock.new_id("job"), "status": ArtifactStatus.DRAFT,
            "content": verify(document, source.id, given), "created_by": project.created_by, "extracted_at": now,
            "updated_at": now, **fields,
        }
    )  # fmt: skip
    return await save(store, made, "ArtifactExtracted", {"projectId": project.id, "jobId": made.job_id})


@asynccontextmanager
async def a_hub(tmp_path: Path, **settings: Any) -> AsyncIterator[Hub]:
    """A hub without anything in it."""
    async with running(tmp_path, BLUEPRINTS, **settings) as app:
        blobs, queues = MemoryBlobs(app.clock), MemoryQueues()
        app.platform._open |= {"blobs": blobs, "queues": queues}
        await app.platform.stores()
        yield Hub(app, blobs, queues)
