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

_SCALE = 110 / 72  # dots per point
_MOST_PIXELS = 6_000_000
_MARK = (255, 226, 74)
_BAND = 32  # lines
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


def render_pages(opened: Any, pictures: list[Picture]) -> None:
    """Write ``{name}.png`` into the working directory for each picture; each page is drawn once."""
    for number, wanted in groupby(sorted(pictures, key=_page), key=_page):
        page = pdfium.FPDF_LoadPage(opened, number - 1)
        if not page:
            raise Corrupt(f"Page {number} cannot be shown.")
        sheet = _Sheet(_draw(page))
        pdfium.FPDF_ClosePage(page)
        for picture in wanted:
            Path(f"{picture.name}.png").write_bytes(sheet.marked(picture.boxes))


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


class _Sheet:
    """A drawn page, compressed in bands: a picture of it compresses again only the bands that its boxes touch."""

    def __init__(self, drawn: _Drawn) -> None:
        self._drawn = drawn
        self._line = drawn.width * 3 + 1
        stride, wide = drawn.stride, drawn.width * 3
        self._rows = b"".join(b"\0" + drawn.pixels[y * stride : y * stride + wide] for y in range(drawn.height))
        self._bands = [_deflated(self._rows[start:end]) for start, end in self._ranges()]

    def marked(self, boxes: list[Box]) -> bytes:
        """The page as PNG with the boxes marked."""
        rows = bytearray(self._rows)
        touched: set[int] = set()
        for box in boxes:
            left, top, right, bottom = (round(value * self._drawn.scale) for value in box)
            top, bottom = max(top, 0), min(bottom, self._drawn.height)
            self._highlight(rows, max(left - 1, 0), min(right + 1, self._drawn.width), range(top, bottom))
            touched.update(range(top // _BAND, (bottom - 1) // _BAND + 1))
        bands = [
            _deflated(rows[start:end]) if number in touched else self._bands[number]
            for number, (start, end) in enumerate(self._ranges())
        ]
        header = struct.pack(">IIBBBBB", self._drawn.width, self._drawn.height, 8, 2, 0, 0, 0)
        data = b"".join([b"\x78\x01", *bands, b"\x03\x00", struct.pack(">I", zlib.adler32(rows))])
        chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, part) for name, part in chunks)

    def _ranges(self) -> list[tuple[int, int]]:
        size = _BAND * self._line
        return [(start, start + size) for start in range(0, len(self._rows), size)]

    def _highlight(self, rows: bytearray, left: int, right: int, lines: range) -> None:
        """Darken a box by the colour of a text marker, so that the letters stay readable."""
        for y in lines:
            start = y * self._line + 1
            for channel, most in enumerate(_MARK):
                part = slice(start + left * 3 + channel, start + right * 3, 3)
                rows[part] = rows[part].translate(_DARKER[most])


_DARKER = {most: bytes(value * most // 255 for value in range(256)) for most in _MARK}


def _deflated(rows: bytes | bytearray) -> bytes:
    """Compressed so that it can stand anywhere in a stream."""
    packer = zlib.compressobj(2, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(rows) + packer.flush(zlib.Z_FULL_FLUSH)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
