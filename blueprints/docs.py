"""The API, described: for programs and for people."""

from typing import Any

from azurefunctions.extensions.http.fastapi import Response

import shared
from blueprints.surface import surface
from shared.platform.http import PUBLIC, Api
from shared.platform.http.openapi import document
from shared.platform.http.page import POLICY, page
from shared.platform.opened import Platform

api = Api(surface, "Documentation")


@api.get("openapi.json", allow=PUBLIC)
async def openapi(platform: Platform) -> dict[str, Any]:
    """This description of the API, as OpenAPI 3.1."""
    return document(surface.routes, version=shared.__version__, address=platform.settings.public_url)


@api.get("docs", allow=PUBLIC, produces=("text/html",))
async def docs(platform: Platform) -> Response:
    """The same, to be read."""
    described = document(surface.routes, version=shared.__version__, address=platform.settings.public_url)
    return Response(page(described), 200, {"Content-Security-Policy": POLICY}, "text/html; charset=utf-8")
