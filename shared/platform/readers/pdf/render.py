"""Pages as PNG pictures with the places of quotations marked."""

from __future__ import annotations

import ctypes
import struct
import zlib
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pypdfium2_raw as pdfium

from shared.platform.readers import Corrupt
from shared.platform.readers.limits import Limits
from shared.platform.readers.pdf import source

_SCALE = 110 / 72  # dots per point
_MOST_PIXELS = 6_000_000
_MARK = (255, 226, 74)
Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in points from the top left corner."""


class Picture(NamedTuple):
    """What to draw: a page with these boxes marked."""

    name: str
    page: int
    boxes: list[Box]


class _Drawn(NamedTuple):
    pixels: bytes
    stride: int
    width: int
    height: int
    scale: float


def render_pages(path: Path, pictures: list[Picture], limits: Limits) -> None:
    """Write ``{name}.png`` into the working directory for each picture; each page is drawn once."""
    with source.opened(path, limits.pages) as opened:
        for number, wanted in groupby(sorted(pictures, key=_page), key=_page):
            page = pdfium.FPDF_LoadPage(opened, number - 1)
            if not page:
                raise Corrupt(f"Page {number} cannot be shown.")
            drawn = _draw(page)
            pdfium.FPDF_ClosePage(page)
            for picture in wanted:
                Path(f"{picture.name}.png").write_bytes(_marked(drawn, picture.boxes))


def _page(picture: Picture) -> int:
    return picture.page


def _draw(page: Any) -> _Drawn:
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
    pixels = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * height)
    pdfium.FPDFBitmap_Destroy(bitmap)
    return _Drawn(pixels, stride, width, height, scale)


def _marked(drawn: _Drawn, boxes: list[Box]) -> bytes:
    pixels = bytearray(drawn.pixels)
    for box in boxes:
        _highlight(pixels, drawn.stride, (drawn.width, drawn.height), [round(value * drawn.scale) for value in box])
    return _png(pixels, drawn.stride, drawn.width, drawn.height)


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
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 4)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
