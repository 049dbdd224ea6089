"""The master-key signature of a request."""

import base64
import hashlib
import hmac
from urllib.parse import unquote

from starlette.requests import Request

from tests.cosmos_server.refusals import Refused


def check(request: Request, key: str) -> None:
    """Raise unless the request is signed with the key."""
    given = unquote(request.headers.get("authorization", ""))
    if not hmac.compare_digest(given, f"type=master&ver=1.0&sig={_signature(request, key)}"):
        raise Refused(401, "The input authorization token can't serve the request.")


def _signature(request: Request, key: str) -> str:
    parts = [part for part in request.scope["path"].split("/") if part]
    feed = len(parts) % 2 == 1
    kind = parts[-1 if feed else -2] if parts else ""
    link = "/".join(parts[:-1] if feed else parts)
    text = f"{request.method.lower()}\n{kind}\n{link}\n{request.headers.get('x-ms-date', '').lower()}\n\n"
    return base64.b64encode(hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()).decode()
