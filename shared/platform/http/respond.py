"""From what an endpoint returns to what goes out: JSON, ETags, Location, pages."""

from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import orjson
from azurefunctions.extensions.http.fastapi import Response
from pydantic import BaseModel

from shared.platform.http import conditional, odata
from shared.platform.http.answers import Accepted, Created
from shared.platform.http.call import Call
from shared.platform.store.listing import Listed, Listing


class Representation(NamedTuple):
    """JSON text, and its ETag, quoted, which the JSON of a record holds too."""

    body: bytes
    etag: str = ""


def respond(answer: Any, call: Call, listing: Listing | None, status: int) -> Response:
    """The response for what the endpoint returned; 304 when the caller has it already."""
    if isinstance(answer, Response):
        return answer
    if answer is None:
        return Response(None, 204)
    if isinstance(answer, Created):
        return _json(represent(answer.body), 201, (b"location", answer.location.encode("latin-1")))
    if isinstance(answer, Accepted):
        begun = (b"location", answer.location.encode("latin-1")), (b"retry-after", b"%d" % answer.retry_after)
        return _json(represent(answer.body), 202, *begun)
    shown = _page(answer, call, listing) if isinstance(answer, Listed) else represent(answer)
    response = _json(shown, status)
    if call.request.method in ("GET", "HEAD"):
        seen = call.header(b"if-none-match")
        if seen and conditional.not_modified(seen, shown.etag):
            return Response(None, 304, {"ETag": shown.etag})
    return response


def represent(answer: Any) -> Representation:
    """The JSON of an answer; a record's with its `@odata.etag` in front."""
    if not isinstance(answer, BaseModel):
        return _tagged(orjson.dumps(answer))
    body = answer.__pydantic_serializer__.to_json(answer, by_alias=True)
    etag = getattr(answer, "etag", "")
    if not etag:
        return _tagged(body)
    tag = conditional.representation_tag(etag, body)
    member = orjson.dumps({"@odata.etag": tag})
    return Representation(member[:-1] + b"," + body[1:] if len(body) > 2 else member, tag)


def _tagged(body: bytes) -> Representation:
    return Representation(body, conditional.representation_tag("", body))


def _json(shown: Representation, status: int, *headers: tuple[bytes, bytes]) -> Response:
    response = Response(shown.body, status)
    response.raw_headers += ((b"content-type", b"application/json"), (b"etag", shown.etag.encode()), *headers)
    return response


def _page(page: Listed[Any], call: Call, listing: Listing | None) -> Representation:
    select = call.request.query_params.get("$select")
    items = [represent(item).body for item in page.items]
    if select is not None and listing is not None:
        items = [odata.selected(item, select) for item in items]
    parts = [b'"@odata.type":' + orjson.dumps(listing.odata_type)] if listing and listing.odata_type else []
    if page.count is not None:
        parts.append(b'"@odata.count":%d' % page.count)
    parts.append(b'"value":[' + b",".join(items) + b"]")
    if page.after is not None and listing is not None:
        parts.append(b'"@odata.nextLink":' + orjson.dumps(_next_link(page, call)))
    return _tagged(b"{" + b",".join(parts) + b"}")


def _next_link(page: Listed[Any], call: Call) -> str:
    """The same question, continued behind the last record of the page."""
    asked = call.request.query_params.multi_items()
    assert page.after is not None  # noqa: S101 -- the caller has looked
    token = odata.skip_token(call.place, asked, page.after, call.platform.settings)
    kept = [(name, value) for name, value in asked if name not in ("$skip", "$skiptoken")]
    query = urlencode([*kept, ("$skiptoken", token)], safe="$", quote_via=quote)
    settings = call.platform.settings
    origin = str(call.request.base_url).rstrip("/") if settings.hosting == "local" else settings.address
    return f"{origin}{quote(call.path)}?{query}"
