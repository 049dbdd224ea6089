"""A page's characters from pdfium, as lines of styled runs, with what cannot be seen set aside."""

from __future__ import annotations

import ctypes
import math
from array import array
from dataclasses import dataclass, field
from typing import Any

import pypdfium2_raw as pdfium

from shared.platform.readers.draft import HiddenText, PageSize
from shared.platform.readers.pdf.geometry import Box, Line, Page, Run, Style
from shared.platform.readers.pdf.paint import Canvas, canvas_of
from shared.platform.readers.plain import HiddenReason

_MOST_HIDDEN = 2000  # characters kept for each page and reason: enough for a reader to judge what was hidden
_MOST_ON_PAGE = 200_000  # characters: a hundred full pages
_TINIEST = 3.0  # points: hardly a label is printed smaller; at twice, the marks of every fourth paper are hidden
_ALIKE = 24  # of 255: colours closer than this cannot be told apart; at twice, a pale watermark is hidden text
_FAINTEST = 8  # of 255: ink seen in papers is at 0 or at 102 and more
_UPRIGHT = 5.0  # degrees: a scan slants by less, a label that is turned stands at ten and more
_SCANNED = 0.5  # of a page: figures cover up to 0.4 of it, scans all
_RAISED = 0.05  # times the size: without, marks are part of the word before them, and a line stands at their height
_ZERO_WIDTH = {0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2065), *range(0x2066, 0x206A), 0xFEFF}
_NOTHING = 0x200D
_JOINERS = {0x200C, _NOTHING}
_HYPHENS = {0x02, 0xAD, 0xFFFE}
# 'medi' is the bold of Nimbus Roman, 'cmbx' to 'cmssbx' those of TeX
_BOLD = ("bold", "black", "heavy", "demi", "medi", "cmbx", "sfbx", "cmssbx", "semib")
_ITALIC = ("ital", "obli", "cmti", "cmmi", "sfti")
_FLAG_ITALIC, _FLAG_BOLD = 1 << 6, 1 << 18  # of a font descriptor; some fonts are told by these alone (CMSY, CMMIB)
_MONO = ("mono", "courier", "cmtt", "consol", "sftt", "typewriter", "menlo", "-code")


@dataclass(slots=True)
class Ink:
    """How one text object is set, and why it cannot be seen if so; shared by all its characters."""

    style: Style
    order: int
    hidden: HiddenReason | None
    turned: bool
    covers: list[Any]


@dataclass(slots=True)
class _Pen:
    """The line that is being written, and those already written."""

    page: int
    lines: list[Line] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    edges: list[float] = field(default_factory=list)
    right: float = 0.0
    base: float = 0.0
    style: Style | None = None
    space: bool = False
    next: int = 0

    def put(self, letter: str, left: float, right: float, base: float, style: Style, at: int) -> None:
        size = max(style.size, self.style.size if self.style else 0.0)
        if self.style is not None and not self._follows(left, base, size):
            self.end_line()
        if style is not self.style or abs(base - self.base) > _RAISED * size or at != self.next:
            self._end_run(space=self.space and self.style is not None)
            self.style, self.base = style, base
        elif self.space and self.letters:
            self.letters.append(" ")
            self.edges.append(self.right)
        self.space = False
        self.letters.append(letter)
        self.edges.append(left)
        self.right, self.next = right, at + 1

    def _follows(self, left: float, base: float, size: float) -> bool:
        # half of the gap parts words that are set wide, and twice of it joins cells; accents stand back, marks
        # are raised by up to 0.6 of the size, and the next line stands further away
        return -1.5 * size < left - self.right < 0.95 * size and abs(base - self.base) < 0.6 * size

    def _end_run(self, *, space: bool = False) -> None:
        if self.letters and self.style is not None:
            if space:
                self.letters.append(" ")
                self.edges.append(self.right)
            edges = array("f", self.edges)
            edges.append(self.right)
            text = "".join(self.letters)
            self.runs.append(Run(text, edges, self.base, self.style, self.next - len(text) + text.count(" ")))
        self.letters, self.edges = [], []

    def end_line(self) -> None:
        self._end_run()
        if self.runs:
            self.lines.append(Line(self.runs, self.page))
        self.runs, self.style, self.space = [], None, False


class PageReader:
    """Reads the characters of one loaded page."""

    def __init__(self, page: Any, text: Any, number: int) -> None:
        self.text = text
        self.number = number
        self.turn = pdfium.FPDFPage_GetRotation(page)
        self.area = _area(page)
        self.canvas: Canvas = canvas_of(page, self.area)
        self.inks: dict[int, Ink] = {}
        self.fonts: dict[int, tuple[str, bool, bool, bool]] = {}
        width, height = self.area.x1 - self.area.x0, self.area.bottom - self.area.top
        if self.turn % 2:
            width, height = height, width
        self.result = Page(PageSize(number=number, width=round(width, 2), height=round(height, 2)))
        self.result.scanned = self.canvas.picture_area > _SCANNED * width * height
        self.rect, self.x, self.y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
        self.unseen: dict[HiddenReason, list[str]] = {}
        self.printed = 0
        self.half = 0

    def read(self) -> Page:
        """All characters in content order; pdfium's own line breaks end a line."""
        pens = (_Pen(self.number), _Pen(self.number))
        get = pdfium.FPDFText_GetUnicode
        count = max(pdfium.FPDFText_CountChars(self.text), 0)
        self.result.cut = count > _MOST_ON_PAGE
        for index in range(min(count, _MOST_ON_PAGE)):
            code = get(self.text, index)
            if code in (10, 13):
                pens[0].end_line()
                pens[1].end_line()
                self._break_hidden()
            elif code in (32, 9) or (code > 127 and chr(code).isspace()):
                pens[0].space = pens[1].space = True
                self._break_hidden()
            else:
                self._put(index, self._whole(code), pens)
        for pen in pens:
            pen.end_line()
        self.result.lines, self.result.turned = pens[0].lines, pens[1].lines
        self.result.hidden = [
            HiddenText(text=" ".join("".join(letters).split()), page=self.number, reason=reason)
            for reason, letters in self.unseen.items()
        ]
        return self.result

    def _whole(self, code: int) -> int:
        """The character of two surrogates, which pdfium gives one after the other; the first alone is nothing."""
        half, self.half = self.half, code if 0xD800 <= code < 0xDC00 else 0
        if half and 0xDC00 <= code < 0xE000:
            return 0x10000 + ((half - 0xD800) << 10) + code - 0xDC00
        return _NOTHING if self.half else code

    def _put(self, index: int, code: int, pens: tuple[_Pen, _Pen]) -> None:
        ink = self._ink(index)
        hyphen = code in _HYPHENS and (code == 0xAD or pdfium.FPDFText_IsHyphen(self.text, index) == 1)
        if ink is None or code in _JOINERS:
            return
        if code < 32 and not hyphen:
            self.printed += 1
            self.result.unmapped += 1
            return
        letter = "-" if hyphen else _letter(code)
        if code in _ZERO_WIDTH or 0xE0000 <= code < 0xE0080:
            self._hide("zero_width", chr(code - 0xE0000) if code > 0xE0000 else f"U+{code:04X} ")
            return
        at, self.printed = self.printed, self.printed + 1
        rect, x, y = self.rect, self.x, self.y
        pdfium.FPDFText_GetLooseCharBox(self.text, index, rect)
        pdfium.FPDFText_GetCharOrigin(self.text, index, x, y)
        reason = ink.hidden or self._where_hidden(rect, ink)
        if reason:
            self._hide(reason, letter)
            return
        left, _ = self._displayed(rect.left, rect.bottom)
        right, _ = self._displayed(rect.right, rect.top)
        _, base = self._displayed(x.value, y.value)
        pens[ink.turned].put(letter, min(left, right), max(left, right), base, ink.style, at)

    def _hide(self, reason: HiddenReason, letter: str) -> None:
        letters = self.unseen.setdefault(reason, [])
        if len(letters) < _MOST_HIDDEN:
            letters.append(letter)

    def _break_hidden(self) -> None:
        for reason in self.unseen:
            self._hide(reason, " ")

    def _where_hidden(self, rect: Any, ink: Ink) -> HiddenReason | None:
        x, y = (rect.left + rect.right) / 2, (rect.top + rect.bottom) / 2
        if not self.area.holds(x, y):
            return "off_page"
        if ink.covers and any(cover.box.holds(x, y) for cover in ink.covers):
            return "covered"
        return None

    def _displayed(self, x: float, y: float) -> tuple[float, float]:
        area = self.area
        if self.turn == 0:
            return x - area.x0, area.bottom - y
        if self.turn == 1:
            return y - area.top, x - area.x0
        if self.turn == 2:
            return area.x1 - x, y - area.top
        return area.bottom - y, area.x1 - x

    def _ink(self, index: int) -> Ink | None:
        item = pdfium.FPDFText_GetTextObject(self.text, index)
        address = ctypes.addressof(item.contents) if item else None
        if address is None:
            return None
        if address not in self.inks:
            self.inks[address] = self._new_ink(index, item, address)
        return self.inks[address]

    def _new_ink(self, index: int, item: Any, address: int) -> Ink:
        matrix, size = pdfium.FS_MATRIX(), ctypes.c_float()
        pdfium.FPDFText_GetMatrix(self.text, index, matrix)
        pdfium.FPDFTextObj_GetFontSize(item, size)
        box = self._object_box(index)
        height = math.hypot(matrix.c, matrix.d) * abs(size.value)
        breadth = math.hypot(matrix.a, matrix.b) * abs(size.value)
        seen = box.bottom - box.top
        if min(height, breadth) < _TINIEST < seen:  # Type 3 fonts may be scaled by themselves
            height = breadth = seen
        order = self.canvas.order.get(address, len(self.canvas.order))
        name, bold, italic, mono = self._font(item)
        hidden = self._why_hidden(item, box, order, min(height, breadth))
        angle = math.degrees(math.atan2(matrix.b, matrix.a)) - 90 * self.turn
        return Ink(
            # to a tenth: scaled pages set one text in sizes that differ by rounding
            Style(round(height, 1), bold, italic, mono, name),
            order,
            hidden,
            turned=abs((angle + 180) % 360 - 180) > _UPRIGHT,
            covers=self.canvas.covers(self._extent(item, box), order),
        )

    def _why_hidden(self, item: Any, box: Box, order: int, size: float) -> HiddenReason | None:
        mode = pdfium.FPDFTextObj_GetTextRenderMode(item)
        stroked = mode in (pdfium.FPDF_TEXTRENDERMODE_STROKE, pdfium.FPDF_TEXTRENDERMODE_STROKE_CLIP)
        *colour, alpha = _colour(item, stroked=stroked)
        if mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE:
            return None if self.result.scanned else "invisible"
        if alpha < _FAINTEST:
            return "invisible"
        if size < _TINIEST:
            return "tiny"
        behind = self.canvas.behind((box.x0 + box.x1) / 2, (box.top + box.bottom) / 2, order)
        alike = behind and all(abs(one - other) < _ALIKE for one, other in zip(colour, behind, strict=True))
        return "white" if alike and mode < pdfium.FPDF_TEXTRENDERMODE_CLIP else None

    def _object_box(self, index: int) -> Box:
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        pdfium.FPDFText_GetCharBox(self.text, index, left, right, bottom, top)
        return Box(left.value, bottom.value, right.value, top.value)

    def _extent(self, item: Any, first: Box) -> Box:
        """All of a text object where it stands in the page itself, else its first character's surroundings."""
        left, bottom, right, top = (ctypes.c_float() for _ in range(4))
        if not pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top):
            return first
        box = Box(left.value, bottom.value, right.value, top.value)
        return box if box.meets(first) else self.area

    def _font(self, item: Any) -> tuple[str, bool, bool, bool]:
        font = pdfium.FPDFTextObj_GetFont(item)
        address = ctypes.cast(font, ctypes.c_void_p).value or 0
        if address not in self.fonts:
            self.fonts[address] = _describe(font)
        return self.fonts[address]


def _describe(font: Any) -> tuple[str, bool, bool, bool]:
    buffer = ctypes.create_string_buffer(128)
    length = pdfium.FPDFFont_GetBaseFontName(font, buffer, 128) if font else 0
    name = buffer.value.decode("utf-8", "replace") if 0 < length <= 128 else ""
    name = name.split("+", 1)[-1]
    low, flags = name.lower(), pdfium.FPDFFont_GetFlags(font) if font else 0
    bold = any(word in low for word in _BOLD) or bool(flags > 0 and flags & _FLAG_BOLD)
    italic = any(word in low for word in _ITALIC) or bool(flags > 0 and flags & _FLAG_ITALIC)
    return name, bold, italic, any(word in low for word in _MONO)


def _colour(item: Any, *, stroked: bool) -> tuple[int, int, int, int]:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    get = pdfium.FPDFPageObj_GetStrokeColor if stroked else pdfium.FPDFPageObj_GetFillColor
    if not get(item, red, green, blue, alpha):
        return 0, 0, 0, 255
    return red.value, green.value, blue.value, alpha.value


def _letter(code: int) -> str:
    if code in (0x2010, 0x2011):  # typographic hyphens, which some fonts have for the usual one
        return "-"
    return "\ufffd" if 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)


def _area(page: Any) -> Box:
    """The visible part of the page in its own coordinates, where y points up: ``top`` is the smaller y."""
    rect = pdfium.FS_RECTF()
    if not pdfium.FPDF_GetPageBoundingBox(page, rect):
        return Box(0.0, 0.0, 612.0, 792.0)
    return Box(rect.left, min(rect.bottom, rect.top), rect.right, max(rect.bottom, rect.top))
