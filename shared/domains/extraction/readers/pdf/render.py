"""Pages as PNG pictures with the places of quotations marked."""

from __future__ import annotations

import ctypes
import struct
import zlib
from pathlib import Path
from typing import Any

import pypdfium2_raw as pdfium

from shared.domains.extraction.readers import Corrupt
from shared.domains.extraction.readers.limits import Limits
from shared.domains.extraction.readers.pdf import source

_SCALE = 110 / 72  # dots per point
_MOST_PIXELS = 6_000_000
_MARK = (255, 226, 74)
Mark = tuple[int, float, float, float, float]
"""Page, x0, y0, x1, y1 in points from the top left corner."""


def render_pages(path: Path, marks: list[Mark], numbers: list[int], limits: Limits) -> None:
    """Write ``{number}.png`` into the working directory for each page."""
    with source.opened(path, limits.pages) as opened:
        for number in numbers:
            page = pdfium.FPDF_LoadPage(opened, number - 1)
            if not page:
                raise Corrupt(f"Page {number} cannot be shown.")
            picture = _render(page, [mark[1:] for mark in marks if mark[0] == number])
            pdfium.FPDF_ClosePage(page)
            Path(f"{number}.png").write_bytes(picture)


def _render(page: Any, marks: list[tuple[float, float, float, float]]) -> bytes:
    points = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    scale = min(_SCALE, (_MOST_PIXELS / max(points[0] * points[1], 1)) ** 0.5)
    width, height = max(int(points[0] * scale), 1), max(int(points[1] * scale), 1)
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGR, None, 0)
    if not bitmap:
        raise MemoryError
    pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
    flags = pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER
    pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags)
    stride = pdfium.FPDFBitmap_GetStride(bitmap)
    pixels = bytearray(ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * height))
    pdfium.FPDFBitmap_Destroy(bitmap)
    for mark in marks:
        _highlight(pixels, stride, (width, height), [round(value * scale) for value in mark])
    return _png(pixels, stride, width, height)


def _highlight(pixels: bytearray, stride: int, size: tuple[int, int], box: list[int]) -> None:
    """Darken a box by the colour of a text marker, so that the letters stay readable."""
    left, right = max(box[0] - 1, 0), min(box[2] + 1, size[0])
    for y in range(max(box[1], 0), min(box[3], size[1])):
        start = y * stride
        for channel, most in enumerate(_MARK):
            part = slice(start + left * 3 + channel, start + right * 3, 3)
            pixels[part] = pixels[part].translate(_DARKER[most])


_DARKER = {most: bytes(value * most // 255 for value in range(256)) for most in _MARK}


def _png(pixels: bytearray, stride: int, width: int, height: int) -> bytes:
    rows = b"".join(b"\0" + pixels[y * stride : y * stride + width * 3] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
