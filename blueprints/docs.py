"""The API, described: for programs and for people."""

from functools import cache
from typing import Any

from azurefunctions.extensions.http.fastapi import Response

import shared
from blueprints.surface import surface
from shared.platform.http import PUBLIC, Api
from shared.platform.http.openapi import document
from shared.platform.http.page import POLICY, page
from shared.settings import Settings

api = Api(surface, "Documentation")


@api.get("openapi.json", allow=PUBLIC, unlimited=True)
async def openapi(settings: Settings) -> dict[str, Any]:
    """This description of the API, as OpenAPI 3.1."""
    return _document(settings.address)


@api.get("docs", allow=PUBLIC, unlimited=True, produces=("text/html",))
async def docs(settings: Settings) -> Response:
    """The same, to be read."""
    return Response(_page(settings.address), 200, {"Content-Security-Policy": POLICY}, "text/html; charset=utf-8")


@cache
def _document(address: str) -> dict[str, Any]:
    return document(surface.routes, version=shared.__version__, address=address)


@cache
def _page(address: str) -> bytes:
    return page(_document(address))
