"""What is painted on a page before and after its text, so that text nobody sees can be told apart."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import Any

import pypdfium2_raw as pdfium

from shared.platform.readers.pdf.geometry import Box

_STRIPE = 24.0  # points: paints are kept by horizontal stripe, which changes the time only
_DEEPEST = 6  # forms within forms: a bound on hostile pages
_OPAQUE = 250  # of 255: less lets a text below shine through
_PLAINEST = 6  # segments: a rectangle has no more, closed or not; a shape of more may leave its box open
_HAIRLINE = 2.0  # points: rules and frames hide no letter
_LARGE = 16.0  # points: what is smaller hides no sentence, so its clip does not matter
Matrix = tuple[float, float, float, float, float, float]
UPRIGHT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(slots=True, frozen=True)
class Paint:
    """An opaque fill (with its colour) or a picture (without) and its place in painting order."""

    order: int
    box: Box
    colour: tuple[int, int, int] | None
    plain: bool
    """Whether it is a rectangle, which covers all of its box."""


@dataclass(slots=True)
class Canvas:
    """The paints of a page, and the painting order of its text objects by address."""

    order: dict[int, int] = field(default_factory=dict)
    stripes: dict[int, list[Paint]] = field(default_factory=dict)
    picture_area: float = 0.0

    def covers(self, box: Box, order: int) -> list[Paint]:
        """Rectangles painted after a text that lie over any of it."""
        return [one for one in self._near(box) if one.order > order and one.plain and one.colour and one.box.meets(box)]

    def behind(self, x: float, y: float, order: int) -> tuple[int, int, int] | None:
        """The colour behind a point, white where nothing is painted, None where a picture is."""
        near = self._near(Box(x, y, x, y))
        below = [one for one in near if one.order < order and one.box.holds(x, y)]
        return max(below, key=lambda one: one.order).colour if below else (255, 255, 255)

    def _near(self, box: Box) -> list[Paint]:
        first, last = _stripe(box.top), _stripe(box.bottom)
        found = [one for stripe in range(first, last + 1) for one in self.stripes.get(stripe, ())]
        return found if first == last else list({one.order: one for one in found}.values())

    def add(self, paint: Paint) -> None:
        for stripe in range(_stripe(paint.box.top), _stripe(paint.box.bottom) + 1):
            self.stripes.setdefault(stripe, []).append(paint)


def canvas_of(page: Any, area: Box) -> Canvas:
    """Walk the objects of a page, and of forms in it, in painting order; ``area`` is the page in its coordinates."""
    canvas = Canvas()
    _walk(canvas, area, UPRIGHT, page, depth=0)
    return canvas


def _walk(canvas: Canvas, area: Box, matrix: Matrix, holder: Any, *, depth: int) -> None:
    inside = depth > 0
    count = pdfium.FPDFFormObj_CountObjects(holder) if inside else pdfium.FPDFPage_CountObjects(holder)
    get = pdfium.FPDFFormObj_GetObject if inside else pdfium.FPDFPage_GetObject
    for index in range(max(count, 0)):
        item = get(holder, index)
        kind = pdfium.FPDFPageObj_GetType(item)
        canvas_order = len(canvas.order)
        canvas.order[ctypes.cast(item, ctypes.c_void_p).value or 0] = canvas_order
        if kind == pdfium.FPDF_PAGEOBJ_PATH:
            _add_path(canvas, area, matrix, item, canvas_order)
        elif kind in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING):
            _add_picture(canvas, area, matrix, item, canvas_order)
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
            _walk(canvas, area, _times(_matrix(item), matrix), item, depth=depth + 1)


def _add_path(canvas: Canvas, area: Box, matrix: Matrix, item: Any, order: int) -> None:
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium.FPDFPath_GetDrawMode(item, mode, stroke) or not mode.value:
        return
    box = _bounds(item, matrix, area)
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if box is None or not pdfium.FPDFPageObj_GetFillColor(item, red, green, blue, alpha) or alpha.value < _OPAQUE:
        return
    plain = pdfium.FPDFPath_CountSegments(item) <= _PLAINEST and not pdfium.FPDFPageObj_HasTransparency(item)
    canvas.add(Paint(order, box, (red.value, green.value, blue.value), plain))


def _add_picture(canvas: Canvas, area: Box, matrix: Matrix, item: Any, order: int) -> None:
    box = _bounds(item, matrix, area)
    if box is not None:
        canvas.picture_area += (box.x1 - box.x0) * (box.bottom - box.top)
        canvas.add(Paint(order, box, None, plain=False))


def _bounds(item: Any, matrix: Matrix, area: Box) -> Box | None:
    """The bounds within the page, with y upwards as in the page; None for hairlines and what lies outside."""
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return None
    corners = [_apply(matrix, x, y) for x in (left.value, right.value) for y in (bottom.value, top.value)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    box = Box(min(xs), min(ys), max(xs), max(ys)).within(area)
    if box.x1 - box.x0 > _LARGE and box.bottom - box.top > _LARGE:
        box = _clipped(item, matrix, box)
    return box if box.x1 - box.x0 > _HAIRLINE and box.bottom - box.top > _HAIRLINE else None


def _clipped(item: Any, matrix: Matrix, box: Box) -> Box:
    """What a clip, such as the frame of an embedded figure, leaves of a box."""
    clip = pdfium.FPDFPageObj_GetClipPath(item)
    for path in range(max(pdfium.FPDFClipPath_CountPaths(clip), 0) if clip else 0):
        points = [_point(clip, path, at) for at in range(max(pdfium.FPDFClipPath_CountPathSegments(clip, path), 0))]
        corners = [_apply(matrix, x, y) for x, y in points]
        if corners:
            xs, ys = [x for x, _ in corners], [y for _, y in corners]
            box = box.within(Box(min(xs), min(ys), max(xs), max(ys)))
    return box


def _point(clip: Any, path: int, at: int) -> tuple[float, float]:
    x, y = ctypes.c_float(), ctypes.c_float()
    pdfium.FPDFPathSegment_GetPoint(pdfium.FPDFClipPath_GetPathSegment(clip, path, at), x, y)
    return x.value, y.value


def _matrix(item: Any) -> Matrix:
    found = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(item, found)
    return (found.a, found.b, found.c, found.d, found.e, found.f)


def _times(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    x, y = _apply(then, e, f)
    return (
        a * then[0] + b * then[2], a * then[1] + b * then[3], c * then[0] + d * then[2], c * then[1] + d * then[3], x, y
    )  # fmt: skip


def _apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _stripe(y: float) -> int:
    return int(y // _STRIPE)
