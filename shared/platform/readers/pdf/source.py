"""An open PDF: pages by number, its info dictionary, and plain errors instead of pdfium's codes."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pypdfium2_raw as pdfium

from shared.platform.readers import Corrupt, Encrypted, TooManyPages
from shared.platform.readers.pdf.geometry import Page
from shared.platform.readers.pdf.glyphs import PageReader

_PASSWORD, _SECURITY = 4, 5  # FPDF_GetLastError


@contextmanager
def opened(path: Path, most_pages: int) -> Iterator[Any]:
    """Open a PDF that needs no password and has at least one page and not too many."""
    pdfium.FPDF_InitLibrary()
    source = pdfium.FPDF_LoadDocument(str(path).encode(), None)
    if not source:
        raise Encrypted if pdfium.FPDF_GetLastError() in (_PASSWORD, _SECURITY) else Corrupt
    try:
        count = pdfium.FPDF_GetPageCount(source)
        if count > most_pages:
            raise TooManyPages(f"The PDF has {count} pages; at most {most_pages} can be read.")
        if count < 1:
            raise Corrupt("The PDF has no pages.")
        yield source
    finally:
        pdfium.FPDF_CloseDocument(source)


def pages(source: Any) -> Iterator[Page | None]:
    """Each page as read, or None for one that pdfium cannot load."""
    for index in range(pdfium.FPDF_GetPageCount(source)):
        page = pdfium.FPDF_LoadPage(source, index)
        yield _read(page, index + 1) if page else None


def _read(page: Any, number: int) -> Page | None:
    text = pdfium.FPDFText_LoadPage(page)
    try:
        return PageReader(page, text, number).read() if text else None
    finally:
        if text:
            pdfium.FPDFText_ClosePage(text)
        pdfium.FPDF_ClosePage(page)


def info(source: Any, key: str) -> str:
    """An entry of the info dictionary, "" where there is none."""
    length = pdfium.FPDF_GetMetaText(source, key.encode(), None, 0)
    buffer = ctypes.create_string_buffer(min(length, 4096))
    pdfium.FPDF_GetMetaText(source, key.encode(), buffer, len(buffer))
    return buffer.raw.decode("utf-16-le", "ignore").split("\0", 1)[0].strip()
