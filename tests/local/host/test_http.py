import asyncio
import json

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.local.host.conftest import V1, V2, async_queue_client, encoded, unique, until


async def test_a_v2_function_gets_the_request_and_its_route_values_as_text(start):
    app = await start(
        V2
        + """
@app.route(route="things/{id:int}", methods=["POST"])
async def thing(req: Request) -> JSONResponse:
    return JSONResponse([req.path_params, dict(req.query_params), (await req.body()).decode()])
"""
    )
    response = await app.http.post("/api/things/7?a=b", content="body")
    assert response.json() == [{"id": "7"}, {"a": "b"}, "body"]


async def test_a_path_without_a_function_is_an_empty_404(start):
    app = await start(
        V2 + '@app.route(route="here")\nasync def here(req: Request) -> Response:\n    return Response()\n'
    )
    response = await app.http.get("/api/there")
    assert (response.status_code, response.content) == (404, b"")


async def test_a_method_that_is_not_allowed_is_a_404_as_in_the_real_host(start):
    app = await start(
        V2
        + """
@app.route(route="here", methods=["GET"])
async def here(req: Request) -> Response:
    return Response()
"""
    )
    assert [(await app.http.request(m, "/api/here")).status_code for m in ("GET", "HEAD", "DELETE")] == [200, 404, 404]


async def test_a_function_that_raises_is_a_500_and_leaves_a_stack_in_the_log(start, caplog):
    app = await start(
        V2 + '@app.route(route="x")\nasync def broken(req: Request) -> Response:\n    raise KeyError("gone")\n'
    )
    assert (await app.http.get("/api/x")).status_code == 500
    [record] = caplog.records[-1:]
    assert "broken" in record.message
    assert record.exc_info is not None


async def test_a_returned_value_is_sent_as_json(start):
    app = await start(V2 + '@app.route(route="x")\nasync def x(req: Request) -> dict:\n    return {"a": 1}\n')
    assert (await app.http.get("/api/x")).json() == {"a": 1}


async def test_returning_nothing_is_a_500_as_in_the_real_worker(start):
    app = await start(V2 + '@app.route(route="x")\nasync def x(req: Request):\n    return None\n')
    assert (await app.http.get("/api/x")).status_code == 500


async def test_a_stream_arrives_piece_by_piece_after_the_function_has_returned(start):
    app = await start(
        V2
        + """
go = asyncio.Event()
async def pieces():
    yield b"one"
    await go.wait()
    yield b"two"
@app.route(route="stream")
async def stream(req: Request) -> StreamingResponse:
    seen.append("returned")
    return StreamingResponse(pieces())
@app.route(route="go")
async def release(req: Request) -> Response:
    go.set()
    return Response()
"""
    )
    async with app.http.stream("GET", "/api/stream") as response:
        pieces = response.aiter_raw()
        assert await anext(pieces) == b"one"
        assert app.seen == ["returned"]
        await app.http.get("/api/go")
        assert await anext(pieces) == b"two"


async def test_sync_functions_run_side_by_side_in_threads(start):
    app = await start(
        V2
        + """
import threading
both = threading.Barrier(2, timeout=10)
@app.route(route="meet")
def meet(req: Request) -> Response:
    both.wait()
    return Response(threading.current_thread().name)
"""
    )
    first, second = await asyncio.gather(app.http.get("/api/meet"), app.http.get("/api/meet"))
    assert first.status_code == second.status_code == 200
    assert first.text != second.text


async def test_the_context_tells_the_function_its_name_folder_and_invocation(start):
    app = await start(
        V2
        + """
@app.route(route="x")
async def named(req: Request, context: func.Context) -> JSONResponse:
    return JSONResponse([context.function_name, context.function_directory, len(context.invocation_id),
                         context.trace_context.trace_parent[:3], context.retry_context.retry_count])
"""
    )
    name, folder, length, trace, retries = (await app.http.get("/api/x")).json()
    assert (name, length, trace, retries) == ("named", 36, "00-", 0)
    assert folder == str(app.host.functions[0].folder)


async def test_the_route_prefix_of_host_json_may_be_empty(start):
    source = (
        V2
        + """
@app.route(route="{*rest}")
async def x(req: Request) -> Response:
    return Response(req.path_params["rest"])
"""
    )
    app = await start(source, host_json='{"version": "2.0", "extensions": {"http": {"routePrefix": ""}}}')
    assert (await app.http.get("/a/b/c")).text == "a/b/c"


async def test_extra_routes_come_before_a_catch_all(start):
    async def live(_: Request) -> PlainTextResponse:
        return PlainTextResponse("live")

    app = await start(
        V2 + '@app.route(route="{*rest}")\nasync def x(req: Request) -> Response:\n    return Response("app")\n',
        host_json='{"version": "2.0", "extensions": {"http": {"routePrefix": ""}}}',
        extra_routes=[Route("/live/{name}", live)],
    )
    assert [(await app.http.get(path)).text for path in ("/live/x", "/live", "/other")] == ["live", "app", "app"]


async def test_an_encoded_slash_does_not_part_segments(start):
    app = await start(
        V2
        + """
@app.route(route="x/{name}")
async def x(req: Request) -> Response:
    return Response(req.path_params["name"])
"""
    )
    assert (await app.http.get("/api/x/a%2Fb%20c")).text == "a%2Fb c"


async def test_a_disabled_function_is_not_served(start):
    source = V2 + '@app.route(route="x")\nasync def x(req: Request) -> Response:\n    return Response()\n'
    app = await start(source, settings={"AzureWebJobs.x.Disabled": "true"})
    assert (await app.http.get("/api/x")).status_code == 404


async def test_a_request_under_way_ends_before_the_host_does(start):
    app = await start(
        V2
        + """
@app.route(route="slow")
async def slow(req: Request) -> Response:
    seen.append("began")
    await asyncio.sleep(0.3)
    return Response("done")
"""
    )
    request = asyncio.create_task(app.http.get("/api/slow"))
    await until(lambda: app.seen)
    await app.host.stop()
    assert (await request).text == "done"


async def test_an_endless_stream_does_not_hold_the_host_up(start):
    app = await start(
        V2
        + """
async def forever():
    try:
        while True:
            yield b"tick"
            await asyncio.sleep(0.01)
    finally:
        seen.append("closed")
@app.route(route="ticks")
async def ticks(req: Request) -> StreamingResponse:
    return StreamingResponse(forever())
"""
    )
    seen = app.seen
    async with app.http.stream("GET", "/api/ticks") as response:
        assert await anext(response.aiter_raw())
        async with asyncio.timeout(3):
            await app.host.stop()
    assert seen == ["closed"]


HELD = """
go = asyncio.Event()
@app.route(route="held")
async def held(req: Request) -> Response:
    seen.append("began")
    await go.wait()
    return Response("held")
@app.route(route="go")
async def release(req: Request) -> Response:
    go.set()
    return Response()
"""


def limits(**given: int) -> str:
    return json.dumps({"version": "2.0", "extensions": {"http": given}})


async def test_over_the_most_concurrent_requests_the_next_waits_and_over_the_most_outstanding_it_is_a_429(start):
    app = await start(V2 + HELD, host_json=limits(maxConcurrentRequests=1, maxOutstandingRequests=2))
    first = asyncio.create_task(app.http.get("/api/held"))
    await until(lambda: app.seen)
    second = asyncio.create_task(app.http.get("/api/go"))
    third = asyncio.create_task(app.http.get("/api/go"))
    done, waiting = await asyncio.wait([second, third], return_when=asyncio.FIRST_COMPLETED)
    assert [task.result().status_code for task in done] == [429]
    app.global_("go").set()
    assert [(await task).status_code for task in (first, *waiting)] == [200, 200]


async def test_a_stream_is_a_concurrent_request_until_it_ends(start):
    app = await start(
        V2
        + """
async def pieces():
    yield b"one"
    await asyncio.Event().wait()
@app.route(route="stream")
async def stream(req: Request) -> StreamingResponse:
    return StreamingResponse(pieces())
""",
        host_json=limits(maxOutstandingRequests=1),
    )
    async with app.http.stream("GET", "/api/stream") as response:
        assert await anext(response.aiter_raw()) == b"one"
        assert (await app.http.get("/api/stream")).status_code == 429
    async with asyncio.timeout(20):
        while (await app.http.get("/nowhere")).status_code != 404:
            pass


@pytest.mark.parametrize(
    "body",
    [
        "async def slow(req: Request) -> Response:\n    await asyncio.sleep(600)\n",
        "def slow(req: Request) -> Response:\n    stop.wait(20)\n",
    ],
)
async def test_a_function_that_runs_longer_than_function_timeout_is_ended_with_an_error(body, start, caplog):
    source = V2 + 'import threading\nstop = threading.Event()\n@app.route(route="slow")\n' + body
    app = await start(source, host_json='{"version": "2.0", "functionTimeout": "00:00:00.05"}')
    assert (await app.http.get("/api/slow")).status_code == 500
    assert "the function slow took longer than functionTimeout, 0.05 s" in caplog.text
    app.global_("stop").set()


async def test_a_function_of_another_trigger_has_the_same_limit(start, azurite, caplog):
    trigger = f'@app.queue_trigger(arg_name="m", queue_name="{unique("q")}", connection="AzureWebJobsStorage")\n'
    app = await start(
        V1 + trigger + "async def slow(m: str) -> None:\n    await asyncio.sleep(600)\n",
        host_json='{"version": "2.0", "functionTimeout": "00:00:00.05"}',
        settings={"AzureWebJobsStorage": azurite},
    )
    async with async_queue_client(azurite, app.host.functions[0].trigger.data["queueName"]) as queue:
        await queue.send_message(encoded("x"))
    await until(lambda: "the function slow took longer than functionTimeout" in caplog.text)


GUARDED = """
@app.route(route="open", auth_level="ANONYMOUS")
async def anyone(req: Request) -> Response:
    return Response()
@app.route(route="function", auth_level="FUNCTION")
async def function(req: Request) -> Response:
    return Response()
@app.route(route="admin_only", auth_level="ADMIN")
async def master(req: Request) -> Response:
    return Response()
"""


async def test_a_function_that_asks_for_a_key_is_a_401_without_it(start, tmp_path):
    app = await start(V2 + GUARDED.replace("admin_only", "guarded"))
    keys = json.loads((tmp_path / "data" / "host-keys.json").read_text())
    assert (tmp_path / "data" / "host-keys.json").stat().st_mode & 0o777 == 0o600
    found = {
        (path, name): (await app.http.get(f"/api/{path}", headers={"x-functions-key": key})).status_code
        for path in ("open", "function", "guarded")
        for name, key in (keys | {"wrong": "é".encode()}).items()
    }
    assert [key for key, status in found.items() if status == 401] == [
        ("function", "wrong"),
        ("guarded", "default"),
        ("guarded", "wrong"),
    ]
    assert (await app.http.get("/api/function", params={"code": keys["default"]})).status_code == 200
    assert (await app.http.get("/api/function")).status_code == 401


PAGES = """
@app.route(route="docs")
async def docs(req: Request) -> Response:
    return Response("ours")
"""
NO_PREFIX = json.dumps({"version": "2.0", "functionTimeout": "00:00:00.2", "extensions": {"http": {"routePrefix": ""}}})


async def test_the_extensions_own_pages_hide_the_apps_and_leave_an_invocation_waiting(start, plain_extension, caplog):
    app = await start(V2 + PAGES, host_json=NO_PREFIX)
    assert "Swagger UI" in (await app.http.get("/docs")).text
    await until(lambda: "the function docs took longer than functionTimeout" in caplog.text)


async def test_an_app_may_switch_the_extensions_pages_off(start, plain_extension, monkeypatch):
    app = await start(
        V2
        + """
from fastapi import FastAPI
from azurefunctions.extensions.http.fastapi import WebApp
def without_pages(self):
    self.web_app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
WebApp.__init__ = without_pages
"""
        + PAGES,
        host_json=NO_PREFIX,
    )
    assert (await app.http.get("/docs")).text == "ours"


async def test_a_request_with_an_invocation_id_of_its_own_hangs_with_its_invocation(start, plain_extension, caplog):
    app = await start(V2 + PAGES.replace("docs", "page"), host_json=NO_PREFIX)
    answer = await app.http.get("/page", headers={"X-MS-Invocation-Id": "mine"})
    assert answer.status_code == 500
    assert "the function page took longer than functionTimeout" in caplog.text
    assert not [record for record in caplog.records if record.name == "local.host" and record.exc_info]
    assert (await app.http.get("/page")).text == "ours"


async def test_an_app_may_guard_its_invocations_and_one_without_a_request_is_a_line_of_the_log(
    start, plain_extension, caplog
):
    app = await start(
        V2
        + """
from azurefunctions.extensions.http.fastapi import WebApp
plain = WebApp.route
def guarded(self, func):
    coordinator = func.__globals__["http_coordinator"]
    wait, come = coordinator.get_http_request_async, set()
    async def request_of(invocation_id):
        come.add(invocation_id)
        async with asyncio.timeout(0.05):
            return await wait(invocation_id)
    coordinator.get_http_request_async = request_of
    async def guard(request: Request):
        await asyncio.sleep(0)
        known = request.headers["x-ms-invocation-id"] in come
        return await func(request) if known else Response(status_code=400)
    return plain(self, guard)
WebApp.route = guarded
"""
        + PAGES.replace("docs", "page"),
        host_json=NO_PREFIX,
    )
    assert (await app.http.get("/page", headers={"x-ms-invocation-id": "mine"})).status_code == 400
    await until(lambda: "the function page failed: no request has come for its invocation" in caplog.text)
    assert not [record for record in caplog.records if record.name == "local.host" and record.exc_info]
    assert (await app.http.get("/page")).text == "ours"


async def test_a_stream_that_fails_is_told(start, caplog):
    app = await start(
        V2
        + """
async def pieces():
    yield b"one"
    raise KeyError("gone")
@app.route(route="stream")
async def stream(req: Request) -> StreamingResponse:
    return StreamingResponse(pieces())
"""
    )
    with pytest.raises(httpx.RemoteProtocolError):
        await app.http.get("/api/stream")
    assert "the response of the function stream failed: 'gone'" in caplog.text


@pytest.mark.usefixtures("no_http_v2")
class TestHttpV1:
    async def test_a_v1_function_gets_the_sdk_request(self, start):
        app = await start(
            V1
            + """
import json
@app.route(route="v1/{name}", methods=["POST"])
def echo(req: func.HttpRequest) -> func.HttpResponse:
    found = [req.method, req.params, req.route_params, req.get_json(), req.headers["X-Mine"], req.url.split("/api/")[1]]
    return func.HttpResponse(json.dumps(found, default=dict), status_code=201, mimetype="application/json")
"""
        )
        response = await app.http.post("/api/v1/me?q=1&q=2", json={"a": 1}, headers={"x-mine": "yes"})
        assert response.status_code == 201
        assert response.headers["content-type"] == "application/json"
        assert response.json() == ["POST", {"q": "1,2"}, {"name": "me"}, {"a": 1}, "yes", "v1/me?q=1&q=2"]

    async def test_text_is_sent_as_plain_text(self, start):
        app = await start(V1 + '@app.route(route="x")\nasync def x(req: func.HttpRequest) -> str:\n    return "hé"\n')
        response = await app.http.get("/api/x")
        assert (response.text, response.headers["content-type"]) == ("hé", "text/plain; charset=utf-8")

    async def test_each_cookie_has_its_header(self, start):
        app = await start(
            V1
            + """
@app.route(route="x")
def x(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse("ok")
    response.headers.add("Set-Cookie", "a=1; Path=/")
    response.headers.add("Set-Cookie", "b=2; HttpOnly")
    return response
"""
        )
        response = await app.http.get("/api/x")
        assert response.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2; HttpOnly"]

    async def test_a_named_http_output_is_the_response(self, start):
        app = await start(
            V1
            + """
@app.route(route="x", binding_arg_name="res")
def x(req: func.HttpRequest, res: func.Out[func.HttpResponse]) -> None:
    res.set(func.HttpResponse("set", status_code=202))
"""
        )
        response = await app.http.get("/api/x")
        assert (response.status_code, response.text) == (202, "set")

    async def test_nothing_returned_is_a_500_as_in_the_real_worker(self, start):
        app = await start(V1 + '@app.route(route="x")\ndef x(req: func.HttpRequest):\n    return None\n')
        assert (await app.http.get("/api/x")).status_code == 500

    async def test_an_asgi_app_is_served_whole(self, start):
        app = await start(
            """
import azure.functions as func
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
async def page(request):
    return PlainTextResponse(request.url.path)
site = Starlette(routes=[Route("/some/path", page)])
class App(func.AsgiFunctionApp):
    def __del__(self):  # the SDK's runs a loop of its own, wherever the collector finds it: in another test, say
        pass
app = App(app=site, http_auth_level=func.AuthLevel.ANONYMOUS)
""",
            host_json='{"version": "2.0", "extensions": {"http": {"routePrefix": ""}}}',
        )
        assert (await app.http.get("/some/path")).text == "/some/path"
