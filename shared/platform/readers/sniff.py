"""What a file is, from its first and last bytes and never from its name."""

from __future__ import annotations

import re
from typing import Literal

Format = Literal["empty", "pdf", "docx", "zip", "gzip", "vtt", "srt", "html", "text", "unknown", "polyglot"]

HEAD = 4096
"""Bytes from the start that ``sniff`` wants to see."""
TAIL = 70_000
"""Bytes from the end: the end record of a ZIP archive is within 65,557."""

_PDF_WITHIN = 1024
_MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|iframe|svg|\?php)\b", re.IGNORECASE)
_CUE = re.compile(rb"\A\s*\d+[^\S\n]*\n\s*\d{1,2}:\d{2}:\d{2}[,.]\d{1,3}\s*-->")
_OTHER_MAGIC = (
    b"PK\x03\x04",
    b"\x1f\x8b\x08",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"MZ",
    b"\x7fELF",
    b"%!PS",
    b"Rar!",
    b"7z\xbc",
)


def sniff(head: bytes, tail: bytes) -> Format:
    """The format of a file from its first ``HEAD`` and last ``TAIL`` bytes."""
    if not head:
        return "empty"
    if 0 <= head.find(b"%PDF-") < _PDF_WITHIN:
        return _pdf(head, tail)
    if head.startswith(b"PK\x03\x04"):
        return _archive(head, tail)
    return _signed(head) or _text(head)


def _pdf(head: bytes, tail: bytes) -> Format:
    before = head[: head.find(b"%PDF-")]
    after = tail[tail.rfind(b"%%EOF") :] if b"%%EOF" in tail else b""
    several = before.lstrip().startswith(_OTHER_MAGIC) or _MARKUP.search(before) or _MARKUP.search(after)
    return "polyglot" if several or _is_archive_too(tail) else "pdf"


def _is_archive_too(tail: bytes) -> bool:
    """Whether an unzip program would open it; an attachment inside the PDF ends before the last ``%%EOF``."""
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        return False
    comment = int.from_bytes(tail[at + 20 : at + 22], "little")
    return at > tail.rfind(b"%%EOF") or at + 22 + comment == len(tail)


def _archive(head: bytes, tail: bytes) -> Format:
    if b"%PDF-" in head or tail.rstrip().endswith(b"%%EOF"):
        return "polyglot"
    return "docx" if b"word/" in head or b"word/document.xml" in tail else "zip"


def _signed(head: bytes) -> Format | None:
    start = head.removeprefix(b"\xef\xbb\xbf")
    if start.startswith(b"WEBVTT"):
        return "vtt"
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    if _CUE.match(start):
        return "srt"
    return "html" if _MARKUP.match(start.lstrip()) else None


def _text(head: bytes) -> Format:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    if b"\0" in head or b"%PDF-" in head:
        return "unknown"
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return "text" if error.start > len(head) - 4 else "unknown"
    return "text"
