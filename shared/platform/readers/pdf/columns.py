"""The reading order of a page: full-width lines cut it into bands, and each band is read column by column."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from shared.platform.readers.pdf.geometry import Line, Run

_NARROWEST = 7.0  # points between two columns: at 14, papers whose columns stand close are read across them
_CROSSED = (0.0, 0.08, 0.16, 0.2, 0.25)  # how much of the text may run across: the cleanest gap wins
_DEEPEST = 4  # columns within columns: a bound on hostile pages, no real one goes so deep
_PAGES_ASKED = 60  # a bound for books; articles are shorter
_STRIPE = 24.0  # points: rows further apart are not compared, which changes the time only
_WIDEST_MARK = 3.0  # times the size of the text that it is set to
_WORD = re.compile(r"[^\W\d_]{3}")


@dataclass(slots=True, eq=False)
class Column:
    """Lines from top to bottom between two x positions."""

    lines: list[Line]
    x0: float
    x1: float
    margin: bool = False
    """Whether it is a narrow column of notes beside the text."""


def usual_gutter(pages: list[list[Line]]) -> float | None:
    """Where most pages with two columns of text part them, for pages of which one could not tell."""
    found = [
        gutter
        for lines in pages[:_PAGES_ASKED]
        for gutter in [_gutter(lines)]
        if gutter and not _parts_margin(lines, gutter)
    ]
    best = max(found, key=lambda one: sum(abs(one - other) < 5 for other in found), default=None)
    return best if best and sum(abs(best - other) < 5 for other in found) >= 2 else None


def columns_of(lines: list[Line], usual: float | None = None) -> list[Column]:
    """All lines of a page as columns in reading order; notes in a margin come last."""
    lines = [_joined(row) for row in _gathered(lines, _is_mark)]
    found = _split(sorted(lines, key=lambda line: (line.base, line.x0)), 0, usual) if lines else []
    return [column for column in found if not column.margin] + [column for column in found if column.margin]


def _parts_margin(lines: list[Line], gutter: float) -> bool:
    left, right = [line for line in lines if line.x1 <= gutter + 2], [line for line in lines if line.x0 >= gutter - 2]
    return _is_margin(left, right) or _is_margin(right, left)


def _fits(lines: list[Line], gutter: float) -> bool:
    """Whether most lines of a page keep to one side of the usual gutter."""
    across = sum(line.x0 < gutter - 2 and line.x1 > gutter + 2 for line in lines)
    sides = sum(line.x1 <= gutter for line in lines), sum(line.x0 >= gutter for line in lines)
    return min(sides) >= 3 and across < 0.3 * len(lines)


def _split(lines: list[Line], depth: int, usual: float | None = None) -> list[Column]:
    gutter = _gutter(lines) if depth < _DEEPEST else None
    if gutter is None and usual is not None and _fits(lines, usual):
        gutter = usual
    if gutter is None:
        return [_column(lines)]
    left, right = [line for line in lines if line.x1 <= gutter + 2], [line for line in lines if line.x0 >= gutter - 2]
    margins = _is_margin(left, right), _is_margin(right, left)
    found: list[Column] = []
    for band in _bands(lines, gutter):
        sides = [[line for line in band if line.x1 <= gutter + 2], [line for line in band if line.x0 >= gutter - 2]]
        if not any(sides):
            found.append(_column(band))
            continue
        for side, margin in zip(sides, margins, strict=True):
            inner = _split(side, depth + 1) if side else []
            for column in inner:
                column.margin = column.margin or margin
            found.extend(inner)
    return found


def _bands(lines: list[Line], gutter: float) -> list[list[Line]]:
    bands: list[list[Line]] = []
    was_full: bool | None = None
    for line in lines:
        full = line.x0 < gutter - 2 and line.x1 > gutter + 2
        if full != was_full:
            bands.append([])
            was_full = full
        bands[-1].append(line)
    return bands


def _gutter(lines: list[Line]) -> float | None:
    """The middle of the widest upright gap that hardly a line crosses and that has columns of text on both sides."""
    if len(lines) < 6:
        return None
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    cover = [0] * (int(right - left) + 2)
    for line in lines:
        for x in range(max(int(line.x0 - left), 0), min(int(line.x1 - left) + 1, len(cover))):
            cover[x] += 1
    most = max(cover)
    for share in _CROSSED:
        gaps = [gap for gap in _gaps(cover, share * most) if gap[1] - gap[0] >= _NARROWEST]
        for first, last in sorted(gaps, key=lambda gap: gap[0] - gap[1]):
            middle = left + (first + last) / 2
            if _is_gutter(lines, middle):
                return middle
    return None


def _gaps(cover: list[int], low: float) -> list[tuple[int, int]]:
    gaps: list[tuple[int, int]] = []
    start: int | None = None
    for x, weight in enumerate(cover):
        if weight <= low and start is None:
            start = x
        elif weight > low and start is not None:
            gaps.append((start, x))
            start = None
    return [gap for gap in gaps if gap[0] > 0]


def _is_gutter(lines: list[Line], middle: float) -> bool:
    left = [line for line in lines if line.x1 <= middle]
    right = [line for line in lines if line.x0 >= middle]
    if _is_margin(left, right) or _is_margin(right, left):
        return True
    return all(len(side) >= 3 and _fills(side) for side in (left, right))


def _fills(side: list[Line], share: float = 0.4) -> bool:
    """Whether lines mostly run over the whole width of their column, as text does and cells of a table do not.

    Text asks for little: at twice the share, columns of references or with many headings are read across.
    """
    width = max(line.x1 for line in side) - min(line.x0 for line in side)
    long = sum(line.width > 0.6 * width and line.width > 60 for line in side)
    return width > 60 and long >= share * len(side)


def _is_margin(side: list[Line], other: list[Line]) -> bool:
    """Notes: narrow, smaller or fewer than the text beside them, and beside it."""
    if len(side) < 2 or len(other) < 4:
        return False
    width = max(line.x1 for line in side) - min(line.x0 for line in side)
    other_width = max(line.x1 for line in other) - min(line.x0 for line in other)
    letters, others = sum(line.letters for line in side), sum(line.letters for line in other)
    # twice as narrow, and wide margins are mixed into the text beside them; more letters, and short notes are
    notes = letters > 4 * len(side) and width < 0.42 * other_width and letters < 0.35 * others
    return notes and _fills(other, 0.2) and _median_size(side) <= _median_size(other)


def _median_size(lines: list[Line]) -> float:
    return sorted(line.size for line in lines)[len(lines) // 2]


def _column(lines: list[Line]) -> Column:
    rows = _rows(lines)
    return Column(rows, min(line.x0 for line in rows), max(line.x1 for line in rows))


def _rows(lines: list[Line]) -> list[Line]:
    """Join what stands on one baseline, indices and parts of formulas included."""
    return sorted((_joined(row) for row in _gathered(lines, _same_row)), key=lambda row: row.base)


def _gathered(lines: list[Line], same: Callable[[list[Line], Line], bool]) -> list[list[Line]]:
    """Lines in rows, each with its largest line first; only rows at about the same height are asked."""
    stripes: dict[int, list[list[Line]]] = {}
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda one: (-round(one.size), one.base)):
        stripe = int(line.base // _STRIPE)
        near = [row for at in (stripe - 1, stripe, stripe + 1) for row in stripes.get(at, ()) if same(row, line)]
        if near:
            min(near, key=lambda row: abs(row[0].base - line.base)).append(line)
        else:
            rows.append([line])
            stripes.setdefault(stripe, []).append(rows[-1])
    return rows


def _same_row(row: list[Line], line: Line) -> bool:
    """Whether a line of at most the row's size sits on it, or is an index to it."""
    first = row[0]
    if _is_index(row, line):
        return True
    # half as much parts the words of lines that are not quite level, twice as much joins neighbouring lines
    return abs(first.base - line.base) <= 0.25 * first.size and not _overlaps(row, line)


def _is_mark(row: list[Line], line: Line) -> bool:
    """Whether a line is an index by its look alone; a note in the margin is smaller and beside too, but has words."""
    narrow = line.width < _WIDEST_MARK * row[0].size
    return narrow and not _WORD.search(line.text) and _is_index(row, line)


def _is_index(row: list[Line], line: Line) -> bool:
    """Whether a smaller line stands raised or lowered right beside a part of the row."""
    first = row[0]
    # a drop cap stands half its size away from the rest of its word
    if line.size >= 0.93 * first.size or abs(first.base - line.base) > 0.6 * first.size:
        return False
    apart = min(max(line.x0 - one.x1, one.x0 - line.x1) for one in row)
    return apart < 1.5 * first.size and not _overlaps(row, line)


def _overlaps(row: list[Line], line: Line) -> bool:
    return any(run.edges[0] < line.x1 - 1 and line.x0 < run.edges[-1] - 1 for one in row for run in one.runs)


def _joined(row: list[Line]) -> Line:
    """One line, with a space where pdfium has a gap or a break; wide gaps part its cells."""
    if len(row) == 1:
        return row[0]
    joined: list[Run] = []
    cells, owner = 1, row[0]
    owned = [(line, run) for line in row for run in line.runs]
    for line, run in sorted(owned, key=lambda one: one[1].edges[0]):
        gap = run.edges[0] - joined[-1].edges[-1] if joined else 0.0
        cells += gap > 1.2 * run.style.size  # at half of it, words that are set wide become cells of a table
        parted = gap > 0.15 * run.style.size or (line is not owner and run.text[:1].isalnum())
        if joined and parted and not joined[-1].text.endswith(" "):
            before = joined[-1]
            joined[-1] = Run(before.text + " ", [*before.edges, run.edges[0]], before.base, before.style, before.at)
        joined.append(run)
        owner = line
    return Line(joined, row[0].page, cells)
