"""The host as a process of its own, with its own Azurite: how it starts, is killed and stops."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.host.azurite import Azurite
from tests.conftest import MODULES
from tests.local.host.conftest import V1, V2, container_client, encoded, queue_client, write_app

ROOT = Path(__file__).parents[3]


class Process:
    """`python -m local.host` on a folder."""

    def __init__(self, folder: Path, data: Path) -> None:
        command = [sys.executable, "-m", "local.host", str(folder), "--port", "0", "--data", str(data)]
        with (data.parent / "host.err").open("ab") as errors:
            self.popen = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert self.popen.stdout is not None
        self.first_line = self.popen.stdout.readline().strip()
        self.url = self.first_line.partition(" ")[2]

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.popen.send_signal(number)
        assert self.popen.stdout is not None
        self.popen.stdout.close()
        return self.popen.wait(30)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[[str], Process]]:
    processes: list[Process] = []

    def start(source: str) -> Process:
        processes.append(Process(write_app(tmp_path / "app", source), tmp_path / "data"))
        return processes[-1]

    (tmp_path / "data").mkdir()
    yield start
    for process in processes:
        if process.popen.poll() is None:
            process.kill()
    if (tmp_path / "data" / "azurite.json").exists():
        Azurite.open(tmp_path / "data", MODULES).stop()


def wait_for(condition: Callable[[], Any], seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "what the test waits for did not happen"
        time.sleep(0.01)
    return value


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def test_it_says_when_it_serves_and_ends_at_sigterm_with_its_azurite(started, tmp_path):
    process = started(
        V2 + '@app.route(route="x")\nasync def x(req: Request) -> Response:\n    return Response("here")\n'
    )
    assert process.first_line.startswith("ready http://127.0.0.1:")
    assert httpx.get(process.url + "/api/x").text == "here"
    azurite = Azurite.open(tmp_path / "data", MODULES)
    assert process.end() == 0
    with pytest.raises(ProcessLookupError):
        os.kill(azurite.pid, 0)


BUSY = """
import time
@app.route(route="{{kind}}")
async def busy(req: Request) -> Response:
    pathlib.Path(__file__).with_name("began").touch()
    {}
    return Response()
"""


@pytest.mark.parametrize(
    "work",
    ["await asyncio.sleep(600)", "await asyncio.to_thread(time.sleep, 600)", "time.sleep(600)", "while True: pass"],
)
def test_it_ends_at_sigterm_whatever_a_function_does(work, started, tmp_path):
    process = started("import pathlib\n" + V2 + BUSY.replace("{{kind}}", "x").format(work))
    with ThreadPoolExecutor(1) as pool:
        request = pool.submit(httpx.get, process.url + "/api/x", timeout=60)
        wait_for((tmp_path / "app" / "began").exists)
        process.end()
        with contextlib.suppress(httpx.HTTPError):
            assert request.result().status_code >= 500


def test_it_ends_at_a_signal_while_it_starts(tmp_path):
    source = "import pathlib, time\npathlib.Path(__file__).with_name('began').touch()\ntime.sleep(600)\n"
    folder = write_app(tmp_path / "app", source)
    command = [sys.executable, "-m", "local.host", str(folder), "--port", "0", "--data", str(tmp_path / "data")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for((folder / "began").exists)
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=30) == ("", "")
        assert process.returncode == 130
    assert json.loads((tmp_path / "data" / "azurite.json").read_text())["pid"] == 0, "its Azurite was ended"


def test_an_azurite_that_dies_is_started_again(started, tmp_path):
    trigger = '@app.queue_trigger(arg_name="m", queue_name="work", connection="AzureWebJobsStorage")\n'
    note = "    pathlib.Path(__file__).with_name(m).touch()\n"
    process = started("import pathlib\n" + V1 + trigger + "def run(m: str):\n" + note)
    first = Azurite.open(tmp_path / "data", MODULES)
    os.kill(first.pid, signal.SIGKILL)
    wait_for(lambda: json.loads((tmp_path / "data" / "azurite.json").read_text())["pid"] not in {0, first.pid})
    Azurite.open(tmp_path / "data", MODULES).wait()
    with queue_client(first.connection_string, "work") as queue:
        wait_for(lambda: _sent(queue, "again"))
    wait_for((tmp_path / "app" / "again").exists)
    assert process.end() == 0


def _sent(queue: Any, text: str) -> bool:
    from azure.core.exceptions import ResourceNotFoundError

    try:
        queue.send_message(encoded(text))
    except ResourceNotFoundError:  # the host has yet to make the queue again
        return False
    return True


@pytest.mark.parametrize(
    ("source", "told"),
    [("import nothing_of_this_name", "ModuleNotFoundError"), ("raise RuntimeError('no key')", "RuntimeError: no key")],
)
def test_an_app_that_cannot_be_imported_ends_it_without_a_traceback(source, told, started, tmp_path):
    process = started(source)
    assert process.popen.wait(30) == 1
    process.popen.stdout.close()
    errors = (tmp_path / "host.err").read_text()
    assert told in errors
    assert "Traceback" not in errors


def test_a_refused_app_ends_with_its_faults(started, tmp_path):
    process = started(V1 + '@app.route(route="x")\ndef x():\n    pass\n@app.route(route="y")\ndef y():\n    pass\n')
    assert process.popen.wait(30) == 1
    process.popen.stdout.close()
    errors = (tmp_path / "host.err").read_text()
    assert "cannot load the x function" in errors
    assert "cannot load the y function" in errors
    assert "Traceback" not in errors


def test_a_second_host_on_the_data_is_refused_and_leaves_the_first_alone(started, tmp_path):
    source = V2 + '@app.route(route="x")\nasync def x(req: Request) -> Response:\n    return Response("here")\n'
    first, second = started(source), started(source)
    assert second.popen.wait(30) == 1
    second.popen.stdout.close()
    assert "another host (process " in (tmp_path / "host.err").read_text()
    Azurite.open(tmp_path / "data", MODULES).wait(1)
    assert httpx.get(first.url + "/api/x").text == "here"


# A run is written down when it begins and when it ends; only the first host hangs.
WORK = """
import os, pathlib, time
def work(item):
    folder = pathlib.Path(__file__).parent
    with (folder / "began").open("a") as file:
        file.write(item + "\\n")
    if not (folder / "go").exists():
        time.sleep(600)
    with (folder / "ended").open("a") as file:
        file.write(item + "\\n")
"""


def test_messages_in_hand_when_the_host_is_killed_are_handled_by_the_next(started, tmp_path):
    source = (
        V1
        + WORK
        + """
@app.queue_trigger(arg_name="msg", queue_name="work", connection="AzureWebJobsStorage")
def run(msg: func.QueueMessage):
    work(msg.get_body().decode())
"""
    )
    process = started(source)
    connection = Azurite.open(tmp_path / "data", MODULES).connection_string
    with queue_client(connection, "work") as queue:
        sent = [f"m{n}" for n in range(40)]
        for text in sent:
            queue.send_message(encoded(text))
        wait_for(lambda: len(lines(tmp_path / "app" / "began")) >= 3)
        process.kill()
        (tmp_path / "app" / "go").touch()
        started(source)
        wait_for(lambda: set(lines(tmp_path / "app" / "ended")) == set(sent))
        wait_for(lambda: queue.get_queue_properties().approximate_message_count == 0)


def test_blobs_in_hand_when_the_host_is_killed_are_handled_by_the_next(started, tmp_path):
    source = (
        V1
        + WORK
        + """
@app.blob_trigger(arg_name="blob", path="uploads/{name}", connection="AzureWebJobsStorage", source="EventGrid")
def run(blob: func.InputStream):
    work(blob.name)
"""
    )
    process = started(source)
    connection = Azurite.open(tmp_path / "data", MODULES).connection_string
    with container_client(connection, "uploads") as container:
        container.create_container()
        names = [f"b{n}" for n in range(30)]
        for name in names[:20]:
            container.upload_blob(name, name.encode())
        wait_for(lambda: len(lines(tmp_path / "app" / "began")) >= 3)
        process.kill()
        for name in names[20:]:
            container.upload_blob(name, name.encode())
    (tmp_path / "app" / "go").touch()
    started(source)
    expected = sorted(f"uploads/{name}" for name in names)
    wait_for(lambda: len(lines(tmp_path / "app" / "ended")) == len(expected))
    assert sorted(lines(tmp_path / "app" / "ended")) == expected


def test_messages_and_blobs_are_taken_up_within_a_quarter_of_a_second(started, tmp_path):
    note = """
import pathlib, time
def note(name):
    pathlib.Path(__file__).with_name(name).write_text(str(time.time()))
@app.queue_trigger(arg_name="msg", queue_name="work", connection="AzureWebJobsStorage")
async def message(msg: func.QueueMessage):
    note(msg.get_body().decode())
@app.blob_trigger(arg_name="blob", path="uploads/{name}", connection="AzureWebJobsStorage")
async def blob(blob: func.InputStream):
    note(blob.name.partition("/")[2])
"""
    started(V1 + note)
    connection = Azurite.open(tmp_path / "data", MODULES).connection_string

    def latency(write: Callable[[str], Any], name: str) -> float:
        write(name)
        written, noted = time.time(), tmp_path / "app" / name
        return float(wait_for(lambda: noted.exists() and noted.read_text())) - written

    with (
        queue_client(connection, "work") as queue,
        container_client(connection, "uploads") as container,
    ):
        container.create_container()
        messages = [latency(lambda name: queue.send_message(encoded(name)), f"m{n}") for n in range(5)]
        blobs = [latency(lambda name: container.upload_blob(name, b""), f"b{n}") for n in range(5)]
    assert sorted(messages)[2] < 0.25, messages
    assert sorted(blobs)[2] < 0.25, blobs
