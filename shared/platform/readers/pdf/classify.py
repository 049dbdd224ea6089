"""What each block of a paper is, beside running text: captions, tables, labels in figures, equations, notes, code."""

from __future__ import annotations

import re
from itertools import pairwise, takewhile

from shared.platform.readers.pdf.blocks import Block, Body, Kind
from shared.platform.readers.pdf.geometry import Line, Style
from shared.platform.readers.pdf.headings import is_heading, is_known

_CAPTION = re.compile(
    r"\s*((?:Supplementary |Extended Data )?(?:Figure|Fig|Table|Tab|Algorithm|Listing|Scheme|Chart|Plate|Box)\.?\s*"
    r"(?:[A-Z]?\d{1,3}(?:\.\d{1,2})?|[IVX]{1,5}))(\s*[.:|—–]|\s*$|\s+)",
    re.IGNORECASE,
)
_NOTE_MARK = re.compile(r"\s*(?:\d{1,2}|[*†‡§¶∗])\s?\S")
_IMPRINT = re.compile(
    r"^proceedings of|©|copyright|licen[cs]ed under|all rights reserved|^permission to|doi\.org/|"
    r"^corresponding author|^\*? ?correspondence",
    re.IGNORECASE,
)
_SMALL = 0.93  # of the size of the running text: much smaller, and notes of 8 points below text of 9 are text
_FORMULA = re.compile(r"[=≈≤≥∑∫∏√∂∇∝≡±×∈⊂∀]")
_WORD = re.compile(r"[^\W\d_]{3,}")
_PROSE = re.compile(
    r"\b(?:the|of|and|to|in|is|are|we|that|for|with|this|on|by|as|was|were|be|der|die|und|la|de)\b", re.IGNORECASE
)


def classify(blocks: list[Block], body: Body) -> list[Block]:
    """Give each block its kind; headings that run into their paragraph become blocks of their own."""
    feet = _feet(blocks, body)
    for block in blocks:
        if not _as_caption(block, body):
            block.kind = _kind(block, body, feet)
    _spread_tables(blocks, body)
    for block in blocks:
        if is_heading(block, body):
            block.kind = "heading"
    return [part for block in blocks for part in _without_run_in(block)]


def _without_run_in(block: Block) -> list[Block]:
    """A start of a paragraph that is bold or in another font ("Data. We used …") is its heading."""
    runs = block.lines[0].runs
    usual = block.lines[-1].main.style if len(block.lines) > 1 else runs[-1].style
    lead = list(takewhile(lambda run: _apart(run.style, usual) or not run.text.strip(), runs))
    rest = runs[len(lead) :]
    name = "".join(run.text for run in lead).strip()
    if block.kind != "paragraph" or not lead or not rest or not 3 <= len(name) <= 80 or not name[0].isupper():
        return [block]
    # "Text" is a heading (ACL); at half of 80, a model with its short name is none
    closed = name[-1] in ":—–" or (name[-1] == "." and lead[0].style.bold)
    closed = closed or "".join(run.text for run in rest).lstrip()[:1] in ("—", "–", ":")
    if not (closed or is_known(name)) or (is_known(name) is False and len(block.lines) < 2):
        return [block]
    first, second = Line(lead, block.page), Line(rest, block.page)
    at = block.column.lines.index(block.lines[0])
    block.column.lines[at : at + 1] = [first, second]  # a block's lines are always its column's
    heading = Block([first], block.column, "heading", run_in=True)
    return [heading, Block([second, *block.lines[1:]], block.column)]


def _apart(style: Style, usual: Style) -> bool:
    alike = (style.bold, style.font) == (usual.bold, usual.font)
    # at half, an Abstract set a point larger than its text is no heading
    return not alike and not style.mono and abs(style.size - usual.size) < 1.5


def _as_caption(block: Block, body: Body) -> bool:
    match = _CAPTION.match(block.text)
    if not match or block.column.margin:
        return False
    style = block.lines[0].runs[0].style
    # a sentence that begins "Table 1 shows" is of the text's size
    apart = block.size < 0.97 * body.size or style.bold or style.italic
    if not (match.group(2).strip() or apart or match.end() == len(block.text)):
        return False
    block.kind, block.label = "caption", " ".join(match.group(1).split())
    return True


def _kind(block: Block, body: Body, feet: dict[int, list[Line]]) -> Kind:
    if block.column.margin:
        return "margin"
    words = _WORD.findall(block.text)
    # two cells are lines of a page with line numbers; formulas name a function or two
    if any(line.cells > 2 for line in block.lines):
        return "equation" if _FORMULA.search(block.text) and len(words) < 4 else "table"
    if all(run.style.mono for line in block.lines for run in line.runs if run.text.strip()):
        return "code"
    if _is_equation(block, words, body):
        return "equation"
    if _is_note(block, body, feet[block.page]):
        return "footnote"
    return "figure" if _is_label(block, words, body) else "paragraph"


def _is_equation(block: Block, words: list[str], body: Body) -> bool:
    """Hardly a word, and signs of a formula or fonts that the text does not use."""
    letters = sum(len(word) for word in words)
    solid = len(block.text.replace(" ", ""))
    # at half, formulas with names of functions are text, and long displays are labels
    if not solid or letters > 0.45 * solid or len(block.lines) > 8:
        return False
    return bool(_FORMULA.search(block.text)) or (letters < 0.2 * solid and block.size >= 0.9 * body.size)


def _feet(blocks: list[Block], body: Body) -> dict[int, list[Line]]:
    """The lines of each page that are as large as the running text."""
    large: dict[int, list[Line]] = {}
    for block in blocks:
        found = large.setdefault(block.page, [])
        if not block.column.margin:
            found.extend(line for line in block.lines if line.size > _SMALL * body.size)
    return large


def _is_note(block: Block, body: Body, large: list[Line]) -> bool:
    """Small print with a mark, or on the first page, or an imprint, with running text above it and none below."""
    small = block.size <= _SMALL * body.size and (_NOTE_MARK.match(block.text) or block.page == 1)
    if not small and not (block.page == 1 and _IMPRINT.search(block.text)):
        return False
    over = [line for line in large if line.x0 < block.column.x1 and block.column.x0 < line.x1]
    # nearer, and a line below the imprint of a cover makes text of it
    return any(line.base < block.top for line in over) and not any(
        line.base > block.bottom + 3 * body.leading for line in over
    )


def _is_label(block: Block, words: list[str], body: Body) -> bool:
    """Words in a drawing: small, few to a line, no sentence."""
    # at half, labels of letter-spaced pages are text; up to 12 signs without a word are parts of formulas
    small = block.size < 0.88 * body.size
    short = len(block.text) < 45 * len(block.lines) and not _PROSE.search(block.text)
    return (small and short) or (not words and len(block.text) < 12)


def _spread_tables(blocks: list[Block], body: Body) -> None:
    """Rows of two cells or short small lines next to a row of a table belong to it."""
    for order in (blocks, blocks[::-1]):
        for before, block in pairwise(order):
            near = before.kind == "table" and before.page == block.page and block.kind in ("paragraph", "figure")
            # nearer, and tables with space between their rows fall apart
            if near and _is_row(block) and abs(block.top - before.bottom) < 3 * body.leading:
                block.kind = "table"


def _is_row(block: Block) -> bool:
    text = block.text
    # at half, rows of a schedule are text (JOSE)
    return any(line.cells > 1 for line in block.lines) and len(_PROSE.findall(text)) < 0.1 * len(text.split()) + 1
