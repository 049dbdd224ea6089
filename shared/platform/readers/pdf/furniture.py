"""Running headers, footers, page numbers and line numbers: found because they come again, and dropped."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from shared.platform.readers.pdf.geometry import Line, Page

# of the page's height: at half, journals' running heads stay in the text; at twice, chapters' first lines go
_ZONE = 0.12
_PAGE_NUMBER = re.compile(
    r"[\W_]*+(?:(?:page|p\.|seite)[\W_]*+)?(?:\d{1,5}|[ivxl]{1,7})(?:\s*(?:/|of|von)\s*\d{1,5})?[\W_]*", re.IGNORECASE
)
_NUMBER = re.compile(r"\d{1,4}")
# manuscripts numbered by fives have few a page: at 24 their numbers stay; at 6, numbered algorithms lose theirs
_FEWEST_LINE_NUMBERS = 12
_NEAR = 4  # points: in steps of half that, heads that jump a little from page to page stay

Key = tuple[bool, int, str]


def drop_furniture(pages: list[Page]) -> None:
    """Take out of every page what repeats near the edges of several pages, and numbers that only count."""
    for page in pages:
        page.lines = _without_line_numbers(page.lines)
    counts = Counter(key for page in pages for key in {_key(page, line) for line in _edge_lines(page)})
    for page in pages:
        drop = {id(line) for line in _edge_lines(page) if _is_furniture(page, line, counts, len(pages))}
        page.lines = [line for line in page.lines if id(line) not in drop]


def _is_furniture(page: Page, line: Line, counts: Counter[Key], pages: int) -> bool:
    if pages > 1 and _PAGE_NUMBER.fullmatch(line.text.strip()) and _outermost(page, line):
        return True
    at_top, row, words = _key(page, line)
    # with two in long papers, parts of formulas go (PMLR); with four in short ones, ReScience's heads stay
    again = sum(counts[at_top, near, words] for near in (row - 1, row, row + 1))
    return again >= max(2, min(3, pages // 2)) and (pages > 2 or _outermost(page, line))


def _outermost(page: Page, line: Line) -> bool:
    """Whether no other line lies further out, and none close beside it, as a heading does beside its number."""
    # "2" beside "Problem Setting" goes if one looks less than three letters to its right (PMLR)
    if any(abs(one.base - line.base) < 2 and 0 < one.x0 - line.x1 < 3 * one.size for one in page.lines):
        return False
    if _at_top(page, line):
        return all(other.base > line.base - line.size for other in page.lines)
    return all(other.base < line.base + line.size for other in page.lines)


def _edge_lines(page: Page) -> list[Line]:
    zone = _ZONE * page.size.height
    return [line for line in page.lines if line.base < zone or line.base > page.size.height - zone]


def _key(page: Page, line: Line) -> Key:
    """Where and what, so that only the digits may change from page to page."""
    words = re.sub(r"\d+|\b[ivxl]+\b", "#", line.text.casefold())
    return _at_top(page, line), round(line.base / _NEAR), re.sub(r"[\W_]+", " ", words.replace("#", "0")).strip()


def _at_top(page: Page, line: Line) -> bool:
    return line.base < page.size.height / 2


def _without_line_numbers(lines: list[Line]) -> list[Line]:
    """Numbers that stand one above the other beside the text and count up, as in manuscripts for review."""
    stacks: dict[tuple[str, int], list[Line]] = {}
    for line in lines:
        if _NUMBER.fullmatch(line.text.strip()):
            stacks.setdefault(("left", round(line.x0 / _NEAR)), []).append(line)
            stacks.setdefault(("right", round(line.x1 / _NEAR)), []).append(line)
    drop: set[int] = set()
    for stack in stacks.values():
        stack.sort(key=lambda line: line.base)
        numbers = [int(line.text) for line in stack]
        steps = [after - before for before, after in pairwise(numbers)]
        # nearly all: a number of a table or a page may stand in their stack
        if len(stack) >= _FEWEST_LINE_NUMBERS and sum(step in (1, 5) for step in steps) > 0.9 * len(steps):
            drop |= {id(line) for line in stack}
    return [line for line in lines if id(line) not in drop]
