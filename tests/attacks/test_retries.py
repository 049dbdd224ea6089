"""Requests sent again because their answer was lost: whatever they create is there once."""

from typing import get_type_hints

import pytest

from blueprints.surface import surface
from shared.access import Role
from shared.domains.accounts.model import User
from shared.domains.events.model import Event
from shared.domains.jobs.model import Job
from shared.domains.joining.model import JoinLink
from shared.domains.keys.model import ApiKey
from shared.domains.knowledge.model import ArtifactStatus, Feedback
from shared.domains.projects.model import Project
from shared.domains.sessions.model import Session
from shared.domains.sources.model import Source
from shared.platform.shapes import NewId
from shared.platform.store import Write, every
from shared.platform.store.idempotency import Attempt
from tests.application import PASSWORD
from tests.hub import CLAIM, Hub, Json, Person

CREATING = [
    route for route in surface.routes if route.method == "POST" and NewId in get_type_hints(route.function).values()
]
REPEATING = {"retry_job", "reread_source", "compile_project", "assign_reviewer"}
"""One makes another attempt of what is there; what the others make has its id from what they take."""
GOOD: Json = {"text": "Good."}


def test_whatever_creates_takes_the_id_that_a_repetition_gets_again():
    makes = {route.name for route in surface.routes if route.method == "POST" and route.signature.status in (201, 202)}
    assert makes - {route.name for route in CREATING} == REPEATING


async def lose_the_answers(hub: Hub) -> None:
    """As if the process had died between what it did and its answer."""
    store = await hub.store()
    async for attempt in every(store, Attempt):
        await store.commit(Write(attempt.aggregate_id).replace(attempt.with_(status=0, body="", begun_at=None)))


async def a_request(hub: Hub, name: str) -> tuple[Person, str, Json]:
    """Who creates, where, and what."""
    event = (await hub.event(displayName="Another"))["id"]
    project = (await hub.project())["id"]
    day, times = "2026-05-04", {"startTime": "2026-05-04T09:00:00Z", "endTime": "2026-05-04T10:00:00Z"}
    requests: dict[str, tuple[Role, str, Json]] = {
        "create_user": (Role.ADMIN, "/v1/admin/users", {"email": "ada@example.org", "displayName": "Ada"}),
        "create_event": (Role.ORGANIZER, "/v1/events", {"displayName": "Days", "startDate": day, "endDate": day}),
        "send_message": (Role.USER, "/v1/chat", {"message": "What is there?"}),
        "clone_event": (Role.ORGANIZER, f"/v1/events/{event}/clone", {"startDate": "2027-05-03"}),
        "create_session": (Role.ORGANIZER, f"/v1/events/{event}/sessions", {"title": "Keynote", **times}),
        "create_join_link": (Role.ORGANIZER, f"/v1/events/{event}/join-links", {"role": "presenter", "uses": 3}),
        "create_my_key": (Role.USER, "/v1/me/keys", {"name": "Mine"}),
        "create_api_key": (Role.ADMIN, "/api/v1/auth/api-keys", {"name": "Ours", "scopes": ["list_events"]}),
        "register": (Role.USER, "/auth/register", {"email": "a@b.example", "displayName": "A", "password": PASSWORD}),
        "create_reset_link": (Role.ADMIN, f"/v1/admin/users/{(await hub.the(Role.USER)).user.id}/reset-link", {}),
        "create_project": (Role.PRESENTER, f"/v1/events/{event}/projects", {"title": "Seats"}),
        "create_upload": (Role.PRESENTER, f"/v1/projects/{project}/uploads", {"fileName": "p.pdf", "size": 9}),
        "give_feedback": (Role.REVIEWER, f"/v1/knowledge/{await an_artifact(hub, project, name)}/feedback", GOOD),
    }
    assert name in requests, f"say here how {name} is called"
    role, path, body = requests[name]
    return await hub.the(role), path, body


async def an_artifact(hub: Hub, project: str, name: str) -> str:
    """One to talk about, or to compile."""
    status = ArtifactStatus.APPROVED if name == "compile_project" else ArtifactStatus.REVIEW
    return await hub.artifact(project, CLAIM, status=status)


async def records(hub: Hub) -> list[tuple[str, str]]:
    store = await hub.store()
    kinds = (User, JoinLink, ApiKey, Event, Session, Project, Source, Job, Feedback)
    return [(kind.kind, record.id) for kind in kinds async for record in every(store, kind)]


@pytest.mark.parametrize("name", [route.name for route in CREATING])
async def test_a_repetition_creates_nothing_more(hub, name):
    person, path, body = await a_request(hub, name)
    first = await person.ask("POST", path, body or None, idempotency_key="again")
    assert first.is_success, first.text
    there = await records(hub)
    for _ in range(2):
        await lose_the_answers(hub)
        again = await person.ask("POST", path, body or None, idempotency_key="again")
        assert again.status_code == first.status_code, again.text
        assert await records(hub) == there
