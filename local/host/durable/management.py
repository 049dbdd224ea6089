"""The HTTP management API of the Durable Functions extension, as far as the SDK's client and its users call it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.host.durable.binding import PREFIX, management_urls
from local.host.durable.clock import stamp
from local.host.durable.engine import Engine
from local.host.durable.errors import AlreadyExists, InstanceFinished, InstanceNotFound, UnknownFunction
from local.host.durable.queries import Filter
from local.host.durable.render import render
from local.host.durable.status import Instance, Status

CONTINUATION = "x-ms-continuation-token"
EVERYTHING = 1_000_000
"""How many instances a listing or a purge without `top` covers."""

Handler = Callable[[Engine, Request], Awaitable[Response]]


def routes(engine: Engine, code: str = "") -> list[Route]:
    """Return the routes under `/runtime/webhooks/durabletask/`, for those who know the code if there is one.

    They give it as the parameter `code`; the SDK's client, which sends no parameters, has it in its base address.
    """
    instance = "/instances/{instance_id}"
    table: list[tuple[str, str, Handler]] = [
        ("POST", "/orchestrators/{name}", start),
        ("POST", "/orchestrators/{name}/{instance_id}", start),
        ("GET", "/instances", list_instances),
        ("GET", "/instances/", list_instances),
        ("DELETE", "/instances", purge_many),
        ("DELETE", "/instances/", purge_many),
        ("GET", instance, get_status),
        ("DELETE", instance, purge_one),
        ("POST", instance + "/raiseEvent/{event}", raise_event),
        ("POST", instance + "/terminate", terminate),
        ("POST", instance + "/suspend", suspend),
        ("POST", instance + "/resume", resume),
        ("POST", instance + "/restart", restart),
        ("POST", instance + "/rewind", rewind),
    ]
    inside = f"{PREFIX}/{code}" if code else PREFIX
    served = [Route(inside + path, endpoint(engine, handler), methods=[method]) for method, path, handler in table]
    if code:
        served += [
            Route(PREFIX + path, guarded(code, endpoint(engine, handler)), methods=[method])
            for method, path, handler in table
        ]
    return served


def guarded(code: str, handle: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Refuse, as in Azure, whoever does not give the code."""

    async def checked(request: Request) -> Response:
        given = request.query_params.get("code", "")
        return await handle(request) if compare_digest(given.encode(), code.encode()) else Response(status_code=401)

    return checked


def endpoint(engine: Engine, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Bind a handler to the engine and turn refusals into responses."""

    async def handle(request: Request) -> Response:
        try:
            return await handler(engine, request)
        except InstanceNotFound:
            return Response(status_code=404)
        except InstanceFinished:
            return Response(status_code=410)
        except AlreadyExists as error:
            return problem(409, str(error))
        except (UnknownFunction, ValueError) as error:
            return problem(400, str(error))

    return handle


def problem(status: int, message: str) -> JSONResponse:
    return JSONResponse({"Message": message, "ExceptionMessage": message}, status)


async def start(engine: Engine, request: Request) -> Response:
    text = (await request.body()).decode()
    if text:
        json.loads(text)
    instance_id = await engine.start_encoded(
        request.path_params["name"],
        request.path_params.get("instance_id"),
        text or None,
        request.query_params.get("version"),
    )
    timeout = request.query_params.get("timeout")
    return await wait_or_check(engine, request, instance_id, timeout) if timeout else check_status(request, instance_id)


async def wait_or_check(engine: Engine, request: Request, instance_id: str, timeout: str) -> Response:  # noqa: ASYNC109 -- a parameter of the URL
    """Answer with the output if the instance ends within so many seconds."""
    try:
        async with asyncio.timeout(float(timeout)):
            instance = await engine.wait(instance_id)
    except TimeoutError:
        return check_status(request, instance_id)
    if instance.status is Status.COMPLETED:
        return Response(instance.output or "null", 200, media_type="application/json")
    return JSONResponse(render(instance), 500 if instance.status is Status.FAILED else 200)


def check_status(request: Request, instance_id: str) -> JSONResponse:
    """Answer 202 with the addresses that manage the instance."""
    root = str(request.base_url).rstrip("/") + PREFIX
    payload = management_urls(root, request.url.query, instance_id)
    return JSONResponse(payload, 202, {"Location": payload["statusQueryGetUri"], "Retry-After": "10"})


async def get_status(engine: Engine, request: Request) -> Response:
    instance = find(engine, request)
    history = engine.get_history(instance.id) if flag(request, "showHistory") else None
    body = render(
        instance,
        history,
        show_input=flag(request, "showInput", default=True),
        show_output=flag(request, "showHistoryOutput"),
    )
    failed = instance.status is Status.FAILED and flag(request, "returnInternalServerErrorOnFailure")
    return JSONResponse(body, 500 if failed else 200 if instance.status.finished else 202)


async def list_instances(engine: Engine, request: Request) -> Response:
    top = int(request.query_params.get("top") or EVERYTHING)
    found = engine.list_instances(to_filter(request, top))
    headers = {CONTINUATION: json.dumps([found[-1].created, found[-1].id])} if len(found) == top else None
    show_input = flag(request, "showInput", default=True)
    return JSONResponse([render(instance, show_input=show_input) for instance in found], 200, headers)


async def purge_one(engine: Engine, request: Request) -> Response:
    return purged(await engine.purge([request.path_params["instance_id"]]))


async def purge_many(engine: Engine, request: Request) -> Response:
    found = engine.list_instances(to_filter(request, EVERYTHING))
    return purged(await engine.purge([instance.id for instance in found]))


def purged(count: int) -> Response:
    return JSONResponse({"instancesDeleted": count}) if count else Response(status_code=404)


async def raise_event(engine: Engine, request: Request) -> Response:
    instance = find(engine, request)
    if instance.status.finished:
        raise InstanceFinished(instance.id)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return problem(400, "Only application/json request content is supported")
    data = decode_event(await request.body())
    await engine.raise_event(instance.id, request.path_params["event"], data)
    return Response(status_code=202)


def decode_event(body: bytes) -> Any:
    """Read an event's data, which the SDK's client encodes twice and others once."""
    data = json.loads(body or b"null")
    if not isinstance(data, str):
        return data
    try:
        return json.loads(data)
    except ValueError:
        return data


async def terminate(engine: Engine, request: Request) -> Response:
    await engine.terminate(request.path_params["instance_id"], reason(request))
    return Response(status_code=202)


async def suspend(engine: Engine, request: Request) -> Response:
    await engine.suspend(request.path_params["instance_id"], reason(request))
    return Response(status_code=202)


async def resume(engine: Engine, request: Request) -> Response:
    await engine.resume(request.path_params["instance_id"], reason(request))
    return Response(status_code=202)


async def restart(engine: Engine, request: Request) -> Response:
    instance = find(engine, request)
    new_id = flag(request, "restartWithNewInstanceId", default=True)
    return check_status(request, await engine.restart(instance.id, new_id=new_id))


async def rewind(engine: Engine, request: Request) -> Response:
    """Refuse, as the extension does with storage that cannot rewind."""
    if find(engine, request).status is not Status.FAILED:
        return Response(status_code=410)
    return JSONResponse("Rewind is not supported by the underlying storage provider.", 501)


def find(engine: Engine, request: Request) -> Instance:
    instance_id = request.path_params["instance_id"]
    instance = engine.get_status(instance_id)
    if instance is None:
        raise InstanceNotFound(instance_id)
    return instance


def reason(request: Request) -> str:
    return request.query_params.get("reason", "")


def flag(request: Request, name: str, *, default: bool = False) -> bool:
    """Read a boolean as .NET does: in any case, and anything else is the default."""
    return {"true": True, "false": False}.get(request.query_params.get(name, "").lower(), default)


def to_filter(request: Request, limit: int) -> Filter:
    query = request.query_params
    token = request.headers.get(CONTINUATION)
    statuses = [status for value in query.getlist("runtimeStatus") for status in value.split(",")]
    return Filter(
        created_from=bound(query.get("createdTimeFrom")),
        created_to=bound(query.get("createdTimeTo")),
        statuses=tuple(status for status in statuses if status),
        prefix=query.get("instanceIdPrefix"),
        after=tuple(json.loads(token)) if token and token != "null" else None,  # noqa: S105 -- no secret
        limit=limit,
    )


def bound(text: str | None) -> str | None:
    """Read a time bound; without a zone it is UTC."""
    if not text:
        return None
    when = datetime.fromisoformat(text)
    return stamp(when if when.tzinfo else when.replace(tzinfo=UTC))
