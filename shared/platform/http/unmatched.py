"""What no route takes: 404, 405 with Allow, and the questions a browser asks before it calls (OPTIONS)."""

import re

import azure.functions as func
from azurefunctions.extensions.http.fastapi import Request, Response

from shared.errors import NotFound
from shared.platform.http import headers
from shared.platform.http.declare import register
from shared.platform.http.problems import MethodNotAllowed
from shared.platform.http.routes import Route, Surface
from shared.platform.http.signature import read


class RouteNotFound(NotFound):
    """There is no such route."""

    code = "route.not_found"
    title = "There is no such route"


def unmatched(surface: Surface) -> func.Blueprint:
    """A function that the host asks last: no route has the path, or those that have it take other methods."""

    async def no_such_route(request: Request) -> Response:
        path = request.scope["path"]
        methods = surface.methods_of(path)
        if not methods:
            raise RouteNotFound("No route has this path; GET /openapi.json lists them all.")
        allowed = ", ".join((*methods, "OPTIONS"))
        if request.method == "OPTIONS":
            return headers.preflight(allowed)
        raise MethodNotAllowed(f"This path takes {allowed}.", headers={"Allow": allowed})

    blueprint = func.Blueprint()
    route = Route(
        method="ANY",
        path="{*path}",
        name="no_such_route",
        tag="",
        function=no_such_route,
        signature=read(no_such_route, "", None),
        permissions=(),
        public=True,
        raises=(),
        listing=None,
        produces=(),
        pattern=re.compile(".*"),
    )
    register(blueprint, surface, route)
    return blueprint
