import asyncio
import os
import signal
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from shared.platform.readers import ERRORS, ReadError
from shared.platform.readers.document import PageBox
from shared.platform.readers.limits import Limits
from shared.platform.readers.process import Process, environment
from shared.platform.readers.sandbox import Readers, read
from shared.platform.scratch import Scratch
from tests.shared.platform.readers import pdfs

Store = Callable[[bytes], Path]
ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    opened = Scratch(tmp_path / "scratch")
    yield opened
    opened.close()


@pytest.fixture
async def readers(scratch: Scratch) -> AsyncIterator[Readers]:
    opened = Readers(scratch)
    yield opened
    await opened.close()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    def save(content: bytes) -> Path:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return path

    return save


async def code_of(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(ReadError) as caught:
        await read(path, limits=limits or Limits())
    assert caught.value.detail
    return caught.value.code


async def test_a_good_file_is_read(store: Store):
    document = await read(store(pdfs.plain()))
    assert document.text == pdfs.SENTENCE
    assert document.page_of(0) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "upload.empty"),
        (b"<html><body>I am a PDF</body></html>", "upload.not_a_pdf"),
        (b"x" * 2000 + pdfs.plain(), "upload.not_a_pdf"),
        (pdfs.plain() + b"<script>1</script>", "upload.polyglot"),
        (pdfs.plain()[:700], "upload.corrupt"),
        (b"%PDF-1.7\n" + b"\xff\0garbage" * 300, "upload.corrupt"),
        (pdfs.encrypted("secret"), "upload.encrypted"),
        (pdfs.scanned(), "upload.scanned"),
        (pdfs.of_pages(3), "upload.scanned"),
        (pdfs.of_pages(5001), "upload.too_many_pages"),
    ],
    ids=["empty", "html", "late header", "polyglot", "truncated", "garbage", "encrypted", "scan", "blank", "pages"],
)
async def test_a_file_that_cannot_be_read_fails_with_its_code(store: Store, content: bytes, code: str):
    assert await code_of(store(content)) == code


async def test_a_password_for_changes_only_does_not_matter(store: Store):
    assert (await read(store(pdfs.encrypted("")))).text == pdfs.SENTENCE


async def test_a_file_above_the_limit_is_not_even_opened(store: Store):
    assert await code_of(store(pdfs.plain()), Limits(file_bytes=100)) == "upload.too_large"


async def test_a_flate_bomb_ends_in_a_plain_state(store: Store):
    code = await code_of(store(pdfs.flate_bomb(300)), Limits(memory_bytes=400_000_000))
    assert code in {"upload.bomb", "upload.corrupt", "upload.scanned"}


async def test_output_beyond_the_limit_is_a_bomb(store: Store):
    assert await code_of(store(pdfs.plain()), Limits(output_bytes=64)) == "upload.bomb"


async def test_a_reader_that_takes_too_long_is_killed_and_leaves_its_place(store: Store, scratch: Scratch):
    path = store(pdfs.plain())
    impatient = Readers(scratch, Limits(wall_seconds=0.001))
    tries = await asyncio.gather(*(impatient.read(path) for _ in range(5)), return_exceptions=True)
    assert {getattr(error, "code", "") for error in tries} == {"upload.timeout"}
    impatient.limits = Limits()
    assert (await impatient.read(path)).text == pdfs.SENTENCE
    await impatient.close()


async def test_a_cancelled_reading_leaves_its_place(store: Store, readers: Readers):
    path = store(pdfs.plain())
    readings = [asyncio.create_task(readers.read(path)) for _ in range(4)]
    await asyncio.sleep(0)
    for reading in readings:
        reading.cancel()
    await asyncio.gather(*readings, return_exceptions=True)
    assert (await readers.read(path)).text == pdfs.SENTENCE


async def waiting(readers: Readers) -> int:
    """The process that waits for the next file."""
    pid = await readers.waiting()
    assert pid is not None
    return pid


async def test_each_file_has_a_process_of_its_own_that_waits_for_it(store: Store, readers: Readers):
    path = store(pdfs.plain())
    seen = set()
    for _ in range(3):
        assert (await readers.read(path)).text == pdfs.SENTENCE
        seen.add(await waiting(readers))
    assert len(seen) == 3


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_a_process_that_was_killed_while_it_waited_is_no_fault_of_the_next_file(
    store: Store, readers: Readers, number: int
):
    path = store(pdfs.plain())
    await readers.read(path)
    os.kill(await waiting(readers), number)
    assert (await readers.read(path)).text == pdfs.SENTENCE


async def test_what_waits_is_held_to_the_limits_of_its_file(store: Store, readers: Readers):
    await readers.read(store(pdfs.plain()))
    await waiting(readers)
    readers.limits = Limits(memory_bytes=400_000_000)
    with pytest.raises(ReadError) as caught:
        await readers.read(store(pdfs.flate_bomb(300)))
    assert caught.value.code in {"upload.bomb", "upload.corrupt", "upload.scanned"}
    await waiting(readers)
    readers.limits = Limits(output_bytes=64)
    with pytest.raises(ReadError, match="output"):
        await readers.read(store(pdfs.plain()))


async def test_no_process_and_no_file_outlives_its_readers(store: Store, tmp_path: Path):
    scratch = Scratch(tmp_path / "scratch")
    readers = Readers(scratch)
    await readers.read(store(pdfs.plain()))
    pid = await waiting(readers)
    await readers.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    scratch.close()
    assert list((tmp_path / "scratch").iterdir()) == []


async def test_a_process_that_died_by_itself_is_ended_in_silence(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    waitpid, ending = os.waitpid, threading.Event()

    def late(pid: int, options: int) -> tuple[int, int]:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        ending.wait(60)
        return waitpid(pid, options)

    monkeypatch.setattr(os, "waitpid", late)
    process = await Process.start(scratch)
    os.kill(process.pid, signal.SIGTERM)
    await asyncio.to_thread(os.waitid, os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    end = asyncio.create_task(process.end())
    await asyncio.sleep(0)
    ending.set()
    await end
    assert caplog.records == []


PARENT = """
import asyncio, sys
from pathlib import Path
from shared.platform.readers.limits import Limits
from shared.platform.readers.process import Process
from shared.platform.scratch import Scratch

async def main():
    scratch = Scratch(Path(sys.argv[1]))
    children = [await Process.start(scratch) for _ in range(2)]
    busy = asyncio.ensure_future(children[1].do({"do": "paper", "path": sys.argv[2]}, Limits()))
    print(*(child.pid for child in children), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_an_idle_and_a_busy_process_end_with_a_parent_that_is_killed_and_the_next_removes_its_files(tmp_path: Path):
    root, endless = tmp_path / "scratch", tmp_path / "endless"
    os.mkfifo(endless)
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(root), str(endless)], stdout=subprocess.PIPE, cwd=ROOT)
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()]
    assert len(list(root.iterdir())) == 1
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 60
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "a reader outlives its parent"
        time.sleep(0.01)
    Scratch(root).close()
    assert list(root.iterdir()) == []


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_the_child_sees_no_secret_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOKEN_SIGNING_KEY", "hush")
    assert "hush" not in environment(tmp_path).values()


def test_nobody_who_asks_for_a_reading_loads_a_parser():
    code = "import sys, shared.platform.readers.sandbox; sys.exit('pypdfium2_raw' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


def test_every_error_has_a_code_of_its_own():
    assert len(ERRORS) == 11
    assert all(code.startswith("upload.") for code in ERRORS)


async def test_a_page_is_drawn_with_its_marks(store: Store, readers: Readers):
    path = store(pdfs.plain())
    document = await readers.read(path)
    boxes = document.place(3, 11)
    pictures = await readers.render(path, {"one": boxes, "other": document.place(12, 20), "same": boxes})
    assert pictures["one"].startswith(b"\x89PNG")
    assert struct.unpack(">II", pictures["one"][16:24]) == (909, 1286)
    assert pictures["one"] == pictures["same"] != pictures["other"]
    rows, blank = rows_of(pictures["one"]), b"\xff\xff\xff"
    (box,) = boxes
    middle, line = round((box.x0 + box.x1) / 2 * 110 / 72), round(box.y0 * 110 / 72)
    marked = [row[1 + middle * 3 : 4 + middle * 3] for row in rows]
    assert (marked[line - 3], marked[line][2] < 100) == (blank, True)
    assert len(rows) == 1286
    assert {row[0] for row in rows} == {0}


def rows_of(png: bytes) -> list[bytes]:
    """The lines of a PNG of one chunk of pixels, each behind its filter's number."""
    width = struct.unpack(">I", png[16:20])[0]
    length = struct.unpack(">I", png[33:37])[0]
    assert struct.unpack(">I", png[41 + length : 45 + length])[0] == zlib.crc32(png[37 : 41 + length])
    pixels = zlib.decompress(png[41 : 41 + length])
    return [pixels[at : at + width * 3 + 1] for at in range(0, len(pixels), width * 3 + 1)]


async def test_pages_are_drawn_by_the_process_that_has_read_the_file(store: Store, readers: Readers):
    path = store(pdfs.plain())
    document = await readers.read(path, stay="it")
    wanted = {"one": document.place(3, 11), "other": document.place(12, 20)}
    expected = await readers.render(path, wanted)
    path.unlink()
    assert await readers.draw("it", wanted, nowhere) == expected


async def test_a_process_stays_for_one_drawing_of_its_own_file(store: Store, readers: Readers):
    path = store(pdfs.plain())
    boxes = {"it": (await readers.read(path, stay="it")).place(3, 11)}
    with pytest.raises(FileNotFoundError):
        await readers.draw("another", boxes, nowhere)
    await readers.draw("it", boxes, nowhere)
    with pytest.raises(FileNotFoundError):
        await readers.draw("it", boxes, nowhere)


async def test_where_nobody_stays_the_file_is_opened_again(store: Store, scratch: Scratch):
    path = store(pdfs.plain())
    hasty = Readers(scratch, stays=0)
    boxes = {"it": (await hasty.read(path, stay="it")).place(3, 11)}
    await waiting_again(hasty)
    with pytest.raises(FileNotFoundError):
        await hasty.draw("it", boxes, nowhere)
    assert (await hasty.draw("it", boxes, lambda: here(path)))["it"].startswith(b"\x89PNG")
    await hasty.close()


async def test_a_process_that_was_killed_while_it_stayed_is_no_fault_of_its_file(store: Store, readers: Readers):
    path = store(pdfs.plain())
    boxes = {"it": (await readers.read(path, stay="it")).place(3, 11)}
    os.kill(only(children()), signal.SIGKILL)
    assert (await readers.draw("it", boxes, lambda: here(path)))["it"].startswith(b"\x89PNG")


async def test_a_drawing_that_the_reading_process_fails_begins_anew(store: Store, readers: Readers):
    path = store(pdfs.plain())
    await readers.read(path, stay="it")
    absent = {"it": [PageBox(page=2, x0=0, y0=0, x1=9, y1=9)]}
    with pytest.raises(ReadError, match="cannot be shown"):
        await readers.draw("it", absent, lambda: here(path))


async def test_few_processes_stay_and_none_outlives_its_readers(store: Store, readers: Readers):
    path = store(pdfs.plain())
    for name in ("first", "second", "third", "third"):
        boxes = {"it": (await readers.read(path, stay=name)).place(3, 11)}
    with pytest.raises(FileNotFoundError):
        await readers.draw("first", boxes, nowhere)
    await readers.draw("second", boxes, nowhere)
    await readers.close()
    assert not children()


@asynccontextmanager
async def here(path: Path) -> AsyncIterator[Path]:
    yield path


@asynccontextmanager
async def nowhere() -> AsyncIterator[Path]:
    raise FileNotFoundError
    yield Path()


async def waiting_again(readers: Readers) -> None:
    """Return once the process that stayed has gone: the next waits then."""
    while await readers.waiting() is None:  # noqa: ASYNC110 -- it is another process's end that is awaited
        await asyncio.sleep(0)


def children() -> set[int]:
    """The readers that this process has started and that live."""
    mine = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return {int(pid) for pid in mine if b"readers.child" in Path(f"/proc/{pid}/cmdline").read_bytes()}


def only(found: set[int]) -> int:
    (one,) = found
    return one


async def test_a_page_that_is_not_there_cannot_be_drawn(store: Store, readers: Readers):
    with pytest.raises(ReadError):
        await readers.render(store(pdfs.plain()), {"it": [PageBox(page=2, x0=0, y0=0, x1=9, y1=9)]})
