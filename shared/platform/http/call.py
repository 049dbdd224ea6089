"""One request on its way through a declaration."""

from collections.abc import Iterable

from azurefunctions.extensions.http.fastapi import Request
from starlette.requests import ClientDisconnect

from shared.access import Actor
from shared.platform.http import correlation, negotiation
from shared.platform.http.problems import BodyIncomplete, BodyTooLarge
from shared.platform.opened import Platform
from shared.platform.store import Origin


class Call:
    """The request, the platform it runs on, who asks, and its body once read."""

    __slots__ = (
        "_body",
        "_headers",
        "actor",
        "address",
        "correlation_id",
        "creation_id",
        "header_bytes",
        "limits",
        "path",
        "platform",
        "request",
        "trace_id",
    )

    def __init__(self, request: Request, platform: Platform) -> None:
        self.request = request
        self.platform = platform
        self._headers, self.header_bytes = _joined(request.scope["headers"])
        self.correlation_id = correlation.correlation_id(self.header(b"x-correlation-id"), platform.clock)
        self.trace_id = correlation.trace_id(self.header(b"traceparent"))
        peer = request.scope.get("client") or ("", 0)
        self.address = correlation.address_of(peer[0], self.header(b"x-forwarded-for"), platform.settings)
        self.path: str = request.scope["path"]
        self.actor: Actor | None = None
        self.creation_id = ""
        self.limits: tuple[tuple[bytes, bytes], ...] = ()
        self._body: bytes | None = None

    @property
    def origin(self) -> Origin:
        """What changes made by this request are stamped with."""
        return Origin(self.actor.id if self.actor else "anonymous", self.correlation_id, None, self.address)

    @property
    def shows_who(self) -> bool:
        """Whether a token or a key was sent, good or not."""
        return b"authorization" in self._headers or b"x-api-key" in self._headers

    @property
    def place(self) -> str:
        """What a list's page belongs to, beside the question: its tenant and its path."""
        return f"{self.actor.tenant if self.actor else ''}:{self.path}"

    @property
    def signed_in(self) -> Actor:
        assert self.actor is not None  # noqa: S101 -- a public route that asks for one does not start
        return self.actor

    async def body(self) -> bytes:
        """The whole body; raises BodyTooLarge without reading beyond the limit."""
        if self._body is None:
            self._body = await _read(
                self.request, self.header(b"content-length"), self.platform.settings.max_json_bytes
            )
        return self._body

    def header(self, name: bytes) -> str:
        """A request header, empty when absent; `name` in lower case."""
        value = self._headers.get(name)
        return value.decode("latin-1") if value else ""


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> tuple[dict[bytes, bytes], int]:
    """Each header once, its lines joined, and the size of all; much cheaper to ask than the framework's."""
    joined: dict[bytes, bytes] = {}
    size = 0
    for name, value in headers:
        size += len(name) + len(value)
        if size > negotiation.MAX_HEADERS:
            break
        joined[name] = joined[name] + b", " + value if name in joined else value
    return joined, size


async def _read(request: Request, length: str, limit: int) -> bytes:
    if length.isdecimal() and int(length[:20]) > limit:
        raise BodyTooLarge(f"The body may have at most {limit} bytes.")
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise BodyTooLarge(f"The body may have at most {limit} bytes.")
            parts.append(part)
    except ClientDisconnect:
        raise BodyIncomplete from None
    return b"".join(parts)
