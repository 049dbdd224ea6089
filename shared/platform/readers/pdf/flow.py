"""The running text across columns, pages and floats: a sentence that a figure interrupts is whole again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.platform.readers.pdf.blocks import Block, Kind

_ENDED = re.compile(r"[.!?:][\"'”’)\]]*(?:\[[\d,\s–-]+\]|\d{1,3})?\s*$")
_ITEM = re.compile(r"\s*(?:[•◦▪‣∙●■]|\[\d+\]|\(?\d{1,2}[.)]\s)")


@dataclass(slots=True)
class Passage:
    """Blocks that make one paragraph of the text."""

    kind: Kind
    blocks: list[Block]
    label: str = ""

    @property
    def text(self) -> str:
        return " ".join(block.text for block in self.blocks)


def flowed(blocks: list[Block]) -> list[Passage]:
    """The blocks as paragraphs in reading order; what interrupts a sentence comes after its paragraph."""
    passages: list[Passage] = []
    unfinished: Passage | None = None
    for block in blocks:
        if block.kind == "paragraph" and unfinished and _continues(unfinished.blocks[-1], block):
            unfinished.blocks.append(block)
        else:
            passages.append(Passage(block.kind, [block], block.label))
            if block.kind == "paragraph":
                unfinished = passages[-1]
        if unfinished and (block.kind in ("heading", "equation", "code") or _ENDED.search(unfinished.blocks[-1].text)):
            unfinished = None
    return passages


def _continues(block: Block, after: Block) -> bool:
    # with less than three lines between, headings that run into one line part it from its paragraph
    if block.column is after.column and block.bottom + 3 * block.size > after.top and _touching(block, after):
        return False
    # scaled pages set one text in sizes that differ by half a point
    if abs(block.size - after.size) > 0.7 or _ITEM.match(after.text):
        return False
    start = after.text.lstrip()[:1]
    if start.islower() or block.text.rstrip().endswith("-"):
        return True
    last = block.lines[-1]
    # ragged lines end up to two letters early; at half of 40, labels in drawings go on as text (JOSE)
    full = last.x1 > block.column.x1 - 2 * block.size
    return full and (start.isalnum() or start in '(“"[') and len(block.text) > 40


def _touching(block: Block, after: Block) -> bool:
    """Whether nothing stands between two blocks of one column, so that their break was meant."""
    at = block.column.lines.index(block.lines[-1])
    return block.column.lines[at + 1 : at + 2] == after.lines[:1]
