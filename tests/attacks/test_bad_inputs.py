"""The rows of the table of bad inputs, each against every route that it touches; uploads and tokens have their own."""

import json

import pytest

from blueprints.surface import surface
from tests.world import LISTING, ROUTES, WRITING, a_world, example, fields, name_of, statuses


@pytest.fixture
async def world(hub):
    return await a_world(hub)


def test_the_sweeps_reach_routes_of_every_kind():
    assert {"create_event", "edit_project", "sign_in", "judge_artifact"} <= {route.name for route in WRITING}
    assert {"list_events", "list_jobs", "list_audit"} <= {route.name for route, _ in LISTING}
    unreached = {name_of(route) for route in WRITING if not (fields(route, "string") or fields(route, "array"))}
    assert unreached <= {"POST /v1/projects/{project_id}/owner"}, "it takes an address and nothing else"


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
        other = next(one for one in ("PUT", "DELETE", "PATCH") if one not in surface.methods_of(world.path(route)))
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
    for route, _ in LISTING:
        answer = await world.admin.ask("GET", f"{world.path(route)}?{query}")
        assert answer.status_code == 400, (route.name, answer.text)
        assert named in answer.text, (route.name, answer.text)


@pytest.mark.parametrize(
    "text", ["'' or 1 eq 1 or ''", "x''; DROP TABLE records; --", "%", "_", "\\", "“", "\U0001f41f"]
)
async def test_lists_take_what_is_in_a_string_literally(world, text):
    for route, listing in LISTING:
        for field in (name for name, kind in listing.fields.items() if kind is str):
            page = await world.admin.get(world.path(route), _filter=f"{field} eq '{text}'")
            assert page["value"] == [], (route.name, field)


async def test_lists_take_double_quotes(world):
    assert (await world.admin.get('/v1/events?$filter=status eq "live"'))["@odata.count"] == 1


async def test_writes_with_a_stale_if_match_are_412_and_change_nothing(world):
    routes = [route for route in ROUTES if route.signature.takes_if_match]
    assert {"edit_event", "edit_project", "correct_artifact", "judge_artifact"} <= {route.name for route in routes}
    before = [(await world.ask(route)).json() for route in ROUTES if route.name in SHOWING]
    for route in routes:
        for tag in ('"another"', 'W/"weak"', "nonsense"):
            answer = await world.ask(route, if_match=tag)
            assert answer.status_code == 412, (route.name, answer.text)
    assert before == [(await world.ask(route)).json() for route in ROUTES if route.name in SHOWING]


SHOWING = {
    route.name
    for route in ROUTES
    if route.method == "GET" and any(other.path == route.path for other in ROUTES if other.signature.takes_if_match)
}


@pytest.mark.parametrize("odd", ["x", "%2e%2e", "%00", "a%0d%0ab", "x" * 300, "%F0%9F%90%9F", "'", "*", "%2F"])
async def test_any_odd_id_is_404(world, odd):
    for route in ROUTES:
        for name in route.signature.path:
            path = world.path(route, **{name: odd})
            answer = await world.admin.ask(route.method, path, world.body(route))
            assert answer.status_code in {404, 405}, (route.name, path, answer.text)


@pytest.mark.parametrize(
    "text", ["\0", "a\0b", "\u202e\u2066", "\r\nSet-Cookie: a=b", "\ufffe\uffff", "\U0001f41f" * 50]
)
async def test_any_odd_text_is_stored_or_refused_and_never_breaks(world, text):
    for number, route in enumerate(WRITING):
        odd = dict.fromkeys(fields(route, "string"), text) | {name: [text] for name in fields(route, "array")}
        for name, value in odd.items():
            body = {**another(route, f"{number}-{name}"), name: value}
            answer = await world.admin.ask(route.method, world.path(route), body)
            assert answer.status_code in statuses(route), (route.name, name, answer.text)
            assert "set-cookie" not in answer.headers


def another(route, mark):
    """The route's example with names of its own, so that only what is odd in it can be refused."""
    return {name: f"{value} {mark}" if name == "displayName" else value for name, value in example(route).items()}


@pytest.mark.parametrize("number", [10**30, -(10**30), 2**63, 1.5, True, "9", [], {}])
async def test_any_odd_number_is_refused(world, number):
    whole = type(number) is int
    for route in WRITING:
        for name in fields(route, "integer"):
            answer = await world.admin.ask(route.method, world.path(route), world.body(route, **{name: number}))
            assert answer.status_code in (statuses(route) - {200, 201, 202} if whole else {400}), (route.name, name)


@pytest.mark.parametrize(
    "asked", ["q=%00", "q=x&limit=9999999999999999999999", "q=x&sourceType=song", "q=a&q=b", "x=1"]
)
async def test_a_search_that_cannot_be_meant_is_400_or_empty(world, asked):
    answer = await world.admin.ask("GET", f"/v1/knowledge/search?{asked}")
    assert answer.status_code in ({200, 400} if asked == "q=%00" else {400}), answer.text
