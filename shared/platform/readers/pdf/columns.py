"""The reading order of a page: full-width lines cut it into bands, and each band is read column by column."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from shared.platform.readers.pdf.geometry import Line, Run

_NARROWEST = 7.0  # points between two columns: at 14, papers whose columns stand close are read across them
# how much of the text may run across: the cleanest gap wins. At a quarter at once, ReScience's notes are mixed into its
# text; without the quarter, a front page of Elsevier's is read across; at a half, titles and tables are cut in two
_CROSSED = (0.0, 0.08, 0.16, 0.25)
_OVER = 2.0  # points that a line may reach into a gutter: at none, rows of a list or a table are cut off
_ONE_GUTTER = 5.0  # points: gutters are measured between ragged lines; half or twice as much finds the same
_LEAST_LINES = 3  # of a column: at twice, a title page of few lines is read across
_DEEPEST = 4  # columns within columns: a bound on hostile pages, no real one goes so deep
_SHORTEST = 60.0  # points of a line of text: at half, the labels of references ("[Bo98]") are a column
_PAGES_ASKED = 60  # a bound for books; articles are shorter
_STRIPE = 24.0  # points: rows further apart are not compared, which changes the time only
_WIDEST_MARK = 3.0  # times the size of the text that it is set to: at half, subscripts are lines of their own
# without it, the notes beside ReScience's text are indices to its lines
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
    found = [gutter for lines in pages[:_PAGES_ASKED] if (gutter := _gutter(lines))]
    alike = {one: sum(abs(one - other) < _ONE_GUTTER for other in found) for one in found}
    best = max(found, key=lambda one: alike[one], default=None)
    # by one page alone, authors and listings are cut in two; by four, short papers have no usual gutter
    return best if best and alike[best] >= 2 else None


def columns_of(lines: list[Line], usual: float | None = None) -> list[Column]:
    """All lines of a page as columns in reading order; notes in a margin come last."""
    lines = [_joined(row) for row in _gathered(lines, _is_mark)]
    found = _split(sorted(lines, key=lambda line: (line.base, line.x0)), 0, usual) if lines else []
    return [column for column in found if not column.margin] + [column for column in found if column.margin]


def _sides(lines: list[Line], gutter: float) -> tuple[list[Line], list[Line]]:
    return [line for line in lines if line.x1 <= gutter + _OVER], [line for line in lines if line.x0 >= gutter - _OVER]


def _crosses(line: Line, gutter: float) -> bool:
    return line.x0 < gutter - _OVER and line.x1 > gutter + _OVER


def _fits(lines: list[Line], gutter: float) -> bool:
    """Whether most lines of a page keep to one side of the usual gutter."""
    across = sum(_crosses(line, gutter) for line in lines)
    # at one line a side, the end of a sentence is a column; at half the share, a title page with a listing is read
    # across (IEEE), and at twice, a page of one column is parted
    return min(map(len, _sides(lines, gutter))) >= _LEAST_LINES and across < 0.3 * len(lines)


def _split(lines: list[Line], depth: int, usual: float | None = None) -> list[Column]:
    gutter = _gutter(lines) if depth < _DEEPEST else None
    if gutter is None and usual is not None and _fits(lines, usual):
        gutter = usual
    if gutter is None:
        return [_column(lines)]
    left, right = _sides(lines, gutter)
    margins = _is_margin(left, right), _is_margin(right, left)
    found: list[Column] = []
    for band in _bands(lines, gutter):
        sides = _sides(band, gutter)
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
        full = _crosses(line, gutter)
        if full != was_full:
            bands.append([])
            was_full = full
        bands[-1].append(line)
    return bands


def _gutter(lines: list[Line]) -> float | None:
    """The middle of the widest upright gap that hardly a line crosses and that has columns of text on both sides."""
    if len(lines) < 2 * _LEAST_LINES:
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
    return all(len(side) >= _LEAST_LINES and _fills(side) for side in (left, right))


def _fills(side: list[Line], share: float = 0.4) -> bool:
    """Whether lines mostly run over the whole width of their column, as text does and cells of a table do not.

    Text asks for little: at twice the share, columns of references or with many headings are read across; at half,
    tables and posters are columns.
    """
    width = max(line.x1 for line in side) - min(line.x0 for line in side)
    # much shorter than their column are cells, labels in drawings and formulas; at 0.9 ragged text is too
    long = sum(line.width > max(0.6 * width, _SHORTEST) for line in side)
    return 0 < long >= share * len(side)


def _is_margin(side: list[Line], other: list[Line]) -> bool:
    """Notes: narrow, and beside text."""
    # one line alone is a caption or a number; four are needed to tell a note beside them from a heading of a page
    if len(side) < 2 or len(other) < 4:
        return False
    width = max(line.x1 for line in side) - min(line.x0 for line in side)
    other_width = max(line.x1 for line in other) - min(line.x0 for line in other)
    letters = sum(line.letters for line in side)
    # at half the width, wide margins are mixed into the text beside them, and at twice the letters short notes are; at
    # half the letters a line, numerals and labels are notes
    notes = letters > 4 * len(side) and width < 0.42 * other_width
    # at twice the share, text that a table interrupts has no margin (JOSE); with none, a table has one
    return notes and _fills(other, 0.2)


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
    # at 0.8 of the size, labels in drawings come apart. Half the size away stands the rest of a word from its drop cap;
    # at half, marks of authors join the title (JOSE), and at twice, neighbouring lines of a table are one
    if line.size >= 0.93 * first.size or abs(first.base - line.base) > 0.6 * first.size:
        return False
    apart = min(max(line.x0 - one.x1, one.x0 - line.x1) for one in row)
    # at half, marks after a name join the title (JOSE), and at twice, fractions come apart
    return apart < 1.5 * first.size and not _overlaps(row, line)


def _overlaps(row: list[Line], line: Line) -> bool:
    # without a point of tolerance, marks that are set tight to a name stand in a line of their own
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
        # at half, letters of formulas come apart; at twice, words that are set tight become one
        parted = gap > 0.15 * run.style.size or (line is not owner and run.text[:1].isalnum())
        if joined and parted and not joined[-1].text.endswith(" "):
            before = joined[-1]
            joined[-1] = Run(before.text + " ", [*before.edges, run.edges[0]], before.base, before.style, before.at)
        joined.append(run)
        owner = line
    return Line(joined, row[0].page, cells)
