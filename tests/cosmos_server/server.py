"""The account as the SDK sees it: just the requests that our adapters make; every other one is refused."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.cosmos_server import authorization
from tests.cosmos_server.batches import carry_out
from tests.cosmos_server.containers import Container
from tests.cosmos_server.documents import Documents
from tests.cosmos_server.faults import Fault, Faults
from tests.cosmos_server.queries import answer
from tests.cosmos_server.refusals import Refused, bad

KEY = "dGVzdHMgYW5kIGRlbW9zIG9ubHkgLSB0aGlzIGlzIG5vIHNlY3JldA=="
MAX_REQUEST = 2 * 1024 * 1024
TENANT = 32
"""Hexadecimal digits of the hash of a key's first part."""
Headers = dict[str, str]


class Account:
    """Databases, containers and documents, and the requests upon them."""

    def __init__(self, path: str = ":memory:") -> None:
        self.documents = Documents(path)
        self.databases: dict[str, dict[str, Container]] = {}
        self.faults = Faults()

    def database(self, name: str) -> dict[str, Container]:
        if name not in self.databases:
            raise Refused(404, "Resource Not Found", sub_status=1003)
        return self.databases[name]

    def container(self, request: Request) -> Container:
        found = self.database(request.path_params["db"]).get(request.path_params["coll"])
        if found is None:
            raise Refused(404, "Resource Not Found", sub_status=1003)
        intended = request.headers.get("x-ms-cosmos-intended-collection-rid")
        if intended and intended != found.rid:
            raise Refused(400, "The collection was made anew", sub_status=1024)
        return found

    async def account(self, request: Request) -> Response:
        here = [{"name": "Here", "databaseAccountEndpoint": str(request.base_url)}]
        return _json(
            {
                "_self": "",
                "id": "here",
                "_dbs": "//dbs/",
                "writableLocations": here,
                "readableLocations": here,
                "enableMultipleWriteLocations": False,
                "userConsistencyPolicy": {"defaultConsistencyLevel": "Strong"},
            }
        )

    async def create_database(self, request: Request) -> Response:
        name = (await request.json())["id"]
        if name in self.databases:
            raise Refused(409, "Resource with specified id already exists.")
        self.databases[name] = {}
        return _json({"id": name, "_rid": name}, 201)

    async def read_database(self, request: Request) -> Response:
        name = request.path_params["db"]
        self.database(name)
        return _json({"id": name, "_rid": name})

    async def create_container(self, request: Request) -> Response:
        definition = await request.json()
        containers = self.database(request.path_params["db"])
        if definition["id"] in containers:
            raise Refused(409, "Resource with specified id already exists.")
        made = containers[definition["id"]] = Container(uuid4().hex[:12], definition)
        return _json({**definition, "_rid": made.rid}, 201)

    async def read_container(self, request: Request) -> Response:
        found = self.container(request)
        return _json({**found.definition, "_rid": found.rid})

    async def ranges(self, request: Request) -> Response:
        found = self.container(request)
        etag = f'"{found.partitions[-1].id}.{len(found.partitions)}"'
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"etag": etag})
        listed = found.ranges()
        return _json({"_rid": found.rid, "PartitionKeyRanges": listed, "_count": len(listed)}, etag=etag)

    async def read_document(self, request: Request) -> Response:
        container, key = self.container(request), _key(request)
        document_id = request.path_params["id"]
        self._log("read", container, str(key))
        found = self.documents.get(container, container.hash(key), document_id)
        if found is None:
            raise Refused(404, "Entity with the specified id does not exist in the system.")
        size = len(orjson.dumps(found))
        return _json(found, etag=found["_etag"], charge=1.0 + size // 4096)

    async def post_documents(self, request: Request) -> Response:
        if request.headers.get("x-ms-cosmos-is-batch-request") == "True":
            return await self._batch(request)
        if request.headers.get("x-ms-documentdb-isquery") == "true":
            return await self._query(request)
        raise bad("Documents are written by batches only")

    async def _batch(self, request: Request) -> Response:
        container, key, body = self.container(request), _key(request), await request.body()
        if request.headers.get("x-ms-cosmos-batch-atomic") != "True":
            raise bad("Only atomic batches are known here")
        if len(body) > MAX_REQUEST:
            raise Refused(413, "Request size is too large")
        self._log("batch", container, str(key))
        results = carry_out(self.documents, container, key, json.loads(body))
        self.faults.check("batch", done=True)
        failed = any(each["statusCode"] >= 400 for each in results)
        return _json(results, 207 if failed else 200, charge=sum(each["requestCharge"] for each in results))

    async def _query(self, request: Request) -> Response:
        container, body = self.container(request), await request.json()
        if request.headers.get("x-ms-documentdb-query-enable-scan") != "True":
            raise bad("Filters on paths excluded from indexing need the allow scan header")
        within = self._within(request, container)
        self._log("query", container, str(within), body["query"])
        begin = int(request.headers.get("x-ms-continuation") or 0)
        most = int(request.headers.get("x-ms-max-item-count") or 100)
        found = answer(self.documents, container, within, body, (begin, most))
        headers = {"x-ms-item-count": str(len(found.rows))}
        if found.continuation is not None:
            headers["x-ms-continuation"] = str(found.continuation)
        content = {"_rid": container.rid, "Documents": found.rows, "_count": len(found.rows)}
        return _json(content, charge=found.charge, headers=headers)

    def _within(self, request: Request, container: Container) -> tuple[str, str]:
        """The hashes that a query is limited to: a whole key's, or those of a prefix in one physical partition."""
        if "x-ms-documentdb-partitionkey" in request.headers:
            one = container.hash(_key(request))
            return one, one + "!"
        low, high = _asked_range(request, container)
        if low[:TENANT] != high[:TENANT]:
            raise bad("A query names a tenant")
        return low, high

    async def feed(self, request: Request) -> Response:
        container = self.container(request)
        if request.headers.get("a-im") not in ("Incremental feed", "Incremental Feed"):
            raise bad("Documents are listed by queries or the change feed only")
        low, high = _asked_range(request, container)
        self._log("feed", container, f"{low}-{high}")
        since = request.headers.get("if-none-match", '"0"')
        after = self.documents.lsn if since == "*" else int(since.strip('"'))
        most = int(request.headers.get("x-ms-max-item-count") or 100)
        found, reached = ([], after) if since == "*" else self.documents.feed(container, low, high, after, most)
        if not found:
            return Response(status_code=304, headers={"etag": f'"{after}"', "x-ms-request-charge": "1"})
        content = {"_rid": container.rid, "Documents": found, "_count": len(found)}
        return _json(content, etag=f'"{reached}"', charge=1 + len(found) * 0.1)

    async def fault(self, request: Request) -> Response:
        """`POST /_faults {operation, status, times, retry_after_ms, lost}`"""
        self.faults.add(Fault(**await request.json()))
        return _json({})

    def _log(self, operation: str, container: Container, scope: str, sql: str = "") -> None:
        self.faults.log.append((operation, container.definition["id"], scope, sql))
        self.faults.check(operation)

    async def unknown(self, request: Request) -> Response:
        raise bad(f"{request.method} {request.url.path} is not known here")


def _asked_range(request: Request, container: Container) -> tuple[str, str]:
    """A physical partition's hashes, or the part of them that was asked for."""
    if "x-ms-documentdb-partitionkeyrangeid" not in request.headers:
        raise bad("Only reads of one physical partition are known here")
    low, high = container.range(request.headers["x-ms-documentdb-partitionkeyrangeid"])
    if "x-ms-start-epk" not in request.headers:
        return low, high
    if request.headers.get("x-ms-read-key-type") != "EffectivePartitionKeyRange":
        raise bad("Only ranges of effective partition keys are known here")
    return max(low, request.headers["x-ms-start-epk"]), min(high, request.headers["x-ms-end-epk"])


def _key(request: Request) -> list[Any]:
    key: list[Any] = json.loads(request.headers["x-ms-documentdb-partitionkey"])
    return key


def _json(
    content: Any, status: int = 200, *, etag: str = "", charge: float = 1.0, headers: Headers | None = None
) -> Response:
    told = {"x-ms-request-charge": f"{charge:.2f}", "x-ms-activity-id": str(uuid4()), **(headers or {})}
    if etag:
        told["etag"] = etag
    return Response(orjson.dumps(content), status, told, "application/json")


def _refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    headers = {"x-ms-request-charge": "1.00"}
    if error.sub_status:
        headers["x-ms-substatus"] = str(error.sub_status)
    if error.retry_after_ms:
        headers["x-ms-retry-after-ms"] = str(error.retry_after_ms)
    return Response(
        orjson.dumps({"code": error.code, "message": error.message}), error.status, headers, "application/json"
    )


def application(account: Account) -> ASGIApp:
    """The ASGI app; faults can be set without a signature."""
    app = _routes(account)

    async def without_last_slash(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "path": scope["path"].rstrip("/") or "/"}, receive, send)

    return without_last_slash


def _routes(account: Account) -> Starlette:

    def signed(handle: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def checked(request: Request) -> Response:
            authorization.check(request, KEY)
            response: Response = await handle(request)
            return response

        return checked

    container, documents = "/dbs/{db}/colls/{coll}", "/dbs/{db}/colls/{coll}/docs"
    return Starlette(
        routes=[
            Route("/_faults", account.fault, methods=["POST"]),
            Route("/", signed(account.account)),
            Route("/dbs", signed(account.create_database), methods=["POST"]),
            Route("/dbs/{db}", signed(account.read_database)),
            Route("/dbs/{db}/colls", signed(account.create_container), methods=["POST"]),
            Route(container, signed(account.read_container)),
            Route(f"{container}/pkranges", signed(account.ranges)),
            Route(documents, signed(account.post_documents), methods=["POST"]),
            Route(documents, signed(account.feed)),
            Route(f"{documents}/{{id}}", signed(account.read_document)),
            Route("/{rest:path}", account.unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ],
        exception_handlers={Refused: _refusal},
    )
