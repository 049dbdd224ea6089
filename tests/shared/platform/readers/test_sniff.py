import io
import zipfile

import pytest

from shared.platform.readers.sniff import HEAD, TAIL, sniff
from tests.shared.platform.readers import pdfs


def of(content: bytes) -> str:
    return sniff(content[:HEAD], content[-TAIL:])


def a_zip(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, "content")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty"),
        (pdfs.plain(), "pdf"),
        (b"\n" * 500 + pdfs.plain(), "pdf"),
        (pdfs.plain() + b"\0" * 5000, "pdf"),
        (b"x" * 2000 + pdfs.plain(), "unknown"),
        (b"<!DOCTYPE html><html>hello</html>", "html"),
        (a_zip("README.md"), "zip"),
        (a_zip("[Content_Types].xml", "word/document.xml"), "docx"),
        (b"\x1f\x8b\x08\0rest", "gzip"),
        (b"\xef\xbb\xbfWEBVTT\n\n00:01.000 --> 00:02.000\nhi", "vtt"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nhi", "srt"),
        ("Anna: Grüße".encode(), "text"),
        (b"\x7fELF\0\0\0\xff", "unknown"),
    ],
)
def test_the_format_is_told_by_the_content(content: bytes, expected: str):
    assert of(content) == expected


@pytest.mark.parametrize(
    "content",
    [
        pdfs.plain() + a_zip("a.txt"),
        a_zip("a.txt") + pdfs.plain(),
        b"<html><script>alert(1)</script>" + pdfs.plain(),
        pdfs.plain() + b"<script>alert(1)</script>",
        b"GIF89a" + pdfs.plain(),
    ],
    ids=["zip after", "zip before", "html before", "html after", "gif before"],
)
def test_several_formats_in_one_file_are_noticed(content: bytes):
    assert of(content) == "polyglot"


def test_an_archive_attached_inside_a_pdf_is_no_polyglot():
    content = pdfs.plain()
    at = content.index(b"endobj")
    assert of(content[:at] + a_zip("a.txt") + content[at:]) == "pdf"


def test_text_cut_within_a_character_is_still_text():
    assert sniff("ü".encode() * HEAD, b"")[:4] == "text"
    assert sniff(("a" + "ü" * HEAD).encode()[:HEAD], b"") == "text"
