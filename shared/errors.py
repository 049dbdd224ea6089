"""What a refusal is: an exception that carries its status, its code and its words (RFC 9457)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One field at fault: a JSON pointer into the body (or the parameter's name), and what is wrong with it."""

    pointer: str
    detail: str


class Problem(Exception):
    """A refusal that the caller can act on: `detail` says what to do, and nothing has changed when it is raised.

    `transient`: the same, tried again unchanged, may be carried out; what is not stays refused until somebody acts.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "request.invalid"
    title: ClassVar[str] = "The request cannot be understood"
    transient: ClassVar[bool] = False

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.members = members


class Invalid(Problem):
    """The request breaks its schema."""


class Unauthenticated(Problem):
    """Nobody known is asking."""

    status = 401
    code = "auth.required"
    title = "Sign in first"


class Forbidden(Problem):
    """Known, but not allowed."""

    status = 403
    code = "auth.forbidden"
    title = "Not allowed"


class NotFound(Problem):
    """Missing, or not to be known: both answer alike."""

    status = 404
    code = "resource.not_found"
    title = "Not found"


class Conflict(Problem):
    """The state forbids it."""

    status = 409
    code = "state.conflict"
    title = "The current state does not allow this"


class PreconditionFailed(Problem):
    """Somebody else changed it since."""

    status = 412
    code = "etag.stale"
    title = "The resource has changed since you read it"


class Unprocessable(Problem):
    """Fits the schema but cannot be meant."""

    status = 422
    code = "request.unprocessable"
    title = "The request cannot be carried out as it stands"


class TooManyRequests(Problem):
    """Wait, then ask again."""

    status = 429
    code = "rate.limited"
    title = "Too many requests"
    transient = True


class Busy(Problem):
    """What this needs has no room for it now, or does not answer; nothing is known to have changed."""

    status = 503
    code = "server.busy"
    title = "Too busy at the moment"
    transient = True
