from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.local.host.conftest import V2, until

SOURCE = (
    V2.replace("app = func.FunctionApp", "import azure.durable_functions as df\napp = df.DFApp").replace(
        "'ANONYMOUS'", "func.AuthLevel.ANONYMOUS"
    )
    + """
@app.route(route="begin/{number}")
@app.durable_client_input(client_name="client")
async def begin(req: Request, client) -> JSONResponse:
    instance = await client.start_new("double_all", None, int(req.path_params["number"]))
    return JSONResponse(client.create_http_management_payload(instance))

@app.orchestration_trigger(context_name="context")
def double_all(context: df.DurableOrchestrationContext):
    doubled = yield context.task_all([context.call_activity("double", n) for n in range(context.get_input())])
    return doubled

@app.activity_trigger(input_name="number")
def double(number: int, context: func.Context) -> int:
    seen.append(context.function_name)
    return number * 2
"""
)


async def test_an_orchestration_started_through_a_client_binding_runs_its_activities(start):
    app = await start(SOURCE)
    addresses = (await app.http.get("/api/begin/4")).json()
    assert addresses["statusQueryGetUri"].startswith(app.host.url)
    status: dict[str, Any] = {}
    while status.get("runtimeStatus") != "Completed":
        status = (await app.http.get(addresses["statusQueryGetUri"])).json()
    assert status["output"] == [0, 2, 4, 6]
    assert app.seen == ["double"] * 4


async def test_an_unfinished_orchestration_goes_on_in_the_next_host(start):
    waiting = (
        SOURCE
        + """
@app.orchestration_trigger(context_name="context")
def waits(context: df.DurableOrchestrationContext):
    name = yield context.wait_for_external_event("go")
    result = yield context.call_activity("double", name)
    seen.append(result)
"""
    )
    app = await start(waiting.replace('"double_all", None', '"waits", None'))
    addresses = (await app.http.get("/api/begin/1")).json()
    await app.stop()
    app = await start(waiting)
    address = urlsplit(addresses["sendEventPostUri"].format(eventName="go"))
    assert (await app.http.post(f"{address.path}?{address.query}", json=21)).status_code == 202
    await until(lambda: 42 in app.seen)


async def test_nobody_steers_orchestrations_without_the_code(start):
    app = await start(SOURCE)
    addresses = (await app.http.get("/api/begin/4")).json()
    for name, method in (
        ("statusQueryGetUri", "GET"),
        ("terminatePostUri", "POST"),
        ("sendEventPostUri", "POST"),
        ("purgeHistoryDeleteUri", "DELETE"),
    ):
        path = urlsplit(addresses[name]).path
        for query in ("", "?code=", "?code=guess", "?code=%C3%A9"):
            assert (await app.http.request(method, path + query)).status_code == 401
    started = await app.http.post("/runtime/webhooks/durabletask/orchestrators/double_all", json=3)
    assert started.status_code == 401


HELLO_CITIES = """
import logging
import azure.functions as func
import azure.durable_functions as df

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route(route="orchestrators/{functionName}")
@app.durable_client_input(client_name="client")
async def http_start(req: func.HttpRequest, client):
    function_name = req.route_params.get("functionName")
    instance_id = await client.start_new(function_name)
    return client.create_check_status_response(req, instance_id)

@app.orchestration_trigger(context_name="context")
def hello_orchestrator(context):
    result1 = yield context.call_activity("hello", "Seattle")
    result2 = yield context.call_activity("hello", "Tokyo")
    return [result1, result2]

@app.activity_trigger(input_name="city")
def hello(city: str):
    return f"Hello {city}"
"""


@pytest.mark.usefixtures("no_http_v2")
async def test_the_template_that_new_durable_apps_begin_with_runs_unchanged(start):
    app = await start(HELLO_CITIES)
    response = await app.http.post("/api/orchestrators/hello_orchestrator")
    assert response.status_code == 202
    status: dict[str, Any] = {}
    while status.get("runtimeStatus") != "Completed":
        status = (await app.http.get(response.headers["location"])).json()
    assert status["output"] == ["Hello Seattle", "Hello Tokyo"]
