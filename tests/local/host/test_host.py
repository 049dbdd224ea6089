import contextlib
import socket

import pytest

from local.host.errors import AppRefused, CannotStart, PortTaken
from local.host.host import Host
from tests.conftest import MODULES
from tests.local.host.conftest import (
    V1,
    V2,
    async_container_client,
    async_queue_client,
    encoded,
    unique,
    until,
    write_app,
)

TWO_PAGES = """
@app.route(route="a")
async def a(req: Request) -> Response:
    return Response("a")
@app.route(route="b")
async def b(req: Request) -> Response:
    return Response("b")
"""


async def test_a_choice_of_functions_may_be_served(start):
    app = await start(V2 + TWO_PAGES, only=lambda function: function.name == "b")
    assert [(await app.http.get(path)).status_code for path in ("/api/a", "/api/b")] == [404, 200]


async def test_a_taken_port_is_told(start):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(PortTaken, match="cannot be used"):
            await start(V2 + TWO_PAGES, port=other.getsockname()[1])


async def test_a_port_that_is_none_is_told(start):
    with pytest.raises(PortTaken, match="0 to 65535"):
        await start(V2 + TWO_PAGES, port=70000)


async def test_an_app_that_cannot_be_imported_is_told_with_the_line_that_failed(start):
    with pytest.raises(AppRefused, match=r"ZeroDivisionError: division by zero \(function_app\.py, line 2\)"):
        await start("import azure.functions\n1 / 0\n")


@pytest.mark.parametrize("text", ["{", "[]", "\udcff"])
async def test_a_host_json_that_cannot_be_read_is_told(text, tmp_path):
    folder = write_app(tmp_path / "app", V2 + TWO_PAGES)
    (folder / "host.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(CannotStart, match=r"host\.json"):
        await Host(folder, tmp_path / "data").start()


@pytest.mark.parametrize("file", [".", "host.db", "durable.db", "azurite.json"])
async def test_a_data_folder_that_cannot_be_used_is_told(file, tmp_path):
    data = tmp_path / "data"
    if file == ".":
        data.write_text("a file")
    else:
        data.mkdir()
        (data / file).write_text("no such thing " * 1000)
    head = "import azure.durable_functions as df\napp = df.DFApp('ANONYMOUS')\n"
    durable = head + "@app.activity_trigger('x')\ndef f(x: str) -> str: ...\n"
    with pytest.raises(CannotStart, match=str(data)):
        await Host(write_app(tmp_path / "app", durable), data, azurite=MODULES if "azurite" in file else None).start()


async def test_settings_are_the_environment_of_the_app_only_while_it_runs(start, monkeypatch):
    monkeypatch.setenv("GREETING", "before")
    function = "async def x(req: Request) -> Response:\n    return Response(os.environ['GREETING'])\n"
    source = V2 + '@app.route(route="x")\n' + function
    app = await start("import os\n" + source, settings={"GREETING": "during"})
    assert (await app.http.get("/api/x")).text == "during"
    await app.stop()
    app = await start("import os\n" + source)
    assert (await app.http.get("/api/x")).text == "before"


async def test_a_failed_start_leaves_nothing_open(start):
    with pytest.raises(AppRefused, match=r"function_app\.py cannot be imported: SyntaxError"):
        await start("not = = python")
    await start(V2 + TWO_PAGES)


async def test_two_functions_on_one_container_both_get_each_blob(start, azurite):
    name = unique("c")
    trigger = f'@app.blob_trigger(arg_name="b", path="{name}/{{name}}", connection="AzureWebJobsStorage")\n'
    source = "".join(trigger + f"def {f}(b: func.InputStream):\n    seen.append('{f}')\n" for f in ("one", "two"))
    app = await start(V1 + source, settings={"AzureWebJobsStorage": azurite})
    async with async_container_client(azurite, name) as container:
        await container.create_container()
        await container.upload_blob("x", b"x")
    await until(lambda: len(app.seen) == 2)
    assert sorted(app.seen) == ["one", "two"]


async def test_a_queue_that_was_deleted_is_made_again(start, azurite):
    name = unique("q")
    trigger = f'@app.queue_trigger(arg_name="m", queue_name="{name}", connection="AzureWebJobsStorage")\n'
    app = await start(V1 + trigger + "def f(m: str):\n    seen.append(m)\n", settings={"AzureWebJobsStorage": azurite})
    async with async_queue_client(azurite, name) as queue:
        await queue.delete_queue()
        while not app.seen:
            await _send(queue)
    assert app.seen[0] == "again"


async def _send(queue) -> None:
    from azure.core.exceptions import ResourceNotFoundError

    with contextlib.suppress(ResourceNotFoundError):
        await queue.send_message(encoded("again"))
