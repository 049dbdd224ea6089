"""What declarations give to tests: a body for each route, its fields, a world with something for each path."""

import re
from typing import Any

import httpx

import registry  # noqa: F401 -- declares the routes
from blueprints.surface import surface
from shared.access import Role
from shared.platform.http import Created
from shared.platform.http.openapi import REFERENCE, document, raised
from shared.platform.http.routes import Route
from shared.platform.http.signature import answers
from tests.hub import CLAIM, Hub, Json, Person

ROUTES = [route for route in surface.routes if route.method != "ANY"]
WRITING = [route for route in ROUTES if route.signature.body is not None]
LISTING = [(route, route.listing) for route in ROUTES if route.listing and "application/json" in route.produces]
DOCUMENT = document(surface.routes, version="0", address="http://hub.example")
STATEMENT = "stm_019b7600-0000-7000-8000-00000000000c"
GIVEN = re.compile(r"\{(\w+)\}")


def name_of(route: Route) -> str:
    return f"{route.method} /{route.path}"


def statuses(route: Route) -> set[int]:
    """Every status that the route declares."""
    return {route.signature.status, *(problem.status for problem in raised(route))} - {500}


def example(route: Route) -> Any:
    """The body that the documentation shows, text for a table; empty for a route without any."""
    body = _operation(route).get("requestBody")
    shown = next(iter(body["content"].values()))["example"] if body else {}
    return shown if isinstance(shown, str) else dict(shown)


def fields(route: Route, kind: str) -> list[str]:
    """The members of the route's body that take such JSON: `string` for any text, `integer`, `number`…"""
    properties = _resolved(_operation(route)["requestBody"]["content"]["application/json"]["schema"])["properties"]
    return [name for name, schema in properties.items() if _takes(schema, kind)]


def template(route: Route) -> re.Pattern[str]:
    """The route's path as a pattern, its parameters as groups."""
    return re.compile("/" + GIVEN.sub(r"(?P<\1>[^/]+)", route.path))


class World:
    """An administrator, and things of every kind that the paths of routes name."""

    def __init__(self, hub: Hub, admin: Person, ids: dict[str, str]) -> None:
        self.hub = hub
        self.admin = admin
        self.ids = ids

    def path(self, route: Route, **others: str) -> str:
        """The route's path with the world's ids, or others, and with the query that it needs."""
        needed = {
            parameter["name"]: parameter["schema"]["examples"][0]
            for parameter in _operation(route)["parameters"]
            if parameter["in"] == "query" and parameter.get("required")
        }
        query = f"?{httpx.QueryParams(needed)}" if needed else ""
        return "/" + route.path.format(**{**self.ids, **others}) + query

    def body(self, route: Route, **others: Any) -> Any:
        """The route's example, with the world's ids where it names things of it."""
        given = example(route)
        if not given or isinstance(given, str):
            return given or None
        known = {name: self.ids[_snake(name)] for name in given if _snake(name) in self.ids}
        return {**given, **known, **others}

    async def ask(self, route: Route, person: Person | None = None, **headers: str) -> httpx.Response:
        """The route as its example shows it, by the administrator unless somebody else asks."""
        return await (person or self.admin).ask(route.method, self.path(route), self.body(route), **headers)

    async def send(self, route: Route, content: bytes, **headers: str) -> httpx.Response:
        """The route with this body, whatever it is."""
        sent = {"Content-Type": "application/json", **headers, **self.admin.headers}
        return await self.admin._client.request(route.method, self.path(route), content=content, headers=sent)

    async def fill(self) -> None:
        """Create what is still missing: an answer's Location tells whose id its last part is."""
        while missing := {name for route in ROUTES for name in route.signature.path} - set(self.ids):
            before = len(self.ids)
            for route in ROUTES:
                if answers(route.signature.answer)[0] is Created and set(route.signature.path) <= set(self.ids):
                    self._learn((await self.ask(route)).headers.get("location", ""))
            assert len(self.ids) > before, f"nothing creates {', '.join(sorted(missing))}: add it to `a_world`"

    def _learn(self, location: str) -> None:
        for route in ROUTES:
            if found := template(route).fullmatch(location):
                self.ids = {**found.groupdict(), **self.ids}


async def a_world(hub: Hub, tenant: str = "default", **project: Any) -> World:
    """A project of a live event with a draft artifact, and whatever else is created by declared examples."""
    made = await hub.project(tenant=tenant, **project)
    artifact = await hub.artifact(made["id"], CLAIM.model_copy(update={"id": STATEMENT}), tenant=tenant)
    ids = {
        "event_id": made["eventId"], "project_id": made["id"], "artifact_id": artifact, "n": "1",
        "statement_id": STATEMENT,
        "letter_id": await hub.dead_letter(tenant), "node_id": made["id"],
        "registration_id": await hub.registration(tenant),
    }  # fmt: skip
    await hub.deliver()
    admin = await hub.the(Role.ADMIN, tenant)
    ids["message_id"] = (await admin.post("/v1/chat", {"message": "What is next?"}))["messageId"]
    world = World(hub, admin, ids)
    await world.fill()
    return world


def _operation(route: Route) -> Json:
    found: Json = DOCUMENT["paths"]["/" + route.path][route.method.lower()]
    return found


def _resolved(schema: Json) -> Json:
    while "$ref" in schema or "anyOf" in schema:
        named = schema.get("$ref", "").removeprefix(REFERENCE)
        schema = DOCUMENT["components"]["schemas"][named] if named else schema["anyOf"][0]
    return schema


def _takes(schema: Json, kind: str) -> bool:
    if "$ref" in schema:
        return _takes(_resolved(schema), kind)
    parts = schema.get("anyOf", [schema])
    return any(part.get("type") == kind and not {"enum", "const", "format"} & set(part) for part in parts)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
