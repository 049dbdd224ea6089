"""The rows of the table of bad inputs, each against every route that it touches; uploads and tokens have their own."""

import json
from typing import Any

import pytest

from blueprints.surface import surface
from shared.access import Role
from shared.platform.http.routes import Route
from tests.hub import CLAIM, Person

ROUTES = [route for route in surface.routes if route.method != "ANY"]
WRITING = [route for route in ROUTES if route.signature.body is not None]
LISTING = [route for route in ROUTES if route.listing is not None and route.name != "export_audit"]
"""The table of the audit takes the same options, and has other tests."""


class World:
    """An administrator, and the things that the paths of routes name."""

    def __init__(self, admin: Person, ids: dict[str, str]) -> None:
        self.admin = admin
        self.ids = ids

    def path(self, route: Route) -> str:
        return "/" + route.path.format(**self.ids)

    async def send(self, route: Route, content: bytes, **headers: str):
        sent = {"Content-Type": "application/json", **headers, **self.admin.headers}
        return await self.admin._client.request(route.method, self.path(route), content=content, headers=sent)


@pytest.fixture
async def world(hub):
    project = await hub.project()
    artifact = await hub.artifact(project["id"], CLAIM)
    presenter = await hub.the(Role.PRESENTER)
    address = await presenter.post(f"/v1/projects/{project['id']}/uploads", {"fileName": "a.pdf", "size": 9})
    ids = {
        "event_id": project["eventId"], "project_id": project["id"], "artifact_id": artifact, "n": "1",
        "job_id": address["jobId"], "user_id": presenter.user.id,
    }  # fmt: skip
    return World(await hub.the(Role.ADMIN), ids)


def test_the_sweeps_reach_every_resource():
    assert {route.tag for route in WRITING} >= {"Accounts", "Events", "Projects", "Sources", "Knowledge"}
    assert {route.tag for route in LISTING} >= {"Accounts", "Events", "Projects", "Jobs", "Knowledge", "Audit"}


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe", b'{"a": 1, "a": 2}', b'{"a": NaN}', b'{"a": 1e400}',
        b'{"a": "\\ud800"}', b'{"a": ' + b"9" * 5000 + b"}", b'{"a": ' + b"[" * 65 + b"]" * 65 + b"}",
    ],
    ids=[
        "empty", "cut", "list", "text", "null", "no-utf8", "duplicate-keys", "nan", "infinity", "lone-surrogate",
        "5000-digits", "65-deep",
    ],
)  # fmt: skip
async def test_any_body_that_is_not_json_or_no_object_is_400(world, content):
    for route in WRITING:
        answer = await world.send(route, content)
        assert answer.status_code == 400, (route.name, answer.text)
        assert_problem(answer)


def assert_problem(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert {"type", "title", "detail", "instance", "code", "correlationId"} <= set(problem)
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("name", ["unknown", "id", "tenantId", "etag", "createdAt", "__proto__"])
async def test_any_property_that_is_not_writable_is_400_with_its_pointer(world, name):
    for route in WRITING:
        answer = await world.send(route, json.dumps({name: "x"}).encode())
        assert answer.status_code == 400, (route.name, answer.text)
        assert f"/{name}" in [fault["pointer"] for fault in answer.json()["errors"]], (route.name, answer.text)


async def test_any_body_above_the_limit_is_413(world):
    for route in WRITING:
        answer = await world.send(route, b'{"title": "' + b"x" * 1_048_577 + b'"}')
        assert answer.status_code == 413, route.name


async def test_any_wrong_content_type_is_415(world):
    for route in WRITING:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"):
            assert (await world.send(route, b"{}", **{"Content-Type": kind})).status_code == 415, route.name


async def test_any_unacceptable_accept_is_406(world):
    for route in ROUTES:
        assert (await world.send(route, b"{}", Accept="application/x-nothing")).status_code == 406, route.name


async def test_any_other_method_is_405_with_allow(world):
    for route in ROUTES:
        other = next(one for one in ("PUT", "DELETE") if one not in surface.methods_of(world.path(route)))
        answer = await world.admin.ask(other, world.path(route))
        assert answer.status_code == 405, route.name
        assert route.method in answer.headers["allow"]


async def test_any_route_that_needs_a_token_is_401_without_one(world):
    for route in ROUTES:
        answer = await world.admin._client.request(route.method, world.path(route))
        assert (answer.status_code == 401) is not route.public, (route.name, answer.text)
        assert route.public or "www-authenticate" in answer.headers


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("$top=101", "$top"), ("$top=x", "$top"), ("$skip=-1", "$skip"), ("$filter=", "$filter"),
        ("$filter=nothing eq 1", "nothing"), ("$filter=tenantId eq 'x'", "tenantId"), ("$filter=(", "$filter"),
        ("$filter=matchesPattern(status,'.*')", "$filter"), (f"$filter=status eq '{'x' * 2100}'", "$filter"),
        ("$orderBy=nothing", "$orderBy"), ("$orderBy=createdAt sideways", "$orderBy"), ("$select=nothing", "$select"),
        ("$skiptoken=forged", "$skiptoken"), ("$count=maybe", "$count"), ("$apply=x", "$apply"), ("tenant=x", "tenant"),
        ("$skip=10001", "nextLink"), ("$filter=" + " or ".join(["status eq 'x'"] * 61), "60 terms"),
        ("$filter=duration'P1D' eq duration'P2D'", "duration"),
        ("$filter=" + "(" * 25 + "status eq 'x'" + ")" * 25, "$filter"),
    ],
)  # fmt: skip
async def test_lists_refuse_what_they_cannot_read_and_name_it(world, query, named):
    for route in LISTING:
        answer = await world.admin.ask("GET", f"{world.path(route)}?{query}")
        assert answer.status_code == 400, (route.name, answer.text)
        assert named in answer.text, (route.name, answer.text)


@pytest.mark.parametrize(
    "text", ["'' or 1 eq 1 or ''", "x''; DROP TABLE records; --", "%", "_", "\\", "“", "\U0001f41f"]
)
async def test_lists_take_what_is_in_a_string_literally(world, text):
    for route in LISTING:
        field = "action" if route.tag == "Audit" else "displayName" if route.tag == "Accounts" else "status"
        page = await world.admin.get(world.path(route), _filter=f"{field} eq '{text}'")
        assert page["value"] == [], route.name


async def test_lists_take_double_quotes(world):
    assert (await world.admin.get('/v1/events?$filter=status eq "live"'))["@odata.count"] == 1


async def test_writes_with_a_stale_if_match_are_412_and_change_nothing(world):
    bodies = {
        "edit_event": {"location": "x"}, "edit_project": {"title": "x"}, "correct_artifact": {"title": "x"},
        "judge_artifact": {"status": "review"}, "edit_me": {"displayName": "x"}, "edit_user": {"displayName": "x"},
        "assign_roles": {"roles": ["user"]}, "assign_roles_post2": {"roles": ["user"]},
    }  # fmt: skip
    tried = set()
    for route in ROUTES:
        if route.signature.takes_if_match:
            body = bodies[route.function.__name__]
            for tag in ('"another"', 'W/"weak"', "nonsense"):
                answer = await world.admin.ask(route.method, world.path(route), body, if_match=tag)
                assert answer.status_code == 412, (route.name, answer.text)
            tried.add(route.function.__name__)
    assert tried >= {"edit_event", "edit_project", "correct_artifact", "judge_artifact"}


@pytest.mark.parametrize("odd", ["x", "%2e%2e", "%00", "a%0d%0ab", "x" * 300, "%F0%9F%90%9F", "'", "*", "%2F"])
async def test_any_odd_id_is_404(world, odd):
    for route in ROUTES:
        for name in route.signature.path:
            ids = {**world.ids, name: odd}
            path = "/" + route.path.format(**ids)
            body = SENSIBLE.get(route.function.__name__)
            answer = await world.admin.ask(route.method, path, body)
            assert answer.status_code in {404, 405}, (route.name, path, answer.text)


SENSIBLE: dict[str, dict[str, Any]] = {
    "edit_event": {"location": "x"},
    "create_project": {"title": "x"},
    "edit_project": {"title": "x"},
    "return_project": {"comment": "x"},
    "create_upload": {"fileName": "a.pdf", "size": 9},
    "correct_artifact": {"title": "x"},
    "judge_artifact": {"status": "review"},
    "give_feedback": {"text": "x"},
    "edit_user": {"displayName": "x"},
    "assign_roles": {"roles": ["user"]},
}
TEXTS = {
    "create_event": ["displayName", "description", "location", "timeZone", "imageUrl"],
    "edit_event": ["displayName", "description", "location"],
    "create_project": ["title", "abstract", "description", "researchArea"],
    "edit_project": ["title", "abstract"],
    "return_project": ["comment"],
    "create_upload": ["fileName", "contentType"],
    "correct_artifact": ["title", "abstract"],
    "give_feedback": ["text", "statementId"],
    "judge_artifact": ["comment"],
}
WHOLE: dict[str, dict[str, Any]] = {
    **SENSIBLE,
    "create_event": {"displayName": "x", "startDate": "2026-01-01", "endDate": "2026-01-01"},
}


@pytest.mark.parametrize(
    "text", ["\0", "a\0b", "\u202e\u2066", "\r\nSet-Cookie: a=b", "\ufffe\uffff", "\U0001f41f" * 50]
)
async def test_any_odd_text_is_stored_or_refused_and_never_breaks(world, text):
    for route in WRITING:
        for field in TEXTS.get(route.function.__name__, []):
            body = {**WHOLE[route.function.__name__], field: text}
            answer = await world.admin.ask(route.method, world.path(route), body)
            assert answer.status_code < 500, (route.name, field, answer.text)
            assert "set-cookie" not in answer.headers
            assert answer.is_success or answer.status_code in {400, 404, 409, 415, 422}


@pytest.mark.parametrize("number", [10**30, -(10**30), 2**63, 1.5, True, "9"])
async def test_any_odd_number_is_400(world, number):
    for path, body in [
        ("uploads", {"fileName": "a.pdf", "size": number}),
        ("feedback", {"text": "x", "rating": number}),
    ]:
        owner = (
            f"/v1/projects/{world.ids['project_id']}"
            if path == "uploads"
            else f"/v1/knowledge/{world.ids['artifact_id']}"
        )
        answer = await world.admin.ask("POST", f"{owner}/{path}", body)
        too_large = path == "uploads" and number == 2**63
        assert answer.status_code in ({400, 413} if too_large or number == 10**30 else {400}), answer.text


@pytest.mark.parametrize(
    "asked", ["q=%00", "q=x&limit=9999999999999999999999", "q=x&sourceType=song", "q=a&q=b", "x=1"]
)
async def test_a_search_that_cannot_be_meant_is_400_or_empty(world, asked):
    answer = await world.admin.ask("GET", f"/v1/knowledge/search?{asked}")
    assert answer.status_code in ({200, 400} if asked == "q=%00" else {400}), answer.text
