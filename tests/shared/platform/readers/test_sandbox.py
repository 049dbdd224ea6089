import asyncio
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.platform.readers import ERRORS, ReadError
from shared.platform.readers.document import PageBox
from shared.platform.readers.limits import Limits
from shared.platform.readers.sandbox import _environment, read, render
from tests.shared.platform.readers import pdfs

Store = Callable[[bytes], Path]


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


async def test_a_reader_that_takes_too_long_is_killed_and_leaves_its_place(store: Store):
    path = store(pdfs.plain())
    codes = await asyncio.gather(*(code_of(path, Limits(wall_seconds=0.001)) for _ in range(5)))
    assert set(codes) == {"upload.timeout"}
    assert (await read(path)).text == pdfs.SENTENCE


async def test_a_cancelled_reading_leaves_its_place(store: Store):
    path = store(pdfs.plain())
    readings = [asyncio.create_task(read(path)) for _ in range(4)]
    await asyncio.sleep(0)
    for reading in readings:
        reading.cancel()
    await asyncio.gather(*readings, return_exceptions=True)
    assert (await read(path)).text == pdfs.SENTENCE


def test_the_child_sees_no_secret_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOKEN_SIGNING_KEY", "hush")
    assert "hush" not in _environment(tmp_path).values()


def test_every_error_has_a_code_of_its_own():
    assert len(ERRORS) == 11
    assert all(code.startswith("upload.") for code in ERRORS)


async def test_a_page_is_drawn_with_its_marks(store: Store):
    path = store(pdfs.plain())
    document = await read(path)
    marks = document.place(3, 11)
    pictures = await render(path, {"one": marks, "other": document.place(12, 20)})
    assert pictures["one"].startswith(b"\x89PNG")
    assert struct.unpack(">II", pictures["one"][16:24]) == (909, 1286)
    assert pictures["one"] != pictures["other"]


async def test_a_page_that_is_not_there_cannot_be_drawn(store: Store):
    with pytest.raises(ReadError):
        await render(store(pdfs.plain()), {"it": [PageBox(page=2, x0=0, y0=0, x1=9, y1=9)]})
