"""What each route asks of the store, and a journey that calls every route."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from shared.access import Role
from shared.platform.http.routes import Route
from shared.platform.telemetry import meter
from tests.application import PASSWORD
from tests.hub import CLAIM, METHOD, Hub, Person
from tests.world import ROUTES, a_world, name_of, statuses

EMAIL = "grace@example.org"
UPLOAD = {"fileName": "p.pdf", "size": 9}


@dataclass(slots=True)
class Routes(httpx.AsyncBaseTransport):
    """Passes requests on, and keeps the calls of each route's answered requests, the last one's at the end."""

    inner: httpx.AsyncBaseTransport
    seen: dict[str, list[Sequence[meter.Call]]] = field(default_factory=dict)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        with meter.recorded() as calls:
            response = await self.inner.handle_async_request(request)
        self.seen.setdefault(name_of(route_of(request)), []).append(calls)
        return response


def listen(hub: Hub) -> Routes:
    """Hear of the hub's requests from now on."""
    routes = Routes(hub.app.client._transport)
    hub.app.client._transport = routes
    return routes


def route_of(request: httpx.Request) -> Route:
    """The route that takes the request: of several the most literal one."""
    found = [route for route in ROUTES if route.method == request.method and route.pattern.fullmatch(request.url.path)]
    return min(found, key=lambda route: route.path.count("{"))


async def journey(hub: Hub) -> Routes:
    """A paper's way from its upload to its publication, then each other route as its example shows it."""
    routes = listen(hub)
    await _accounts(hub)
    await _account(hub)
    event = await _event(hub)
    project = (await hub.project(event))["id"]
    await _jobs(hub, project)
    artifact = await hub.artifact(project, CLAIM, METHOD)
    await _draft(hub, project, artifact)
    await _review(hub, project, artifact)
    await _publish(hub, project)
    await _look(hub, event, project, artifact)
    await _rest(hub, routes)
    return routes


async def _accounts(hub: Hub) -> None:
    admin = await hub.the(Role.ADMIN)
    invited = await admin.post("/v1/admin/users", {"email": EMAIL, "displayName": "Grace"}, status=201)
    path = f"/v1/admin/users/{invited['id']}"
    nobody = Person(hub.app.client, admin.user, {})
    await nobody.post("/auth/invitation", {"token": invited["invitationToken"], "password": PASSWORD})
    await admin.get(path)
    await admin.patch(path, {"displayName": "Grace H."})
    await admin.post(f"{path}/roles", {"roles": ["user", "presenter"]})
    await admin.patch(f"{path}/roles", {"roles": ["user"]})
    await admin.get("/v1/admin/users")


async def _account(hub: Hub) -> None:
    user = (await hub.the(Role.USER)).user
    nobody = Person(hub.app.client, user, {})
    for path in ("/api/auth/login", "/api/v1/auth/login", "/auth/token"):
        session = await nobody.post(path, {"email": EMAIL, "password": PASSWORD})
    for path in ("/auth/refresh", "/api/v1/auth/refresh"):
        session = await nobody.post(path, {"refresh_token": session["refresh_token"]})
    ada = Person(hub.app.client, user, {"Authorization": f"Bearer {session['access_token']}"})
    await ada.get("/v1/me")
    await ada.patch("/v1/me", {"displayName": "Grace"})
    await ada.post("/v1/me/password", {"currentPassword": PASSWORD, "newPassword": f"{PASSWORD}!"})
    await nobody.post("/auth/logout", {"refresh_token": session["refresh_token"]})


async def _event(hub: Hub) -> str:
    organizer = await hub.the(Role.ORGANIZER)
    past = await hub.event(displayName="Past Days")
    await organizer.post(f"/v1/events/{past['id']}/archive")
    event = await hub.event()
    await organizer.patch(f"/v1/events/{event['id']}", {"location": "Here"})
    for number in range(30):
        await hub.project(event["id"], title=f"Other {number}")
    return str(event["id"])


async def _jobs(hub: Hub, project: str) -> None:
    presenter = await hub.the(Role.PRESENTER)
    job = (await presenter.post(f"/v1/projects/{project}/uploads", UPLOAD, status=201))["jobId"]
    await presenter.get(f"/v1/jobs/{job}")
    await presenter.post(f"/v1/jobs/{job}/cancel")
    await presenter.post(f"/v1/jobs/{job}/retry", status=202)
    await presenter.post(f"/v1/jobs/{job}/cancel")
    await presenter.get("/v1/jobs")


async def _draft(hub: Hub, project: str, artifact: str) -> None:
    presenter, organizer = await hub.the(Role.PRESENTER), await hub.the(Role.ORGANIZER)
    await presenter.patch(f"/v1/projects/{project}", {"title": "Seats, free"})
    await presenter.patch(f"/v1/knowledge/{artifact}", {"title": "SeatSense, again"})
    await presenter.post(f"/v1/projects/{project}/submit")
    await organizer.post(f"/v1/projects/{project}/return", {"comment": "Say more."})
    await presenter.post(f"/v1/projects/{project}/submit")
    await hub.settle()


async def _review(hub: Hub, project: str, artifact: str) -> None:
    reviewer = await hub.the(Role.REVIEWER)
    path = f"/v1/knowledge/{artifact}"
    await reviewer.get(f"{path}/evidence/1")
    await reviewer.get(f"{path}/evidence/1/page.png", status=404)  # it has no page to draw, which shows after the reads
    await reviewer.post(f"{path}/feedback", {"text": "Good."})
    await reviewer.get(f"{path}/feedback")
    await reviewer.patch(f"{path}/status", {"status": "approved", "comment": "Yes."})
    await hub.settle()


async def _publish(hub: Hub, project: str) -> None:
    organizer = await hub.the(Role.ORGANIZER)
    await organizer.post(f"/v1/projects/{project}/compile", status=202)
    await hub.settle()
    await organizer.post(f"/v1/projects/{project}/approve")
    await organizer.post(f"/v1/projects/{project}/publish")
    await hub.settle()


async def _look(hub: Hub, event: str, project: str, artifact: str) -> None:
    attendee = await hub.the(Role.USER)
    for path in ("/v1/events", f"/v1/events/{event}", f"/v1/events/{event}/projects", f"/v1/projects/{project}"):
        await attendee.get(path)
    for path in (f"/v1/projects/{project}/artifacts", f"/v1/projects/{project}/knowledge", f"/v1/knowledge/{artifact}"):
        await attendee.get(path)
    await attendee.get("/v1/knowledge/search", q="seats accuracy")


async def _rest(hub: Hub, routes: Routes) -> None:
    world = await a_world(hub)
    for route in (route for route in ROUTES if name_of(route) not in routes.seen):
        answer = await world.ask(route)
        assert answer.status_code in statuses(route) - {400}, (route.name, answer.text)
