"""Serving an endpoint: the one place that authenticates, validates, calls, answers, refuses and logs."""

import asyncio
from collections.abc import AsyncIterator
from time import perf_counter

from azurefunctions.extensions.http.fastapi import Request, Response, StreamingResponse

from shared.errors import Forbidden, PreconditionFailed, Problem, Unauthenticated
from shared.platform import limits, telemetry
from shared.platform.http import headers, idempotency, negotiation, problems
from shared.platform.http.call import Call
from shared.platform.http.respond import respond
from shared.platform.http.routes import Refusal, Route, Surface
from shared.platform.store import Stale

log = telemetry.logger(__name__)
HEARING = 2.0
"""Seconds that whoever hears of refusals may take; the caller waits meanwhile."""


async def serve(surface: Surface, route: Route, request: Request) -> Response:
    """Answer a request to a declared route, whatever happens."""
    started = perf_counter()
    call = Call(request, surface.platform())
    with telemetry.bound(correlation_id=call.correlation_id, causation_id=None):
        try:
            response = await _perform(surface, route, call)
        except Problem as problem:
            response = await refuse(surface, route, call, _meant(problem, call))
        except Exception:
            log.exception("an endpoint failed", endpoint=route.name)
            response = await refuse(surface, route, call, problems.Unexpected())
        finish(response, call, private=not route.public or route.method == "POST")
        _log(route, call, response.status_code, started)
    return response


async def _perform(surface: Surface, route: Route, call: Call) -> Response:
    negotiation.check_size(call.request.scope, call.header_bytes)
    negotiation.check_query(call.request)
    negotiation.check_accept(call.header(b"accept"), route.produces)
    if route.public and not route.unlimited:
        await _limit(call)
    if not route.public:
        await _authorise(surface, route, call)
        key = call.header(b"idempotency-key")
        if key and route.method == "POST":
            return await idempotency.once(call, key, lambda: _answer(route, call))
    elif route.signature.takes_visitor and call.shows_who:
        await _authorise(surface, route, call)
    return await _answer(route, call)


async def _answer(route: Route, call: Call) -> Response:
    arguments = await route.signature.arguments(call)
    answer = await route.function(**arguments)
    return respond(answer, call, route.listing, route.signature.status)


async def _authorise(surface: Surface, route: Route, call: Call) -> None:
    if not call.shows_who:
        await _limit(call)
    call.actor = actor = await surface.authenticate(call.platform, _token(call), call.address)
    if not route.unlimited:
        await _limit(call)
    if route.permissions and not any(map(actor.may, route.permissions)):
        raise Forbidden(f"This needs the permission {' or '.join(route.permissions)}, which your roles do not include.")


async def _limit(call: Call) -> None:
    """Spend a permit of whoever asks: of the actor, or of the address of who says nothing; raises RateLimited."""
    if not call.platform.settings.limits_rates or call.request.method == "OPTIONS":
        return
    permits = await call.platform.permits()
    try:
        if call.actor is not None:
            standings = await permits.take(f"{call.actor.tenant}/{call.actor.id}", call.actor.tier)
        else:
            standings = await permits.take(f"address {call.address}", limits.ANONYMOUS)
    except limits.RateLimited as limited:
        call.limits = limits.fields(limited.standings)
        raise
    call.limits = limits.fields(standings)


def _token(call: Call) -> str:
    """The access token or key that was sent."""
    scheme, _, token = call.header(b"authorization").partition(" ")
    if not scheme:
        key = call.header(b"x-api-key").strip()
        if not key:
            raise Unauthenticated(
                "Send an access token from POST /auth/token, or a key: `Authorization: Bearer …`, or `X-API-Key: …`."
            )
        return key
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("The Authorization header takes the form `Bearer …`.")
    return token.strip()


def _meant(problem: Problem, call: Call) -> Problem:
    """A lost race is a failed precondition for who named one, which trying again cannot meet."""
    if not isinstance(problem, Stale):
        return problem
    if call.header(b"if-match"):
        return PreconditionFailed("It has changed since you read it; read it again, and send its new ETag.")
    return problems.ChangedMeanwhile("Somebody else changed it at the same moment; look at it, and try again.")


async def refuse(surface: Surface, route: Route, call: Call, problem: Problem) -> Response:
    """The problem document of a refusal, told to whoever listens."""
    if surface.refused is not None and problem.status in (401, 403):
        refusal = Refusal(problem.code, call.actor, route.method, route.path, call.address, call.correlation_id)
        try:
            async with asyncio.timeout(HEARING):
                await surface.refused(call.platform, refusal)
        except Exception:
            log.exception("a refusal was not recorded", code=problem.code)
    base = call.platform.settings.address
    return problems.response(problem, instance=call.path, correlation_id=call.correlation_id, base=base)


def finish(response: Response, call: Call, *, private: bool) -> None:
    """Add the headers that every answer carries; to HEAD, what GET would say of its body stands for it."""
    if call.request.method == "HEAD":
        _without_body(response)
    headers.secure(response, call.correlation_id, private=private)
    response.raw_headers += call.limits
    headers.share(response, call.header(b"origin"), call.platform.settings)


def _without_body(response: Response) -> None:
    if isinstance(response, StreamingResponse):
        response.body_iterator = _nothing()
    elif "body" in vars(response):
        response.body = b""


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield


def _log(route: Route, call: Call, status: int, started: float) -> None:
    telemetry.tell(
        __name__,
        "request",
        method=call.request.method,
        path=call.path,
        tenant=call.actor.tenant if call.actor else None,
        user_id=call.actor.id if call.actor else None,
        trace_id=call.trace_id or None,
        endpoint=route.name,
        status=status,
        duration_ms=round((perf_counter() - started) * 1000, 2),
    )
