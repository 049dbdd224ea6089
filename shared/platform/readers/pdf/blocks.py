"""Lines become blocks: paragraphs, headings, captions, rows of tables, equations, notes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Literal

from shared.platform.readers.pdf.columns import Column
from shared.platform.readers.pdf.geometry import Line

Kind = Literal["paragraph", "heading", "caption", "table", "figure", "equation", "footnote", "margin", "code", "entry"]

_BULLET = re.compile(r"\s*(?:[•◦▪‣∙●■–—*-]\s|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s)")
_ENTRY = re.compile(r"\s*(?:\[\d{1,3}\]|\[[A-Z][A-Za-z+]{1,10}\d{2,4}[a-z]?\]|\d{1,3}\.\s)")
_SENTENCE_END = re.compile(r"[.!?:;][\"'”’)\]]*\d{0,3}\s*$")


@dataclass(eq=False)
class Block:
    """Lines that belong together, and what they are."""

    lines: list[Line]
    column: Column
    kind: Kind = "paragraph"
    label: str = ""
    """Of a caption: "Figure 2"."""
    run_in: bool = False
    """Whether it is a heading that stands on the first line of its paragraph."""

    @cached_property
    def text(self) -> str:
        return " ".join(line.text.strip() for line in self.lines)

    @property
    def page(self) -> int:
        return self.lines[0].page

    @property
    def size(self) -> float:
        return max(self.lines, key=lambda line: len(line.text)).size

    @property
    def bold(self) -> bool:
        return sum(len(line.text) for line in self.lines if line.bold) > 0.5 * len(self.text)

    @property
    def top(self) -> float:
        return self.lines[0].top

    @property
    def bottom(self) -> float:
        return self.lines[-1].bottom


@dataclass(frozen=True, slots=True)
class Body:
    """How the running text is set."""

    size: float
    leading: float
    """Points from one baseline to the next."""
    font: str = field(default="")


def body_of(columns: list[Column]) -> Body:
    """The size, font and leading that most letters have."""
    letters: Counter[tuple[float, str]] = Counter()
    for column in columns:
        for line in column.lines:
            for run in line.runs:
                letters[run.style.size, run.style.font] += len(run.text)
    sizes: Counter[float] = Counter()
    for (size, _), count in letters.items():
        sizes[size] += count
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    fonts = Counter({font: count for (one, font), count in letters.items() if one == size})
    # less is an index beside its line, more is a space between paragraphs; manuscripts are set with twice the leading
    steps = Counter(
        round(after.base - before.base, 1)
        for column in columns
        for before, after in pairwise(column.lines)
        if before.size == after.size == size and 0.9 * size < after.base - before.base < 2.6 * size
    )
    leading = steps.most_common(1)[0][0] if steps else 1.25 * size
    return Body(size, leading, fonts.most_common(1)[0][0] if fonts else "")


def blocks_of(column: Column, body: Body) -> list[Block]:
    """Cut a column into blocks where the spacing, the setting or the indent changes."""
    blocks: list[Block] = []
    for line in column.lines:
        if blocks and _continues(blocks[-1], line, column, body):
            blocks[-1].lines.append(line)
        else:
            blocks.append(Block([line], column))
    return blocks


def _continues(block: Block, line: Line, column: Column, body: Body) -> bool:
    last = block.lines[-1]
    # two cells are a number and its heading, or words that a wide gap parts; by one, such lines are cut off
    if (last.cells > 2) != (line.cells > 2) or _differs(block, line, body):
        return False
    if line.base - last.base > _most_step(block, body):
        return False
    # "[10]" may stand a numeral's width before "[9]"; without a bound, cells that begin with a number are entries
    if _ENTRY.match(line.text) and _ENTRY.match(block.lines[0].text) and abs(line.x0 - block.lines[0].x0) < 8:
        return False
    if _BULLET.match(line.text) and _is_item(block, line, column):
        return False
    return not _starts_paragraph(block, line, column)


def _most_step(block: Block, body: Body) -> float:
    size = block.lines[-1].size
    step = block.lines[-1].base - block.lines[-2].base if len(block.lines) > 1 else 0.0
    # less of a step is that to a label beside its line, which says nothing of the next (drawings in JOSE)
    usual = body.leading * size / body.size if 0.8 * size < step or not step else step
    # at half of what 1.28 leadings add lines are paragraphs, at twice paragraphs run together; a block that is set
    # wider than the text (a title, a manuscript) goes by its own step, and one with hardly a step by its size
    return max(1.28 * usual, 1.12 * step, 1.25 * size)


def _differs(block: Block, line: Line, body: Body) -> bool:
    """Whether a line is set unlike the block: another size, or bold where the block is not."""
    last = block.lines[-1]
    # a mark or two alone on a line, as between Chinese or Japanese lines, says nothing about how the block is set
    # scaled pages set one text in sizes that differ by half a point; at 1.4, notes and captions are part of the text
    if abs(last.size - line.size) > 0.7 and min(len(last.text), len(line.text)) > 2:
        return True
    # bold begins where the text does: further in stand the words of listings; it follows a line that ended or is short,
    # or every line of a bold heading is a block of its own
    whole = all(run.style.bold for run in line.runs if run.text.strip())
    last_whole = all(run.style.bold for run in last.runs if run.text.strip())
    return (
        whole != last_whole
        and (block.bold if not whole else line.x0 <= block.lines[0].x0 + 2 * body.size)
        and (
            last_whole
            or bool(_SENTENCE_END.search(last.text))
            or last.width < 0.8 * (block.column.x1 - block.column.x0)
        )
    )


def _is_item(block: Block, line: Line, column: Column) -> bool:
    last = block.lines[-1]
    # without, an item runs on from a line that ends early but in no stop, such as a heading (JOSE)
    ended = bool(_SENTENCE_END.search(last.text)) or last.x1 < column.x1 - 3 * line.size
    # items of one list begin at one place, as on slides
    return ended or bool(_BULLET.match(block.lines[0].text) and abs(block.lines[0].x0 - line.x0) < 2)


def _starts_paragraph(block: Block, line: Line, column: Column) -> bool:
    """By an indent of the first line, or after a last line that is short and ends a sentence."""
    last, first = block.lines[-1], block.lines[0]
    ended = bool(_SENTENCE_END.search(last.text))
    # at twice the least, paragraphs with a narrow indent run together (ACL); beyond both, tables come apart
    indented = 0.6 * line.size < line.x0 - last.x0 < 4 * line.size
    if indented and len(block.lines) > 1:
        hanging = abs(line.x0 - block.lines[1].x0) < 1.5
        return ended and not hanging
    if len(block.lines) > 1 and line.x0 < last.x0 - 0.6 * line.size and abs(line.x0 - first.x0) < 1.5:
        return True  # the next entry of a list with hanging indents
    # at half, ragged lines end paragraphs; at twice, paragraphs whose last line is nearly full run together
    return ended and last.x1 < _usual_right(block, column) - 4 * line.size


def _usual_right(block: Block, column: Column) -> float:
    """Narrow blocks beside drawings and listings end before their column."""
    return max(line.x1 for line in block.lines) if len(block.lines) > 1 else column.x1
