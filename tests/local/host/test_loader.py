import os

import pytest

from local.host.errors import AppRefused
from local.host.loader import load
from tests.local.host.conftest import V1, V2, write_app

ROUTE = '@app.route(route="r")\n'
QUEUE = '@app.queue_trigger(arg_name="m", queue_name="q", connection="AzureWebJobsStorage")\n'
BODY = ":\n    pass\n"

# What is wrong, the source after the common head, and what the fault must say.
REFUSED = {
    "a parameter without a binding": (ROUTE + "def f(req: func.HttpRequest, other)" + BODY, "['other']"),
    "a binding without a parameter": (ROUTE + "def f()" + BODY, "['req']"),
    "a parameter's annotation": (QUEUE + "def f(m: dict)" + BODY, 'does not match its Python annotation "dict"'),
    "an annotation that is no type": (QUEUE + "def f(m: str | None)" + BODY, "invalid non-type annotation"),
    "a return annotation": (ROUTE + "def f(req: func.HttpRequest) -> int" + BODY, 'return annotation "int"'),
    "an Out as return annotation": (ROUTE + "def f(req: func.HttpRequest) -> func.Out[str]" + BODY, "should not be"),
    "a return annotation of nothing": (ROUTE + "def f(req: func.HttpRequest) -> None" + BODY, '"NoneType"'),
    "Out for an input": (QUEUE + "def f(m: func.Out[str])" + BODY, "has direction in"),
    "an output that is not Out": (
        '@app.queue_output(arg_name="o", queue_name="q", connection="AzureWebJobsStorage")\n'
        + QUEUE
        + "def f(m: func.QueueMessage, o: str)"
        + BODY,
        "has direction out",
    ),
    "Out of nothing": (
        '@app.queue_output(arg_name="o", queue_name="q", connection="AzureWebJobsStorage")\n'
        + QUEUE
        + "def f(m: func.QueueMessage, o: func.Out)"
        + BODY,
        "invalid Out annotation",
    ),
    "a context of another type": (ROUTE + "def f(req: func.HttpRequest, context: dict)" + BODY, '"context" parameter'),
    "a wrapper whose wrapped function has other parameters": (
        "import functools\ndef wrap(inner):\n"
        "    @functools.wraps(inner)\n    def outer(req):\n        pass\n    return outer\n"
        + ROUTE
        + "@wrap\ndef f(req: func.HttpRequest, actor: str)"
        + BODY,
        "['actor']",
    ),
    "an annotation that cannot be resolved": (ROUTE + 'def f(req: "Missing")' + BODY, "Missing"),
    "a binding that is not supported": (
        '@app.service_bus_queue_trigger(arg_name="m", queue_name="q", connection="C")\ndef f(m: func.ServiceBusMessage)'
        + BODY,
        "'serviceBusTrigger' is not supported",
    ),
    "a function without a trigger": ('@app.function_name("lonely")\ndef f()' + BODY, "does not have a trigger"),
    "a name that the host does not allow": (
        '@app.function_name("1st")\n' + ROUTE + "def f(req: func.HttpRequest)" + BODY,
        "its name",
    ),
    "a connection without a setting": (
        '@app.queue_trigger(arg_name="m", queue_name="q", connection="Nowhere")\ndef f(m: str)' + BODY,
        "the connection setting 'Nowhere' has no value",
    ),
    "a setting in a binding without a value": (
        '@app.queue_trigger(arg_name="m", queue_name="%NOT_SET%", connection="AzureWebJobsStorage")\ndef f(m: str)'
        + BODY,
        "'NOT_SET'",
    ),
    "a schedule": (
        '@app.timer_trigger(arg_name="t", schedule="0 0 25 * * *")\ndef f(t: func.TimerRequest)' + BODY,
        "NCRONTAB",
    ),
    "a route constraint": ('@app.route(route="r/{id:number}")\ndef f(req: func.HttpRequest)' + BODY, "'number'"),
    "a malformed route": ('@app.route(route="r/{id")\ndef f(req: func.HttpRequest)' + BODY, "malformed"),
    "a client of another binding's": (
        "from azurefunctions.extensions.bindings.blob import BlobClient\n" + QUEUE + "def f(m: BlobClient)" + BODY,
        'does not match its Python annotation "BlobClient"',
    ),
    "a list of clients, for which there is no binding": (
        "from azurefunctions.extensions.bindings.blob import BlobClient\nfrom typing import List\n"
        '@app.blob_trigger(arg_name="b", path="c/{n}", connection="AzureWebJobsStorage")\ndef f(b: List[BlobClient])'
        + BODY,
        "does not match its Python annotation",
    ),
    "a connection by identity": (
        '@app.queue_trigger(arg_name="m", queue_name="q", connection="Elsewhere")\ndef f(m: str)' + BODY,
        "by identity (Elsewhere__accountName), which is for Azure",
    ),
    "a retry policy": (
        '@app.retry(strategy="fixed_delay", max_retry_count="3")\n' + QUEUE + "def f(m: str)" + BODY,
        "retry policy is invalid",
    ),
}


@pytest.fixture
def refused(tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "AzureWebJobsStorage", "UseDevelopmentStorage=true")
    monkeypatch.setitem(os.environ, "Elsewhere__accountName", "elsewhere")

    def refuse(source: str, host_json: str = "{}") -> list[str]:
        with pytest.raises(AppRefused) as caught:
            load(write_app(tmp_path / "app", source, host_json), os.environ)
        return caught.value.faults

    return refuse


@pytest.mark.usefixtures("no_http_v2")
@pytest.mark.parametrize("case", REFUSED)
def test_the_app_is_refused_for(case, refused):
    source, fault = REFUSED[case]
    faults = refused(V1 + source)
    assert len(faults) == 1, faults
    assert fault in faults[0]


@pytest.mark.usefixtures("no_http_v2")
def test_all_faults_are_told_at_once(refused):
    sources = [ROUTE + "def a()" + BODY, QUEUE + "def b(m: dict)" + BODY, '@app.function_name("c")\ndef c()' + BODY]
    assert len(refused(V1 + "".join(sources))) == 3


@pytest.mark.usefixtures("no_http_v2")
def test_two_functions_of_one_name_are_refused(refused):
    twice = ROUTE + "def f(req: func.HttpRequest)" + BODY
    faults = refused(V1 + twice + twice.replace('"r"', '"s"') + QUEUE + "def g(m: dict)" + BODY)
    assert faults[0] == "the function name 'f' is used 2 times"
    assert "cannot load the g function" in faults[1]


@pytest.mark.usefixtures("no_http_v2")
@pytest.mark.parametrize(("first", "second"), [("a/{x}", "A/{y}"), ("a/{x:int}", "/a/{id:int}"), ("a/{*x}", "a/{*y}")])
def test_two_functions_on_one_route_and_method_are_refused(first, second, refused):
    def function(name: str, route: str) -> str:
        return f'@app.route(route="{route}", methods=["GET", "POST"])\ndef {name}(req: func.HttpRequest)' + BODY

    faults = refused(V1 + function("f", first) + function("g", second))
    [fault] = faults
    assert fault.startswith("the g function is never asked for GET, POST /api/")


@pytest.mark.usefixtures("no_http_v2")
def test_a_function_whose_route_another_hides_is_refused(refused):
    any_thing = '@app.route(route="things/{id}")\ndef a_thing(req: func.HttpRequest)' + BODY
    best_thing = '@app.route(route="things/best", methods=["GET"])\ndef best_thing(req: func.HttpRequest)' + BODY
    [fault] = refused(V1 + best_thing + any_thing)
    assert fault.startswith(
        "the best_thing function is never asked for GET /api/things/best: /api/things/{id} of the a_thing function"
    )


@pytest.mark.usefixtures("no_http_v2")
def test_functions_come_by_name_whatever_its_case(tmp_path):
    sources = [
        ROUTE.replace('"r"', f'"{name}"') + f"def {name}(req: func.HttpRequest)" + BODY
        for name in ("b_", "Ba", "A", "bz")
    ]
    assert [f.name for f in load(write_app(tmp_path, V1 + "".join(sources)), {})] == ["A", "Ba", "bz", "b_"]


@pytest.mark.usefixtures("no_http_v2")
def test_names_that_differ_by_case_alone_are_refused(refused):
    sources = [
        ROUTE.replace('"r"', f'"{name}"') + f"def {name}(req: func.HttpRequest)" + BODY for name in ("One", "one")
    ]
    assert "the function name 'One' is used 2 times" in refused(V1 + "".join(sources).replace('"one"', '"two"'))


@pytest.mark.usefixtures("no_http_v2")
@pytest.mark.parametrize("route", ["admin/users", "/Admin", "runtime/webhooks/mine", "administrators"])
def test_a_route_among_the_hosts_own_is_refused(route, refused):
    source = f'@app.route(route="{route}")\ndef f(req: func.HttpRequest)' + BODY
    [fault] = refused(V1 + source)
    assert "must not begin with 'admin' or 'runtime'" in fault


@pytest.mark.usefixtures("no_http_v2")
def test_one_route_may_have_a_function_for_each_method(tmp_path):
    source = V1 + "".join(
        f'@app.route(route="a/{{id}}", methods=["{method}"])\ndef {method.lower()}(req: func.HttpRequest){BODY}'
        for method in ("GET", "PUT", "DELETE")
    )
    assert [f.name for f in load(write_app(tmp_path, source), {})] == ["delete", "get", "put"]


def test_an_sdk_request_is_refused_once_http_v2_is_imported(refused):
    [fault] = refused(V2 + ROUTE + "def f(req: func.HttpRequest) -> Response" + BODY)
    assert 'annotation "HttpRequest"' in fault


def test_an_sdk_response_is_refused_once_http_v2_is_imported(refused):
    [fault] = refused(V2 + ROUTE + "def f(req: Request) -> func.HttpResponse" + BODY)
    assert 'return annotation "HttpResponse"' in fault


def test_an_activity_with_a_subscripted_annotation_is_refused_as_in_the_real_worker(refused):
    source = "import azure.durable_functions as df\napp = df.DFApp()\n@app.activity_trigger(input_name='x')\n"
    [fault] = refused(source + "def f(x: dict[str, int]) -> int" + BODY)
    assert "invalid non-type annotation" in fault


def test_an_entity_is_refused(refused):
    source = "import azure.durable_functions as df\napp = df.DFApp()\n@app.entity_trigger(context_name='context')\n"
    [fault] = refused(source + "def f(context)" + BODY)
    assert "'entityTrigger' is not supported" in fault


def test_a_folder_without_an_app_is_refused(tmp_path):
    with pytest.raises(AppRefused, match=r"there is no function_app\.py"):
        load(tmp_path, {})


def test_a_module_without_an_app_is_refused(refused):
    assert "no top level function app" in refused("x = 1\n")[0]


def test_two_apps_in_one_module_are_refused(refused):
    assert "more than one" in refused(V1 + "other = func.FunctionApp()\n")[0]


@pytest.mark.usefixtures("no_http_v2")
def test_a_blueprint_is_part_of_the_app(tmp_path):
    write_app(tmp_path, V1 + "from pages_of_loader_test import pages\napp.register_functions(pages)\n")
    (tmp_path / "pages_of_loader_test.py").write_text(
        "import azure.functions as func\npages = func.Blueprint()\n"
        + ROUTE.replace("app.", "pages.")
        + "def p(req: func.HttpRequest)"
        + BODY
    )
    assert [f.name for f in load(tmp_path, {})] == ["p"]


@pytest.mark.usefixtures("no_http_v2")
def test_a_disabled_function_is_left_out(tmp_path):
    folder = write_app(tmp_path, V1 + ROUTE + "def f(req: func.HttpRequest)" + BODY)
    assert load(folder, {"AzureWebJobs.f.Disabled": "1"}) == []


@pytest.mark.usefixtures("no_http_v2")
def test_a_retry_policy_is_read(tmp_path):
    policy = (
        '@app.retry(strategy="exponential_backoff", max_retry_count="-1",'
        ' minimum_interval="00:00:02", maximum_interval="00:00:10")\n'
    )
    timer = '@app.timer_trigger(arg_name="t", schedule="0 */5 * * * *")\ndef f(t: func.TimerRequest)' + BODY
    [function] = load(write_app(tmp_path, V1 + policy + timer), {})
    assert function.retry is not None
    assert (function.retry.count, [function.retry.delay(n) for n in (1, 2, 3, 4)]) == (-1, [2, 4, 8, 10])
