import base64
import json

import pytest

from local.host.triggers import blob_content
from local.host.triggers.blob import POISON_QUEUE
from tests.local.host.conftest import V1, async_container_client, async_queue_client, unique, until

TRIGGER = '@app.blob_trigger(arg_name="blob", path="%CONTAINER%/{name}", connection="AzureWebJobsStorage")\n'


@pytest.fixture
async def container(azurite):
    """A container that the app's setting CONTAINER names."""
    async with async_container_client(azurite, unique("c")) as client:
        await client.create_container()
        yield client


@pytest.fixture
async def run(start, azurite, container):
    async def run(source: str, **options):
        settings = {"AzureWebJobsStorage": azurite, "CONTAINER": container.container_name}
        return await start(V1 + source, settings=settings, **options)

    return run


@pytest.mark.parametrize("source", ["", ', source="EventGrid"', ', source="LogsAndContainerScan"'])
async def test_a_blob_arrives_as_a_stream_with_its_name_and_properties(source, run, container):
    app = await run(
        TRIGGER.replace(")\n", source + ")\n")
        + """
def work(blob: func.InputStream):
    content = blob.read(3), blob.read()
    seen.append((blob.name, *content, blob.length, blob.uri, blob.metadata, blob.blob_properties["ContentType"]))
"""
    )
    client = await container.upload_blob("a/b c.txt", b"content", metadata={"k": "v"})
    [(name, first, rest, length, uri, metadata, kind)] = await until(lambda: app.seen)
    assert (name, first, rest, length) == (f"{container.container_name}/a/b c.txt", b"con", b"tent", 7)
    assert (uri, metadata, kind) == (client.url, {"k": "v"}, "application/octet-stream")


@pytest.mark.parametrize(
    ("annotation", "options", "expected"), [("bytes", "", b"\xc3\xa9"), ("str", ', data_type="STRING"', "é")]
)
async def test_text_parameters_get_the_content(annotation, options, expected, run, container):
    app = await run(
        TRIGGER.replace(")\n", options + ")\n") + f"async def work(blob: {annotation}):\n    seen.append(blob)\n"
    )
    await container.upload_blob("x", "é".encode())
    assert await until(lambda: app.seen) == [expected]


async def test_a_large_blob_is_read_only_when_the_function_reads(run, container, monkeypatch):
    monkeypatch.setattr(blob_content, "WHOLE", 1000)
    app = await run(
        TRIGGER
        + """
def work(blob: func.InputStream):
    seen.append((blob._reader is None, blob.length, blob.read(4), len(blob.read())))
"""
    )
    await container.upload_blob("x", b"head" + bytes(5000))
    assert await until(lambda: app.seen) == [(True, 5004, b"head", 5000)]


async def test_each_version_is_handled_once_even_by_the_next_host(run, container):
    source = TRIGGER + "def work(blob: func.InputStream):\n    seen.append(blob.read())\n"
    app = await run(source)
    await container.upload_blob("x", b"1")
    await until(lambda: app.seen)
    await container.upload_blob("x", b"2", overwrite=True)
    await until(lambda: len(app.seen) == 2)
    await app.stop()
    await container.upload_blob("y", b"3")
    app = await run(source)
    await until(lambda: app.seen)
    await container.upload_blob("z", b"4")
    await until(lambda: len(app.seen) == 2)
    assert app.seen == [b"3", b"4"]


async def test_a_blob_whose_name_does_not_match_is_left_alone(run, container):
    app = await run(
        TRIGGER.replace("{name}", "in/{name}.txt") + "def work(blob: func.InputStream):\n    seen.append(blob.name)\n"
    )
    for name in ("in/a.pdf", "out/b.txt", "in/c.txt"):
        await container.upload_blob(name, b"x")
    assert await until(lambda: app.seen) == [f"{container.container_name}/in/c.txt"]


async def test_after_five_tries_a_message_is_on_the_poison_queue(run, container, azurite):
    app = await run(
        TRIGGER + 'def work(blob: func.InputStream):\n    seen.append(blob.name)\n    raise ValueError("no")\n'
    )
    await container.upload_blob("bad", b"x")
    async with async_queue_client(azurite, POISON_QUEUE) as queue:
        while not (found := await poisoned(queue, container.container_name)):
            pass
    assert len(app.seen) == 5
    assert found[0]["BlobName"] == "bad"
    assert found[0]["FunctionId"] == "Host.Functions.work"


async def poisoned(queue, container: str) -> list[dict[str, str]]:
    from azure.core.exceptions import ResourceNotFoundError

    try:
        messages = await queue.peek_messages(32)
    except ResourceNotFoundError:
        return []
    found = [json.loads(base64.b64decode(message.content)) for message in messages]
    return [message for message in found if message["ContainerName"] == container]


async def test_no_more_run_at_once_than_host_json_allows(run, container):
    for n in range(8):
        await container.upload_blob(str(n), b"x")
    app = await run(
        "running = 0\n"
        + TRIGGER
        + """
async def work(blob: func.InputStream):
    global running
    running += 1
    seen.append(running)
    await asyncio.sleep(0.05)
    running -= 1
""",
        host_json='{"version": "2.0", "extensions": {"blobs": {"maxDegreeOfParallelism": 2}}}',
    )
    await until(lambda: len(app.seen) == 8)
    assert max(app.seen) == 2


async def test_a_blob_output_is_written_where_the_captures_say(run, container):
    app = await run(
        '@app.blob_output(arg_name="out", path="%CONTAINER%/done/{name}", connection="AzureWebJobsStorage")\n'
        + TRIGGER.replace("{name}", "in/{name}")
        + """
def work(blob: func.InputStream, out: func.Out[bytes]):
    out.set(blob.read().upper())
    seen.append(1)
"""
    )
    await container.upload_blob("in/x.txt", b"text")
    await until(lambda: app.seen)
    await app.stop()
    assert await (await container.download_blob("done/x.txt")).readall() == b"TEXT"


async def test_a_blob_input_is_read_for_the_function(run, container):
    app = await run(
        '@app.blob_input(arg_name="other", path="%CONTAINER%/more/{name}", connection="AzureWebJobsStorage")\n'
        + TRIGGER.replace("{name}", "in/{name}")
        + """
def work(blob: func.InputStream, other: bytes):
    seen.append(other)
"""
    )
    await container.upload_blob("more/x.txt", b"more")
    await container.upload_blob("in/x.txt", b"text")
    assert await until(lambda: app.seen) == [b"more"]


CLIENTS = "from azurefunctions.extensions.bindings.blob import BlobClient, ContainerClient, StorageStreamDownloader\n"


@pytest.mark.parametrize(
    ("kind", "reading", "expected"),
    [
        ("BlobClient", "client.container_name, client.blob_name, client.download_blob().readall()", b"content"),
        ("StorageStreamDownloader", "client.properties.container, client.name, client.readall()", b"content"),
        (
            "ContainerClient",
            "client.container_name, 'a/b c.txt', client.download_blob('a/b c.txt').readall()",
            b"content",
        ),
    ],
)
async def test_a_parameter_that_is_a_client_gets_one(kind, reading, expected, run, container):
    app = await run(f"{CLIENTS}{TRIGGER}def work(blob: {kind}):\n    client = blob\n    seen.append(({reading}))\n")
    await container.upload_blob("a/b c.txt", b"content")
    assert await until(lambda: app.seen) == [(container.container_name, "a/b c.txt", expected)]


async def test_a_client_costs_no_reading_of_the_blob(run, container, monkeypatch):
    async def never(*_: object) -> bytes:
        raise AssertionError("the blob was read")

    monkeypatch.setattr(blob_content, "_download", never)
    app = await run(f"{CLIENTS}{TRIGGER}async def work(blob: BlobClient):\n    seen.append(blob.blob_name)\n")
    await container.upload_blob("x", b"content")
    assert await until(lambda: app.seen) == ["x"]


@pytest.mark.usefixtures("no_http_v2")
async def test_an_input_may_be_a_client_too(run, container):
    both = "".join(
        f'@app.blob_input(arg_name="{name}", path="%CONTAINER%{path}", connection="AzureWebJobsStorage")\n'
        for name, path in (("one", "/{name}"), ("every", ""))
    )
    app = await run(
        f"""{CLIENTS}
@app.route(route="read/{{name}}")
{both}def read(req: func.HttpRequest, one: BlobClient, every: ContainerClient) -> str:
    return f"{{one.download_blob().readall().decode()}} of {{sorted(every.list_blob_names())}}"
"""
    )
    await container.upload_blob("x", b"content")
    await container.upload_blob("y", b"")
    assert (await app.http.get("/api/read/x")).text == "content of ['x', 'y']"
