"""Problem documents (RFC 9457): the one form in which the API says no."""

from collections.abc import Sequence
from typing import Any

import orjson
from azurefunctions.extensions.http.fastapi import Response
from pydantic import ValidationError

from shared.errors import Conflict, Fault, Invalid, Problem, Unauthenticated

MEDIA_TYPE = "application/problem+json"
MAX_FAULTS = 100
MAX_DETAIL = 500
"""Characters that are told of one fault, or of one pointer: either may quote what was sent."""


class Unexpected(Problem):
    """A fault of ours; what happened stands in the log under the correlation id."""

    status = 500
    code = "server.unexpected"
    title = "Something went wrong on our side"


class MethodNotAllowed(Problem):
    """The route exists for other methods, which Allow names."""

    status = 405
    code = "route.method_not_allowed"
    title = "This route does not take this method"


class NotAcceptable(Problem):
    """The Accept header leaves nothing that the route can answer with."""

    status = 406
    code = "request.not_acceptable"
    title = "No acceptable representation"


class ChangedMeanwhile(Conflict):
    """Two callers changed the same thing at once, and this one came second."""

    code = "state.changed_meanwhile"
    title = "It was changed at the same moment"
    transient = True


class BodyIncomplete(Problem):
    """The caller went away before the end of the body, so that nobody reads this."""

    code = "body.incomplete"
    title = "The body ended early"
    transient = True


class BodyTooLarge(Problem):
    """The body exceeds the limit; the rest of it was not read."""

    status = 413
    code = "body.too_large"
    title = "The body is too large"


class AddressTooLong(Problem):
    """The path or the query exceeds the limit."""

    status = 414
    code = "request.address_too_long"
    title = "The address is too long"


class HeadersTooLarge(Problem):
    """The header fields exceed the limit together."""

    status = 431
    code = "request.headers_too_large"
    title = "The header fields are too large"


class UnsupportedMediaType(Problem):
    """The body's Content-Type is not one that the route takes."""

    status = 415
    code = "body.unsupported_type"
    title = "The content type is not supported"


def document(problem: Problem, *, instance: str, correlation_id: str, base: str = "") -> dict[str, Any]:
    """The members of a problem document; `base` is the address of the pages that explain codes."""
    members: dict[str, Any] = {
        "type": f"{base}/docs#{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": _short(problem.detail),
        "retryable": problem.transient,
        "instance": _short(instance),
        "code": problem.code,
        "correlationId": correlation_id,
    }
    if problem.errors:
        members["errors"] = [
            {"pointer": _short(fault.pointer), "detail": _short(fault.detail)} for fault in problem.errors[:MAX_FAULTS]
        ]
    return problem.members | members


def _short(text: str) -> str:
    return text if len(text) <= MAX_DETAIL else text[:MAX_DETAIL] + "…"


def response(problem: Problem, *, instance: str, correlation_id: str, base: str = "") -> Response:
    body = orjson.dumps(document(problem, instance=instance, correlation_id=correlation_id, base=base), default=str)
    headers = dict(problem.headers)
    if problem.transient:
        headers.setdefault("Retry-After", "1")
    if isinstance(problem, Unauthenticated):
        headers.setdefault("WWW-Authenticate", 'Bearer realm="event-hub"')
    return Response(body, problem.status, headers, MEDIA_TYPE)


def invalid(error: ValidationError, what: str, *, parameters: bool = False) -> Invalid:
    """What pydantic found wrong, each with a JSON pointer (or the parameter's name), without the values sent."""
    faults = tuple(
        Fault(_pointer(fault["loc"], parameters=parameters), fault["msg"].removeprefix("Value error, "))
        for fault in error.errors(include_url=False, include_input=False, include_context=False)[:MAX_FAULTS]
    )
    count = error.error_count()
    told = "see errors" if count <= MAX_FAULTS else f"errors has the first {MAX_FAULTS} of {count} faults"
    return Invalid(f"{what} does not fit the schema; {told}.", errors=faults)


def _pointer(location: Sequence[str | int], *, parameters: bool) -> str:
    if parameters:
        return str(location[0]) if location else ""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)
