import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.local.host.conftest import V1, V2, until


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
