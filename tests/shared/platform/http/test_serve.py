import asyncio
import json
import re
from typing import Any

import httpx
import pytest

from shared.platform import telemetry
from shared.platform.http import serve
from tests.application import running
from tests.shared.platform.http.notes import BLUEPRINTS, surface


def problem(answer: httpx.Response, status: int, code: str) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail", "retryable", "instance", "code", "correlationId"} <= set(body)
    assert body["status"] == status
    assert body["code"] == code
    assert body["correlationId"] == answer.headers["x-correlation-id"]
    return body


async def test_a_record_is_answered_with_its_etag_and_location(app, user):
    created = await app.client.post("/notes", json={"title": "One"}, headers=user)
    assert created.status_code == 201
    body = created.json()
    assert created.headers["location"] == f"/notes/{body['id']}"
    assert body["title"] == "One"
    assert body["seenAt"] is None
    assert created.headers["etag"] == body["@odata.etag"]
    shown = await app.client.get(created.headers["location"], headers=user)
    assert shown.json() == body
    assert shown.headers["etag"] == created.headers["etag"]


async def test_work_begun_is_accepted(app, user):
    answer = await app.client.post("/work", headers=user)
    assert answer.status_code == 202
    assert answer.headers["location"] == "/v1/jobs/1"
    assert answer.headers["retry-after"] == "7"


async def test_nothing_to_say_is_204(app):
    answer = await app.client.delete("/notes/1", headers=await app.signed_in("admin"))
    assert answer.status_code == 204
    assert answer.content == b""


async def test_a_response_goes_out_as_it_is_with_the_headers_of_all(app):
    answer = await app.client.get("/text")
    assert answer.text == "as it is"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_every_answer_is_hardened(app, user):
    for answer in (
        await app.client.get("/notes", headers=user),
        await app.client.get("/notes"),
        await app.client.get("/echo/1"),
        await app.client.get("/nowhere"),
        await app.client.get("/fails/crash"),
    ):
        assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains; preload"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "x-correlation-id" in answer.headers


async def test_what_is_private_is_kept_nowhere(app, user):
    assert (await app.client.get("/notes", headers=user)).headers["cache-control"] == "no-store"
    assert (await app.client.get("/notes")).headers["cache-control"] == "no-store"
    assert (await app.client.get("/echo/1")).headers["cache-control"] == "no-cache"


async def test_who_has_it_already_gets_304(app, user):
    created = await app.client.post("/notes", json={"title": "One"}, headers=user)
    path, tag = created.headers["location"], created.headers["etag"]
    for seen in (tag, f'"other", W/{tag}', "*"):
        answer = await app.client.get(path, headers=user | {"If-None-Match": seen})
        assert answer.status_code == 304
        assert answer.content == b""
        assert answer.headers["etag"] == tag
    assert (await app.client.get(path, headers=user | {"If-None-Match": '"other"'})).status_code == 200


async def test_a_stale_if_match_is_412(app, organizer):
    created = await app.client.post("/notes", json={"title": "One"}, headers=organizer)
    path, tag = created.headers["location"], created.headers["etag"]
    edited = await app.client.patch(path, json={"remark": "x"}, headers=organizer | {"If-Match": tag})
    assert edited.status_code == 200
    for stale in (tag, created.json()["@odata.etag"], f"W/{edited.headers['etag']}", "nonsense"):
        answer = await app.client.patch(path, json={"remark": "y"}, headers=organizer | {"If-Match": stale})
        problem(answer, 412, "etag.stale")
    for spelled in ("{whole}", "{record}", "*", '"a", {whole}'):
        current = spelled.format(whole=edited.headers["etag"], record=edited.json()["@odata.etag"])
        edited = await app.client.patch(path, json={"remark": "x"}, headers=organizer | {"If-Match": current})
        assert edited.status_code == 200


async def test_a_merge_patch_removes_by_null(app, organizer):
    path = (await app.client.post("/notes", json={"title": "One"}, headers=organizer)).headers["location"]
    merge = organizer | {"Content-Type": "application/merge-patch+json"}
    assert (await app.client.patch(path, content='{"remark": "x"}', headers=merge)).json()["remark"] == "x"
    patched = await app.client.patch(path, content='{"remark": null}', headers=merge)
    assert (patched.json()["remark"], patched.json()["title"]) == (None, "One")
    faults = problem(await app.client.patch(path, content='{"title": null}', headers=merge), 400, "request.invalid")
    assert faults["errors"][0]["pointer"] == "/title"


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/title"]),
        ({"title": 1}, ["/title"]),
        ({"title": "One", "stars": "5"}, ["/stars"]),
        ({"title": "One", "stars": 1.5, "day": "2026-02-30"}, ["/stars", "/day"]),
        ({"title": "One", "tags": ["a", 1]}, ["/tags/1"]),
        ({"title": "One", "id": "mine"}, ["/id"]),
        ({"title": "One", "tenantId": "t", "a~/b": 1}, ["/tenantId", "/a~0~1b"]),
        ({"title": "One", "seen_at": None}, ["/seen_at"]),
        ([], [""]),
        (None, [""]),
        ("text", [""]),
    ],
)
async def test_a_body_that_breaks_the_schema_names_its_faults(app, user, body, pointers):
    answer = await app.client.post("/notes", content=json.dumps(body), headers=user | JSON)
    found = problem(answer, 400, "request.invalid")
    assert [fault["pointer"] for fault in found["errors"]] == pointers


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"title": "a", "title": "b"}', b'{"title": NaN}', b'{"title": "\xff"}']
)
async def test_a_malformed_body_is_400(app, user, content):
    problem(await app.client.post("/notes", content=content, headers=user | JSON), 400, "json.malformed")


async def test_a_body_above_the_limit_is_413(tmp_path):
    async with running(tmp_path, BLUEPRINTS, max_json_bytes=2000) as app:
        user = await app.signed_in()
        large = b'{"title": "' + b"x" * 2000 + b'"}'
        problem(await app.client.post("/notes", content=large, headers=user | JSON), 413, "body.too_large")


async def test_a_body_without_a_length_is_not_read_beyond_the_limit(tmp_path):
    read = []

    async def endless():
        while True:
            read.append(1)
            yield b"x" * 500

    async with running(tmp_path, BLUEPRINTS, max_json_bytes=2000) as app:
        user = await app.signed_in()
        answer = await app.client.post("/notes", content=_first(endless(), 50), headers=user | JSON)
        problem(answer, 413, "body.too_large")


async def _first(source, count):
    async for part in source:
        yield part
        count -= 1
        if not count:
            return


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "application/merge-patch+json", "application/json; charset=latin1", ""]
)
async def test_another_content_type_is_415(app, user, kind):
    answer = await app.client.post("/notes", content=b'{"title": "One"}', headers=user | {"Content-Type": kind})
    problem(answer, 415, "body.unsupported_type")


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
async def test_json_may_be_spelled_out(app, user, kind):
    answer = await app.client.post("/notes", content=b'{"title": "One"}', headers=user | {"Content-Type": kind})
    assert answer.status_code == 201


@pytest.mark.parametrize("accept", ["text/html", "image/*", "application/json;q=0", "application/json;q=0, */*;q=0"])
async def test_an_accept_that_leaves_nothing_is_406(app, accept):
    problem(await app.client.get("/echo/1", headers={"Accept": accept}), 406, "request.not_acceptable")


@pytest.mark.parametrize(
    "accept", ["", "*/*", "application/*", "text/html, application/json;q=0.1", "TEXT/html, */*;q=.1"]
)
async def test_an_accept_that_leaves_json_is_fine(app, accept):
    assert (await app.client.get("/echo/1", headers={"Accept": accept})).status_code == 200


async def test_query_parameters_are_typed_and_unknown_ones_refused(app):
    answer = await app.client.get("/echo/7?word=hi&$size=3&tag=a&tag=b")
    expected = {"number": 7, "word": "hi", "size": 3, "tag": ["a", "b"], "actor": "anonymous", "address": "192.0.2.7"}
    assert answer.json() == expected
    for query, pointer in (("$size=10", "$size"), ("size=1", "size"), ("$size=x", "$size"), ("word=a&word=b", "word")):
        found = problem(await app.client.get(f"/echo/7?{query}"), 400, "request.invalid")
        assert found["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("number", ["x", "-1", "1.0", "9" * 30, "%D9%A3x"])
async def test_a_path_that_is_no_number_is_404(app, number):
    problem(await app.client.get(f"/echo/{number}"), 404, "resource.not_found")


@pytest.mark.parametrize("name", ["a%00b", "a%5Cb", "a%3Fb", "a%23b", "x" * 256])
async def test_a_path_that_can_be_no_id_is_as_a_missing_one(app, user, name):
    problem(await app.client.get(f"/notes/{name}", headers=user), 404, "resource.not_found")


async def test_unknown_routes_are_404_and_other_methods_405_with_allow(app):
    problem(await app.client.get("/v9/nothing"), 404, "route.not_found")
    problem(await app.client.post("/"), 404, "route.not_found")
    answer = await app.client.put("/notes")
    problem(answer, 405, "route.method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert (await app.client.options("/notes")).headers["allow"] == "GET, HEAD, POST, OPTIONS"


async def test_refusals_say_nothing_of_what_happened_inside(app):
    answer = await app.client.get("/fails/crash")
    problem(answer, 500, "server.unexpected")
    assert "hunter2" not in answer.text
    assert "Traceback" not in answer.text


async def test_a_problem_carries_its_members(app):
    assert problem(await app.client.get("/fails/conflict"), 409, "state.conflict")["state"] == "published"
    assert problem(await app.client.get("/fails/unprocessable"), 422, "request.unprocessable")["detail"] == "Not now."


async def test_every_refusal_says_whether_trying_again_helps(app):
    async def told(how, **headers):
        answer = await app.client.get(f"/fails/{how}", headers=headers)
        return answer.status_code, answer.json()["retryable"], answer.headers.get("retry-after")

    assert await told("busy") == (503, True, "1")
    assert await told("raced") == (409, True, "1")
    assert await told("raced", **{"If-Match": '"what the caller has read"'}) == (412, False, None)
    assert await told("conflict") == (409, False, None)
    assert await told("crash") == (500, False, None)


async def test_nobody_is_401_and_too_little_is_403_and_both_are_heard(app, user, refusals):
    answer = await app.client.get("/notes", headers={"X-Correlation-ID": "chain-1"})
    problem(answer, 401, "auth.required")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    problem(await app.client.patch("/notes/1", json={}, headers=user), 403, "auth.forbidden")
    assert [(each.code, each.actor is None, each.route) for each in refusals] == [
        ("auth.required", True, "notes"),
        ("auth.forbidden", False, "notes/{note_id}"),
    ]
    assert refusals[0].correlation_id == "chain-1"
    assert refusals[0].address == "192.0.2.7"


@pytest.mark.parametrize("how", ["fails", "hangs"])
async def test_a_refusal_is_answered_although_nobody_hears_of_it(app, monkeypatch, capfd, how):
    async def deaf(platform, refusal):
        if how == "hangs":
            await asyncio.Event().wait()
        raise ConnectionError

    monkeypatch.setattr(serve, "HEARING", 0.01)
    monkeypatch.setattr(surface, "refused", deaf)
    problem(await app.client.get("/notes"), 401, "auth.required")
    assert "a refusal was not recorded" in capfd.readouterr().out


async def test_who_may_not_learns_nothing_of_the_body(app, user):
    problem(await app.client.patch("/notes/1", content=b"{", headers=user), 403, "auth.forbidden")
    problem(await app.client.post("/notes", content=b"{"), 401, "auth.required")


@pytest.mark.parametrize("given", ["abc", "a" * 128, "0af7651916cd43dd-8448.eb/211c:80319+c@x=_"])
async def test_a_correlation_id_is_echoed(app, given):
    assert (await app.client.get("/echo/1", headers={"X-Correlation-ID": given})).headers["x-correlation-id"] == given


@pytest.mark.parametrize("given", ["", "a" * 129, "a b", "<script>", "a\tb", "é"])
async def test_an_unsafe_correlation_id_is_replaced(app, given):
    answer = await app.client.get("/echo/1", headers={"X-Correlation-ID": given.encode()})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-correlation-id"])


async def test_one_line_is_logged_for_each_request_without_its_secrets(app, capfd):
    telemetry.configure("INFO")
    user = await app.user()
    headers = app.bearer(user) | {
        "X-Correlation-ID": "chain-2",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    await app.client.get("/notes", headers=headers)
    await asyncio.sleep(0)  # lines are written at the end of the loop's turn
    out = capfd.readouterr().out
    lines = [json.loads(line) for line in out.splitlines()]
    assert len(lines) == 1
    line = lines[0]
    assert line.pop("duration_ms") >= 0
    assert re.match(r"\d{4}-\d\d-\d\dT", line.pop("timestamp"))
    assert line == {
        "level": "info", "module": "shared.platform.http.serve", "message": "request", "method": "GET",
        "path": "/notes", "endpoint": "list_notes", "status": 200, "tenant": "default", "user_id": user.id,
        "correlation_id": "chain-2", "causation_id": None, "trace_id": "0af7651916cd43dd8448eb211c80319c",
    }  # fmt: skip
    assert headers["Authorization"].split(".")[2] not in out


async def test_a_crash_is_logged_with_its_stack_under_the_correlation_id(app, capfd):
    telemetry.configure("INFO")
    await app.client.get("/fails/crash", headers={"X-Correlation-ID": "chain-3"})
    await asyncio.sleep(0)
    crash, request = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert crash["correlation_id"] == request["correlation_id"] == "chain-3"
    assert "RuntimeError" in crash["exception"]
    assert request["status"] == 500


async def test_allowed_origins_may_read_answers(tmp_path):
    async with running(tmp_path, BLUEPRINTS, cors_origins="https://hub.example, https://b.example") as app:
        allowed = await app.client.get("/echo/1", headers={"Origin": "https://b.example"})
        assert allowed.headers["access-control-allow-origin"] == "https://b.example"
        assert "ETag" in allowed.headers["access-control-expose-headers"]
        assert allowed.headers["vary"] == "Origin"
        asked = {"Origin": "https://hub.example", "Access-Control-Request-Method": "PATCH"}
        preflight = await app.client.options("/notes/1", headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-max-age"] == "600"
        assert "PATCH" in preflight.headers["access-control-allow-methods"]
        assert "Authorization" in preflight.headers["access-control-allow-headers"]
        for origin in ("https://evil.example", "https://hub.example.evil", "null"):
            other = await app.client.get("/echo/1", headers={"Origin": origin})
            assert "access-control-allow-origin" not in other.headers


async def test_without_origins_nobody_else_reads_answers(app):
    answer = await app.client.get("/echo/1", headers={"Origin": "https://hub.example"})
    assert "access-control-allow-origin" not in answer.headers


async def test_forwarded_addresses_count_from_trusted_proxies_only(tmp_path, app):
    chain = {"X-Forwarded-For": "203.0.113.5, 198.51.100.9, 10.0.0.3"}
    assert (await app.client.get("/echo/1", headers=chain)).json()["address"] == "192.0.2.7"
    async with running(tmp_path / "b", BLUEPRINTS, trusted_proxies="192.0.2.7, 10.0.0.0/8") as other:
        assert (await other.client.get("/echo/1", headers=chain)).json()["address"] == "198.51.100.9"
        ported = {"X-Forwarded-For": "203.0.113.5:4711"}
        assert (await other.client.get("/echo/1", headers=ported)).json()["address"] == "203.0.113.5"


async def test_head_is_get_without_a_body(app, user):
    answer = await app.client.head("/notes", headers=user)
    assert answer.status_code == 200


async def test_a_caller_who_leaves_in_the_middle_of_a_body_is_no_fault_of_ours(tmp_path, capfd):
    async with running(tmp_path, BLUEPRINTS) as app:
        telemetry.configure("INFO")
        user = await app.signed_in()
        sent = iter([{"type": "http.request", "body": b'{"ti', "more_body": True}, {"type": "http.disconnect"}])
        answered = []

        async def receive():
            return next(sent)

        async def send(message):
            answered.append(message)

        headers = [(name.lower().encode(), value.encode()) for name, value in {**user, **JSON}.items()]
        scope = {
            "type": "http", "method": "POST", "path": "/notes", "raw_path": b"/notes", "query_string": b"",
            "headers": headers, "client": ("192.0.2.1", 1), "server": ("hub.example", 80), "scheme": "http",
        }  # fmt: skip
        transport = app.client._transport
        assert isinstance(transport, httpx.ASGITransport)
        await transport.app(scope, receive, send)
        assert answered[0]["status"] == 400
        assert '"level":"error"' not in capfd.readouterr().out


async def test_every_other_method_is_405_with_allow(app, user):
    for method in ("TRACE", "PROPFIND", "PUT"):
        answer = await app.client.request(method, "/notes", headers=user)
        problem(answer, 405, "route.method_not_allowed")
        assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"


async def test_header_and_body_give_a_record_one_etag(app, user):
    created = await app.client.post("/notes", json={"title": "One"}, headers=user)
    path = created.headers["location"]
    shown = await app.client.get(path, headers=user)
    assert shown.headers["etag"] == shown.json()["@odata.etag"] == created.headers["etag"]
    (listed,) = (await app.client.get("/notes", headers=user)).json()["value"]
    assert listed["@odata.etag"] == shown.headers["etag"]
    seen = await app.client.get(path, headers=user | {"If-None-Match": listed["@odata.etag"]})
    assert seen.status_code == 304


async def test_head_answers_as_get_does_without_the_body(app, user):
    created = await app.client.post("/notes", json={"title": "One"}, headers=user)
    for path in ("/notes", created.headers["location"], "/notes/missing", "/echo/1", "/text", "/nowhere"):
        get, head = [await app.client.request(method, path, headers=user) for method in ("GET", "HEAD")]
        assert head.content == b"", path
        assert head.status_code == get.status_code, path
        for name in ("content-length", "content-type", "etag", "cache-control"):
            assert head.headers.get(name) == get.headers.get(name), (path, name)


async def test_addresses_and_header_fields_have_a_largest_size(app, user):
    problem(await app.client.get("/echo/1?word=" + "x" * 16_384), 414, "request.address_too_long")
    problem(await app.client.get("/echo/1", headers={"X-Odd": "x" * 32_768}), 431, "request.headers_too_large")
    many = [(f"X-{number}", "x") for number in range(8000)]
    problem(await app.client.get("/echo/1", headers=many), 431, "request.headers_too_large")
